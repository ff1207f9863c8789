package kustomize

import (
	"slices"
	"testing"

	"gotest.tools/v3/assert"
)

// FuzzIdentify holds that what is recognised has the identity and the texts that
// kustomize's parser finds.
func FuzzIdentify(f *testing.F) {
	addDocuments(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, text := range cut(string(data)) {
			s := survey{words: words{index: map[string]word{}}}
			got, ok := s.recognise([]byte(text))
			if !ok {
				continue
			}
			s.decoder.FullParser = true
			want, ok, err := s.identify(text, false)
			assert.NilError(t, err, "%q", text)
			assert.Assert(t, ok)
			assert.Equal(t, got.id, want.id)
			slices.Sort(got.mentions)
			slices.Sort(want.mentions)
			assert.DeepEqual(t, got.mentions, want.mentions)
		}
	})
}

// TestCutKeepsDocuments holds that a file of some of its documents is cut into the
// same ones, with the line feeds that block scalars end with.
func TestCutKeepsDocuments(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{"a: b", []string{"a: b"}},
		{"---\na: |\n  b\n--- # next\r\nc: |+\n  d\n\n---   \ne: f", []string{"---\na: |\n  b\n", "c: |+\n  d\n\n", "e: f"}},
		{"a: b\n---\n---\nc: d\n---\n", []string{"a: b\n", "---\nc: d\n", ""}},
	}
	for _, tt := range tests {
		got := cut(tt.text)
		assert.DeepEqual(t, got, tt.want)
		assert.DeepEqual(t, cut(string(pasted(got))), got)
		assert.DeepEqual(t, cut(string(pasted(got[:1]))), got[:1])
	}
}
