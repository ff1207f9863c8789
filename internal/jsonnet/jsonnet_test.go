package jsonnet_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/jsonnet"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// TestBuild evaluates each case of testdata: the files with .jsonnet in the
// folder app. Lines such as "lib: vendor" in its comment say with what; the golden
// file is what comes out, or the problem.
func TestBuild(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	assert.NilError(t, err)
	assert.Assert(t, len(cases) > 20)
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			spec := unpack(t, name)
			var out bytes.Buffer
			got := ""
			if err := jsonnet.Build(&out, spec); err != nil {
				assert.Equal(t, out.Len(), 0, "an evaluation that does not succeed has no output")
				got = err.Error() + "\n"
			} else {
				got = out.String()
			}
			assert.Assert(t, !strings.Contains(got, spec.RepoRoot), "a path of this machine: %s", got)
			assert.Assert(t, !strings.Contains(got, "root:x:0"), "read outside the repository: %s", got)
			assert.Assert(t, !strings.Contains(got, "goroutine"), "a stack of Go: %s", got)
			want, _ := filepath.Abs(strings.TrimSuffix(name, ".txtar") + ".want")
			golden.Assert(t, got, want)
		})
	}
}

func unpack(t *testing.T, name string) renderer.Jsonnet {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	assert.NilError(t, err)
	spec := renderer.Jsonnet{RepoRoot: t.TempDir(), App: "app"}
	for _, f := range archive.Files {
		path := filepath.Join(spec.RepoRoot, f.Name)
		assert.NilError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		assert.NilError(t, os.WriteFile(path, f.Data, 0o600))
		if strings.HasPrefix(f.Name, "app/") && strings.HasSuffix(f.Name, ".jsonnet") {
			spec.Files = append(spec.Files, f.Name)
		}
	}
	for line := range strings.Lines(string(archive.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		name, rest, _ := strings.Cut(value, "=")
		switch key {
		case "lib":
			spec.Libs = append(spec.Libs, value)
		case "extVar", "extCode":
			spec.ExtVars = append(spec.ExtVars, renderer.JsonnetVar{Name: name, Value: rest, Code: key == "extCode"})
		case "tla", "tlaCode":
			spec.TLAs = append(spec.TLAs, renderer.JsonnetVar{Name: name, Value: rest, Code: key == "tlaCode"})
		case "link":
			from, to, _ := strings.Cut(value, " -> ")
			assert.NilError(t, os.Symlink(to, filepath.Join(spec.RepoRoot, from)))
		}
	}
	return spec
}
