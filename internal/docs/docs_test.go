package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/docs"
)

// TestDocumentsShowWhatIs holds every excerpt of every document to its file.
func TestDocumentsShowWhatIs(t *testing.T) {
	repo := os.DirFS("../..")
	pages, err := fs.Glob(repo, "docs/*.md")
	assert.NilError(t, err)
	for _, page := range append(pages, "README.md") {
		t.Run(page, func(t *testing.T) {
			text, err := fs.ReadFile(repo, page)
			assert.NilError(t, err)
			want, err := docs.Refresh(repo, string(text))
			assert.NilError(t, err)
			file, err := filepath.Abs(filepath.Join("../..", page))
			assert.NilError(t, err)
			golden.Assert(t, want, file)
		})
	}
}

func TestRefresh(t *testing.T) {
	repo := fstest.MapFS{"a.yaml": {Data: []byte("kind: A\n---\nkind: B\nx: 1\n")}}
	got, err := docs.Refresh(repo, "one\n\n<!-- from: a.yaml#B -->\n```yaml\nold\n```\n\ntwo\n<!-- from: a.yaml -->\n\n```yaml\n```\nend\n")
	assert.NilError(t, err)
	assert.Equal(t, got, "one\n\n<!-- from: a.yaml#B -->\n```yaml\nkind: B\nx: 1\n```\n\ntwo\n<!-- from: a.yaml -->\n\n```yaml\nkind: A\n---\nkind: B\nx: 1\n```\nend\n")
}

func TestRefreshRefusesWhatCannotBeShown(t *testing.T) {
	repo := fstest.MapFS{"a.yaml": {Data: []byte("kind: A\n")}}
	for text, want := range map[string]string{
		"<!-- from: b.yaml -->\n```yaml\n```\n":     "b.yaml: file does not exist",
		"<!-- from: a.yaml#B -->\n```yaml\n```\n":   "a.yaml: want a document of kind B, got none",
		"<!-- from: a.yaml -->\n```yaml\nkind: A\n": "a.yaml: want a closing fence",
	} {
		_, err := docs.Refresh(repo, text)
		assert.ErrorContains(t, err, want)
	}
}
