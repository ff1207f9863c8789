package kustomize_test

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/kustomize"
)

const (
	componentHead = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
	// mistakes is how many builds of testdata have something wrong, at the least.
	mistakes = 400
)

// raw is what kustomize says to those who know its code, or repeats of files.
var raw = regexp.MustCompile(`0x[0-9a-f]|Gvk|resid\.|accumul|recursed|(?i:rnode)|unmarshal|&\{|map\[|\\"|node contents|hunter`)

// A mistake is said in our words wherever it is: each case of testdata is built as what
// it is, as a base, as a component, and as a component of a component.
func TestMistakesAreSaidInWordsWhereverTheyAre(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	assert.NilError(t, err)
	found := 0
	for _, name := range cases {
		for _, way := range [][]string{nil, {"resources"}, {"components"}, {"components", "components"}} {
			opts := unpack(t, name)
			if opts.Charts != nil || !reflect.ValueOf(opts.Edits).IsZero() {
				continue // what they say of mistakes does not come from kustomize
			}
			opts.App, opts.RepoRoot = lead(t, opts.RepoRoot, opts.App, way)
			if err := kustomize.Build(&bytes.Buffer{}, opts); err != nil {
				found++
				assert.Check(t, !raw.MatchString(err.Error()), "%s by %v: %s", name, way, err)
			}
		}
	}
	assert.Assert(t, found >= mistakes, "%d", found)
}

// lead puts a repository into another one, in which fields of kustomizations lead to
// its own, the outermost first. It returns where the outermost is.
func lead(t *testing.T, repo, app string, way []string) (outermost, root string) {
	t.Helper()
	root = t.TempDir()
	assert.NilError(t, os.Rename(repo, filepath.Join(root, "repo")))
	app = path.Join("repo", app)
	for i := len(way) - 1; i >= 0; i-- {
		if way[i] == "components" {
			makeComponent(t, filepath.Join(root, app))
		}
		outer := strings.Repeat("o", len(way)-i)
		assert.NilError(t, os.Mkdir(filepath.Join(root, outer), 0o755))
		text := way[i] + ": [../" + app + "]\n"
		assert.NilError(t, os.WriteFile(filepath.Join(root, outer, "kustomization.yaml"), []byte(text), 0o600))
		app = outer
	}
	return app, root
}

// makeComponent makes a component of the kustomization in a directory.
func makeComponent(t *testing.T, dir string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "[Kk]ustomization*"))
	assert.NilError(t, err)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // a directory, or a link to nothing
		}
		own := regexp.MustCompile(`(?m)^(kind: Kustomization|apiVersion: kustomize\S*)\n`).ReplaceAll(text, nil)
		assert.NilError(t, os.WriteFile(name, append([]byte(componentHead), own...), 0o600))
	}
}
