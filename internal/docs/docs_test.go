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
	for _, page := range pages(t, repo) {
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

// pages are the documents of the repository that people begin with.
func pages(t *testing.T, repo fs.FS) []string {
	t.Helper()
	out := []string{"README.md", "CONTRIBUTING.md"}
	for _, pattern := range []string{"docs/*.md", "docs/*/*.md", "plugin/preset/*/README.md"} {
		found, err := fs.Glob(repo, pattern)
		assert.NilError(t, err)
		out = append(out, found...)
	}
	return out
}

func TestRefresh(t *testing.T) {
	repo := fstest.MapFS{"a.yaml": {Data: []byte("kind: A\n---\nkind: B\nx: 1\n")}}
	got, err := docs.Refresh(repo, "one\n\n<!-- from: a.yaml#B -->\n```yaml\nold\n```\n\ntwo\n<!-- from: a.yaml -->\n\n```yaml\n```\nend\n")
	assert.NilError(t, err)
	assert.Equal(t, got, "one\n\n<!-- from: a.yaml#B -->\n```yaml\nkind: B\nx: 1\n```\n\ntwo\n<!-- from: a.yaml -->\n\n```yaml\nkind: A\n---\nkind: B\nx: 1\n```\nend\n")
}

func TestRefreshCutsAFileOutOfAScript(t *testing.T) {
	repo := fstest.MapFS{"a.txtar": {Data: []byte("exec x\n-- app/in.yaml --\na: 1\n-- want.txt --\nyes\n")}}
	got, err := docs.Refresh(repo, "<!-- from: a.txtar#app/in.yaml -->\n```yaml\n```\n")
	assert.NilError(t, err)
	assert.Equal(t, got, "<!-- from: a.txtar#app/in.yaml -->\n```yaml\na: 1\n```\n")
}

func TestRefreshRefusesWhatCannotBeShown(t *testing.T) {
	repo := fstest.MapFS{"a.yaml": {Data: []byte("kind: A\n")}, "a.txtar": {Data: []byte("exec x\n")}}
	for text, want := range map[string]string{
		"<!-- from: b.yaml -->\n```yaml\n```\n":                        "b.yaml: file does not exist",
		"<!-- from: a.yaml#B -->\n```yaml\n```\n":                      "a.yaml: want a document of kind B, got none",
		"<!-- from: a.txtar#b -->\n```yaml\n```\n":                     "a.txtar: want a file b in it, got none",
		"<!-- from: a.yaml -->\n```yaml\nkind: A\n":                    "a.yaml: want a closing fence",
		"<!-- from: a.yaml -->\n\ntext\n":                              "a.yaml: want a block after its mark, got none",
		"<!-- from: a.yaml -->\n<!-- from: b.yaml -->\n```yaml\n```\n": "a.yaml: want a block after its mark, got none",
	} {
		_, err := docs.Refresh(repo, text)
		assert.ErrorContains(t, err, want)
	}
}
