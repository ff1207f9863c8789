package manifest_test

import (
	"testing"
	"unicode/utf8"

	"gotest.tools/v3/assert"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// FuzzAppendText holds that a text that is appended reads back as that text, for
// Argo CD's parser and for the recogniser.
func FuzzAppendText(f *testing.F) {
	for _, text := range []string{"", "a", "a = 1\n", "a\n\n", "a\n b\n", "\na", " a", "a \n", "- a", "12:30", "yes", "a: b", "a #b", "\"", "\n", "\t\n", "a\r\n", "\u0085", "1_000"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return
		}
		doc := append(manifest.AppendText([]byte("a:\n  b: "), text, 4), '\n')
		var got struct{ A struct{ B any } }
		assert.NilError(t, yaml.Unmarshal(doc, &got), "%s", doc)
		assert.Equal(t, got.A.B, text, "%s", doc)
		root, ok := manifest.Read(doc)
		assert.Assert(t, ok, "%s", doc)
		b, _ := root.Get("a", "b")
		assert.Equal(t, b.Text(), text, "%s", doc)
		assert.Equal(t, string(b.AppendText(nil, 4)), string(manifest.AppendText(nil, text, 4)))
	})
}
