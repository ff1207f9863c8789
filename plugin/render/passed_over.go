package render

import (
	"bufio"
	"bytes"

	yaml "go.yaml.in/yaml/v2"
	yamlutil "k8s.io/apimachinery/pkg/util/yaml"
)

// isYAML reports whether every document can be read.
func (f file) isYAML() bool {
	reader := yamlutil.NewYAMLReader(bufio.NewReader(bytes.NewReader(f.data)))
	for {
		chunk, err := reader.Read()
		if err != nil {
			return true // the end
		}
		var doc any
		if yaml.Unmarshal(chunk, &doc) != nil {
			return false
		}
	}
}

// hasKind reports whether the first document is an object with a kind. Argo CD
// passes over a file only when it cannot read that: what is refused here and not
// there must be heard of.
func (f file) hasKind() bool {
	reader := yamlutil.NewYAMLReader(bufio.NewReader(bytes.NewReader(f.data)))
	for {
		chunk, err := reader.Read()
		if err != nil {
			return false
		}
		var doc map[string]any
		if err := yaml.Unmarshal(chunk, &doc); err != nil {
			return false
		}
		if doc != nil {
			kind, _ := doc["kind"].(string)
			return kind != ""
		}
	}
}

// looksLikeManifest is Argo CD's own test for YAML that it could not read: a
// file without all of these is another program's, and none of our business.
func (f file) looksLikeManifest() bool {
	for _, key := range []string{"apiVersion:", "kind:", "metadata:"} {
		if !bytes.Contains(f.data, []byte(key)) {
			return false
		}
	}
	return true
}
