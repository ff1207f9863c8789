package manifest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	yamlutil "k8s.io/apimachinery/pkg/util/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// argo reads a stream with the calls that Argo CD's directory source makes, and
// flattens Lists as it does afterwards. It returns each object as JSON.
func argo(data []byte) ([]string, error) {
	decoder := yamlutil.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
	var out []string
	for {
		u := &unstructured.Unstructured{}
		err := decoder.Decode(&u)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		if u == nil {
			continue
		}
		objects, err := flatten(u)
		if err != nil {
			return out, err
		}
		out = append(out, objects...)
	}
}

func flatten(u *unstructured.Unstructured) ([]string, error) {
	objects := []map[string]any{u.Object}
	if u.IsList() {
		objects = nil
		for _, item := range u.Object["items"].([]any) {
			fields, ok := item.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("item is a %T", item)
			}
			objects = append(objects, fields)
		}
	} else if items, ok := u.Object["items"]; ok && items == nil && u.Object["spec"] == nil && u.Object["status"] == nil {
		_, spec := u.Object["spec"]
		_, status := u.Object["status"]
		if !spec && !status {
			return nil, nil
		}
	}
	var out []string
	for _, fields := range objects {
		text, err := json.Marshal(fields)
		if err != nil {
			return nil, err
		}
		out = append(out, string(text))
	}
	return out, nil
}

func asJSON(t testing.TB, objects []manifest.Object) []string {
	t.Helper()
	var out []string
	for _, o := range objects {
		text, err := json.Marshal(o.Fields())
		assert.NilError(t, err)
		out = append(out, string(text))
	}
	return out
}

func encode(t testing.TB, objects []manifest.Object) []byte {
	t.Helper()
	var out bytes.Buffer
	assert.NilError(t, manifest.Encode(&out, objects))
	return out.Bytes()
}

func encodeJSON(t testing.TB, objects []manifest.Object) []byte {
	t.Helper()
	var out bytes.Buffer
	assert.NilError(t, manifest.EncodeJSON(&out, objects))
	assert.Equal(t, bytes.Count(out.Bytes(), []byte("\n")), len(objects))
	return out.Bytes()
}

// stricter are the messages for what Argo CD accepts and we do not, because it
// would lose objects, or end later with a message that names nothing.
var stricter = []string{
	"it would be dropped",
	"aliases make the document larger",
	"levels, got more",
	": items[", // an item of a List
	"want at most 100000 objects",
}

func compareWithArgo(t testing.TB, data []byte) {
	t.Helper()
	objects, err := manifest.Decode(data, "in.yaml")
	got := asJSON(t, objects)
	bothPaths(t, data, objects, err)
	sameFromStore(t, data, objects, err)
	if err != nil {
		_, isProblem := errors.AsType[diag.Problem](err)
		assert.Assert(t, isProblem, "not a problem: %v", err)
		if refusedOnPurpose(err) {
			return // Argo CD may take minutes for it
		}
	}
	want, wantErr := argo(manifest.UTF8(data))
	if wantErr != nil {
		assert.Assert(t, err != nil, "Argo CD says: %v\nwe read\n%s", wantErr, strings.Join(got, "\n"))
		// What came before decides whether Argo CD ignores the file.
		assert.Equal(t, len(got) > 0, len(want) > 0, "%v / %v", err, wantErr)
		return
	}
	assert.NilError(t, err, "Argo CD reads\n%s", strings.Join(want, "\n"))
	assert.DeepEqual(t, got, want)
	roundTrip(t, objects)
}

// bothPaths holds that the recogniser changes nothing but the time it takes:
// objects, origins, what is written and what is said are those of the full parser.
func bothPaths(t testing.TB, data []byte, got []manifest.Object, gotErr error) {
	t.Helper()
	want, wantErr := (&manifest.Decoder{FullParser: true}).Decode(data, "in.yaml")
	assert.Equal(t, fmt.Sprint(gotErr), fmt.Sprint(wantErr))
	assert.DeepEqual(t, asJSON(t, got), asJSON(t, want))
	assert.Equal(t, string(encode(t, got)), string(encode(t, want)))
	for i := range want {
		assert.Equal(t, got[i].Origin(), want[i].Origin())
		assert.Equal(t, got[i].Ref(), want[i].Ref())
		for _, path := range [][]any{{"kind"}, {"metadata"}, {"metadata", "labels"}, {"metadata", "x"}, {"spec"}, {"spec", "a", 0}, {"a", "b"}, {"a"}, {"items", 0}, {0}} {
			a, aOK := got[i].Get(path...)
			b, bOK := want[i].Get(path...)
			assert.Equal(t, aOK, bOK, "%v", path)
			assert.DeepEqual(t, a, b)
			assert.Equal(t, got[i].Text(path...), want[i].Text(path...))
		}
	}
}

func refusedOnPurpose(err error) bool {
	return slices.ContainsFunc(stricter, func(message string) bool { return strings.Contains(err.Error(), message) })
}

// roundTrip holds that what is written reads as what was read, by us, by the
// parsers of Argo CD's plugin server, and without the last line feed, which that
// server cuts off.
func roundTrip(t testing.TB, objects []manifest.Object) {
	t.Helper()
	want := asJSON(t, objects)
	text := encode(t, objects)
	again, err := manifest.Decode(text, "out.yaml")
	assert.NilError(t, err, "%s", text)
	assert.DeepEqual(t, asJSON(t, again), want)
	assert.Equal(t, string(encode(t, again)), string(text), "the second time reads differently")
	for _, sent := range [][]byte{text, bytes.TrimSuffix(text, []byte("\n")), encodeJSON(t, objects)} {
		got, err := argo(sent)
		assert.NilError(t, err, "%s", sent)
		assert.DeepEqual(t, got, want)
	}
}

func oddFiles(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/odd/*.in")
	assert.NilError(t, err)
	assert.Assert(t, len(names) > 20)
	out := map[string][]byte{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		assert.NilError(t, err)
		out[filepath.Base(name)] = data
	}
	return out
}

func FuzzReadsAsArgoDoes(f *testing.F) {
	for _, data := range oddFiles(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) { compareWithArgo(t, data) })
}

func FuzzRoundTrip(f *testing.F) {
	for _, data := range oddFiles(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		objects, err := manifest.Decode(data, "in.yaml")
		if err == nil {
			roundTrip(t, objects)
		}
	})
}
