package kustomize

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"gotest.tools/v3/assert"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// FuzzEmit holds that an object that the emitter writes is the object that
// kustomize writes, for Argo CD's parser and for our own recogniser.
func FuzzEmit(f *testing.F) {
	addDocuments(f)
	f.Add([]byte("a: >-\n  " + strings.Repeat("word # - a: b ", 20) + "end\n\n  b\nc:\n- >\n  a\n- |\n  one\n- |-\n  'one'\n"))
	f.Add([]byte("a: >\n  x\n   y\n\n\n  z \nb: >+\n  x\n\nc: 007\nd: 123456789012345678\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		object, err := kyaml.Parse(string(data))
		if err != nil || object.YNode() == nil || object.YNode().Kind != kyaml.MappingNode || len(object.Content()) == 0 {
			return
		}
		want, wantErr := object.MarshalJSON()
		var e emitter
		if !e.entries(object.YNode(), 0) {
			return
		}
		assert.NilError(t, wantErr, "%s", e.out.String())
		got, err := yaml.YAMLToJSON(e.out.Bytes())
		assert.NilError(t, err, "%s", e.out.String())
		assert.Equal(t, canonical(t, got), canonical(t, want), "%s", e.out.String())
	})
}

// addDocuments seeds a fuzzer with what other tests read.
func addDocuments(f *testing.F) {
	f.Helper()
	for _, pattern := range []string{"testdata/*.txtar", "../manifest/testdata/shapes.txtar"} {
		names, err := filepath.Glob(pattern)
		assert.NilError(f, err)
		assert.Assert(f, len(names) > 0)
		for _, name := range names {
			archive, err := txtar.ParseFile(name)
			assert.NilError(f, err)
			for _, file := range archive.Files {
				f.Add(file.Data)
			}
		}
	}
	odd, err := filepath.Glob("../manifest/testdata/odd/*.in")
	assert.NilError(f, err)
	for _, name := range odd {
		data, err := os.ReadFile(name)
		assert.NilError(f, err)
		f.Add(data)
	}
}

// canonical is JSON with the keys in order and numbers in one form.
func canonical(t *testing.T, raw []byte) string {
	t.Helper()
	if bytes.Count(raw, []byte("{"))+bytes.Count(raw, []byte("[")) > 900 {
		return string(raw) // deeper than what is read
	}
	objects, err := manifest.DecodeJSON([]byte(`{"kind":"A","v":`+string(raw)+`}`), "in.json")
	assert.NilError(t, err)
	out, err := json.Marshal(objects[0].Fields())
	assert.NilError(t, err)
	return string(out)
}
