package plugin_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/plugin"
	"github.com/argocd-safesync/argocd-safesync/plugin/inject"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/render"
)

// An app is an entry of a case.yaml; testdata/apps/README.md explains it.
type app struct {
	Name, Namespace, Path string
	Revision, RepoURL     string
	Parameters            []policy.Parameter
}

// renderers is where TestMain built the programs that are run as children.
var renderers string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "renderers")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-o", dir, "../cmd/safesync-render-kustomize", "../cmd/safesync-render-jsonnet", "../cmd/safesync-render-helm")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the renderers: %v\n%s", err, out)
		return 1
	}
	renderers = dir
	return m.Run()
}

// TestApps renders every application of testdata/apps twice: the bytes are those
// of its want file, and the same both times.
func TestApps(t *testing.T) {
	cases, err := filepath.Glob("../testdata/apps/*/case.yaml")
	assert.NilError(t, err)
	assert.Assert(t, len(cases) > 0)
	for _, file := range cases {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			for _, a := range readCase(t, file) {
				t.Run(a.Name, func(t *testing.T) {
					first, said := generate(t, dir, a)
					second, _ := generate(t, dir, a)
					assert.Assert(t, bytes.Equal(first, second), "two runs differ")
					want, err := filepath.Abs(filepath.Join(dir, "want", a.Name))
					assert.NilError(t, err)
					golden.Assert(t, string(first), want+".yaml")
					if _, err := os.Stat(want + ".txt"); err == nil || said != "" {
						golden.Assert(t, said, want+".txt")
					}
				})
			}
		})
	}
}

func readCase(t *testing.T, file string) []app {
	t.Helper()
	text, err := os.ReadFile(file)
	assert.NilError(t, err)
	var c struct {
		Description string
		Apps        []app
	}
	assert.NilError(t, yaml.UnmarshalStrict(text, &c), file)
	assert.Assert(t, len(c.Apps) > 0, "no apps in %s", file)
	return c.Apps
}

// generate runs the pipeline for a in the repository dir and returns what it
// prints and what it says.
func generate(t *testing.T, dir string, a app) (stdout []byte, said string) {
	t.Helper()
	repo, err := filepath.Abs(dir)
	assert.NilError(t, err)
	root, err := os.OpenRoot(repo)
	assert.NilError(t, err)
	defer root.Close()
	var out bytes.Buffer
	warnings, err := plugin.Generate(context.Background(), plugin.Request{
		Repo: root.FS(), RepoDir: repo, App: a.Path, Parameters: a.Parameters,
		Env:         inject.Env{App: a.Name, Namespace: a.Namespace, Revision: a.Revision, RepoURL: a.RepoURL, RunnerImage: "runner:test"},
		KubeVersion: "1.33.0", APIVersions: []string{"v1", "v1/Pod", "apps/v1", "apps/v1/Deployment"},
		RenderEnv: []string{"ARGOCD_APP_NAME=" + a.Name, "ARGOCD_APP_NAMESPACE=" + a.Namespace, "ARGOCD_APP_PROJECT_NAME=default"},
		Programs: render.Programs{
			Kustomize: filepath.Join(renderers, "safesync-render-kustomize"),
			Jsonnet:   filepath.Join(renderers, "safesync-render-jsonnet"),
			Helm:      filepath.Join(renderers, "safesync-render-helm"),
		},
	}, &out)
	assert.NilError(t, err)
	lines := make([]string, 0, len(warnings))
	for _, w := range warnings {
		lines = append(lines, w.Error()+"\n")
	}
	return out.Bytes(), strings.Join(lines, "")
}
