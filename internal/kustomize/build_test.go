package kustomize_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/kustomize"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// TestBuild builds each case of testdata. Lines such as "app: overlays/prod" in
// its comment say how; the golden file is what comes out, or the problem.
func TestBuild(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	assert.NilError(t, err)
	assert.Assert(t, len(cases) > 30)
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			opts := unpack(t, name)
			before := tree(t, opts.RepoRoot)
			var out bytes.Buffer
			got := ""
			if err := kustomize.Build(&out, opts); err != nil {
				assert.Equal(t, out.Len(), 0, "a build that does not succeed has no output")
				got = err.Error() + "\n"
				assert.Assert(t, !strings.Contains(got, "hunter"), "a secret in a message: %s", got)
			} else {
				got = out.String()
				if reflect.ValueOf(opts.Edits).IsZero() && opts.Charts == nil { // the others are held against Argo CD in e2e
					assert.DeepEqual(t, objects(t, withoutSources(got)), objects(t, original(t, opts)))
				}
			}
			assert.Assert(t, !strings.Contains(got, opts.RepoRoot), "a path of this machine: %s", got)
			assert.Assert(t, !strings.Contains(got, "root:x:0"), "read outside the repository: %s", got)
			assert.DeepEqual(t, tree(t, opts.RepoRoot), before)
			want, _ := filepath.Abs(strings.TrimSuffix(name, ".txtar") + ".want")
			golden.Assert(t, got, want)
		})
	}
}

// original is what kustomize build prints.
func original(t *testing.T, opts kustomize.Options) string {
	t.Helper()
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionUnspecified
	if opts.LoadRestrictor == "none" {
		options.LoadRestrictions = types.LoadRestrictionsNone
	}
	if opts.Charts != nil {
		options.PluginConfig.HelmConfig = types.HelmConfig{
			Enabled: true, Command: testenv.Need(t, "helm"),
			KubeVersion: opts.Charts.KubeVersion, ApiVersions: opts.Charts.APIVersions,
		}
	}
	built, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), filepath.Join(opts.RepoRoot, opts.App))
	assert.NilError(t, err)
	text, err := built.AsYaml()
	assert.NilError(t, err)
	return string(text)
}

// objects reads a stream as Argo CD does; each is JSON.
func objects(t *testing.T, stream string) (out []string) {
	t.Helper()
	decoder := manifest.Decoder{FullParser: true}
	decoded, err := decoder.Decode([]byte(stream), "stream")
	assert.NilError(t, err)
	for _, o := range decoded {
		text, err := json.Marshal(o.Fields())
		assert.NilError(t, err)
		out = append(out, string(text))
	}
	return out
}

func withoutSources(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, manifest.SourcePrefix) {
			out.WriteString(line)
		}
	}
	return out.String()
}

func unpack(t *testing.T, name string) kustomize.Options {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	assert.NilError(t, err)
	opts := kustomize.Options{RepoRoot: t.TempDir(), App: "."}
	for _, f := range archive.Files {
		path := filepath.Join(opts.RepoRoot, f.Name)
		assert.NilError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		assert.NilError(t, os.WriteFile(path, f.Data, 0o600))
	}
	for line := range strings.Lines(string(archive.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "app":
			opts.App = value
		case "edits":
			assert.NilError(t, json.Unmarshal([]byte(value), &opts.Edits))
		case "charts":
			opts.Charts = &renderer.Charts{Program: kustomize.HelmRenderer, KubeVersion: value}
		case "remote":
			opts.AllowRemote = value == "allowed"
		case "restrictor":
			opts.LoadRestrictor = value
		case "link":
			from, to, _ := strings.Cut(value, " -> ")
			assert.NilError(t, os.Symlink(to, filepath.Join(opts.RepoRoot, from)))
		}
	}
	return opts
}

// tree lists what is in a directory, so that a test sees what was written.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil {
			out = append(out, path+" "+info.Mode().String()+" "+info.ModTime().String())
		}
		return err
	})
	assert.NilError(t, err)
	return out
}

// A base in a repository of another host needs a program that is not there.
func TestARepositoryOfAnotherHostNeedsGit(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	dir := t.TempDir()
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte("resources:\n- git::ssh://git@host.invalid/x.git\n"), 0o600))
	err := kustomize.Build(&bytes.Buffer{}, kustomize.Options{RepoRoot: dir, App: ".", AllowRemote: true})
	assert.Error(t, err, "kustomization.yaml:2:3: resources[0]: want a file over https, got a repository: there is no git here\n\thint: copy it into this repository")
}

// What is built at once may take long, and says so before it does.
func TestWhatIsBuiltAtOnceSaysWhy(t *testing.T) {
	dir := t.TempDir()
	app := filepath.Join(dir, "app")
	assert.NilError(t, os.Mkdir(app, 0o755))
	var objects strings.Builder
	for i := range 70 {
		fmt.Fprintf(&objects, "---\napiVersion: v1\nkind: Service\nmetadata: {name: web-%d}\n", i)
	}
	assert.NilError(t, os.WriteFile(filepath.Join(app, "objects.yaml"), []byte(objects.String()), 0o600))
	notes := func(more string) string {
		assert.NilError(t, os.WriteFile(filepath.Join(app, "kustomization.yaml"), []byte("resources: [objects.yaml]\n"+more), 0o600))
		var out bytes.Buffer
		assert.NilError(t, kustomize.Build(&bytes.Buffer{}, kustomize.Options{RepoRoot: dir, App: "app", Notes: &out}))
		note, ok := renderer.ParseNote(out.Bytes())
		assert.Equal(t, ok, out.Len() > 0)
		return note.Error()
	}
	assert.Equal(t, notes("namespace: prod\n"), diag.Problem{}.Error())
	assert.Equal(t, notes("buildMetadata: [transformerAnnotations]\n"),
		"app/kustomization.yaml: kustomize takes all objects at once, in a time that grows with the square of their number, because app/kustomization.yaml has buildMetadata\n"+
			"\thint: split it into several applications, or do without that; docs/performance.md has the whole list")
}

func TestANameCannotEndItsComment(t *testing.T) {
	dir := t.TempDir()
	name := "a\nkind: Evil.yaml"
	assert.NilError(t, os.WriteFile(filepath.Join(dir, name), []byte("apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n"), 0o600))
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(`resources: ["a\nkind: Evil.yaml"]`), 0o600))
	var out bytes.Buffer
	assert.NilError(t, kustomize.Build(&out, kustomize.Options{RepoRoot: dir, App: "."}))
	assert.Equal(t, out.String(), "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n")
}
