package render_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/render"
)

// TestDir renders each case of testdata. Lines such as "recurse: true" in its
// comment say how; the golden file is where the objects come from and what is
// written, or the problems.
func TestDir(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	assert.NilError(t, err)
	assert.Assert(t, len(cases) > 20)
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			req := unpack(t, name)
			objects, err := render.Dir(t.Context(), req)
			got := show(t, objects, err)
			assert.Assert(t, !strings.Contains(got, req.RepoDir), "a path of this machine: %s", got)
			want, _ := filepath.Abs(strings.TrimSuffix(name, ".txtar") + ".want")
			golden.Assert(t, got, want)
		})
	}
}

func show(t *testing.T, objects []manifest.Object, err error) string {
	t.Helper()
	var out bytes.Buffer
	if err != nil {
		return err.Error() + "\n"
	}
	for _, o := range objects {
		fmt.Fprintf(&out, "# %s %s\n", o.Origin(), o.Ref())
	}
	assert.NilError(t, manifest.Encode(&out, objects))
	return out.String()
}

func unpack(t *testing.T, name string) render.Request {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	assert.NilError(t, err)
	dir := t.TempDir()
	for _, f := range archive.Files {
		path := filepath.Join(dir, f.Name)
		assert.NilError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		assert.NilError(t, os.WriteFile(path, f.Data, 0o600))
	}
	req := request(t, dir)
	for line := range strings.Lines(string(archive.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "app":
			req.App = value
		case "type":
			req.Source.Type = value
		case "recurse":
			req.Source.Directory.Recurse = true
		case "include":
			req.Source.Directory.Include = value
		case "exclude":
			req.Source.Directory.Exclude = value
		case "skip":
			req.Skip = []string{value}
		case "link":
			from, to, _ := strings.Cut(value, " -> ")
			assert.NilError(t, os.Symlink(to, filepath.Join(dir, from)))
		}
	}
	return req
}

// request asks for the directory itself, in a jail.
func request(t *testing.T, dir string) render.Request {
	t.Helper()
	root, err := os.OpenRoot(dir)
	assert.NilError(t, err)
	t.Cleanup(func() { _ = root.Close() })
	return render.Request{Repo: root.FS(), RepoDir: dir, App: "."}
}

func TestDetectTakesTheLastFileThatTells(t *testing.T) {
	tests := []struct {
		files []string
		want  string
	}{
		{nil, "directory"},
		{[]string{"a.yaml"}, "directory"},
		{[]string{"Chart.yaml"}, "helm"},
		{[]string{"kustomization.yaml"}, "kustomize"},
		{[]string{"kustomization.yml"}, "kustomize"},
		{[]string{"Kustomization"}, "kustomize"},
		{[]string{"Chart.yaml", "kustomization.yaml"}, "kustomize"},
		{[]string{"Chart.yaml", "Kustomization"}, "kustomize"},
		{[]string{"kustomization.yaml", "myChart.yaml"}, "helm"},
		{[]string{"sub/Chart.yaml", "sub/kustomization.yaml"}, "directory"},
		{[]string{"Chart.yaml/x"}, "directory"},
		{[]string{"KUSTOMIZATION.yaml", "chart.yaml", "Chart.yml"}, "directory"},
	}
	for _, tt := range tests {
		repo := fstest.MapFS{"app": {Mode: fs.ModeDir}}
		for _, name := range tt.files {
			repo["app/"+name] = &fstest.MapFile{}
		}
		got, err := render.Detect(repo, "app")
		assert.NilError(t, err)
		assert.Equal(t, got, tt.want, "%v", tt.files)
	}
	_, err := render.Detect(fstest.MapFS{}, "gone")
	assert.Error(t, err, "read the application's directory: open gone: file does not exist")
}

func TestTheCombinedSizeIsBounded(t *testing.T) {
	object := "kind: A\nx: "
	half := strings.Repeat("x", 5_000_000-len(object))
	dir := t.TempDir()
	for _, name := range []string{"a.yaml", "b.yaml"} {
		assert.NilError(t, os.WriteFile(filepath.Join(dir, name), []byte(object+half), 0o600))
	}
	objects, err := render.Dir(t.Context(), request(t, dir))
	assert.NilError(t, err)
	assert.Equal(t, len(objects), 2)

	assert.NilError(t, os.WriteFile(filepath.Join(dir, "c.yml"), []byte("#"), 0o600))
	_, err = render.Dir(t.Context(), request(t, dir))
	assert.Error(t, err, "c.yml: want manifests of at most 10 MB in the directory, got more with this file\n\thint: leave files out with source.directory.exclude, or mark them with a comment # +argocd:skip-file-rendering")

	// A huge file is not read to its end, and does not count if it is left out.
	huge, err := os.Create(filepath.Join(dir, "c.yml"))
	assert.NilError(t, err)
	assert.NilError(t, huge.Truncate(1<<40))
	assert.NilError(t, huge.Close())
	_, err = render.Dir(t.Context(), request(t, dir))
	assert.ErrorContains(t, err, "c.yml: want manifests of at most 10 MB")
	req := request(t, dir)
	req.Source.Directory.Exclude = "c.*"
	_, err = render.Dir(t.Context(), req)
	assert.NilError(t, err)
}

func TestStreamReadsWhatIsRendered(t *testing.T) {
	objects, err := render.Stream(strings.NewReader("kind: A\n---\nkind: B\n"), nil)
	assert.NilError(t, err)
	assert.Equal(t, show(t, objects, nil), "# stdin:1:1 A \n# stdin:3:1 B \nkind: A\n---\nkind: B\n")
	_, err = render.Stream(strings.NewReader("kind: A\n---\n- text\n"), nil)
	assert.Error(t, err, "stdin:3:1: want an object, got a list")
	_, err = render.Stream(endless{}, nil)
	assert.Error(t, err, "stdin: want at most 100 MB, got more")
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// shut is a repository with a file that this user may not read.
type shut struct {
	fs.FS
	file string
}

func (s shut) Open(name string) (fs.File, error) {
	if name == s.file {
		return nil, &fs.PathError{Op: "openat", Path: "/tmp/checkout/" + name, Err: fs.ErrPermission}
	}
	return s.FS.Open(name)
}

func TestAFileThatMayNotBeReadIsAProblem(t *testing.T) {
	repo := shut{fstest.MapFS{"web/a.yaml": {Data: []byte("kind: A\n")}}, "web/a.yaml"}
	_, err := render.Dir(t.Context(), render.Request{Repo: repo, App: "web"})
	assert.Error(t, err, "web/a.yaml: want a readable file: permission denied")
	_, ok := errors.AsType[diag.Problem](err)
	assert.Assert(t, ok, "the exit code is that of a file of the user")
}
