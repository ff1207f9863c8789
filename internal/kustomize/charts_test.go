package kustomize_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/kustomize"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "renderers")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-o", dir, "../../cmd/safesync-render-helm")
	if out, err := build.CombinedOutput(); err != nil {
		panic(string(out))
	}
	kustomize.HelmRenderer = filepath.Join(dir, "safesync-render-helm")
	// What a build leaves behind goes with the rest.
	if err := os.Setenv("TMPDIR", dir); err != nil {
		panic(err)
	}
	return m.Run()
}

// A charts repository is one on another host, with the chart web in some versions.
func chartsRepository(t *testing.T, versions ...string) (address string, asked *atomic.Int64) {
	t.Helper()
	asked = &atomic.Int64{}
	index := "apiVersion: v1\nentries:\n  web:\n"
	files := map[string][]byte{}
	for _, version := range versions {
		index += "  - {name: web, version: " + version + ", urls: [web-" + version + ".tgz]}\n"
		files["/web-"+version+".tgz"] = packed(t, map[string]string{
			"web/Chart.yaml":            "apiVersion: v2\nname: web\nversion: " + version + "\n",
			"web/values.yaml":           "from: chart\nother: chart\n",
			"web/templates/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata:\n  version: {{ .Chart.Version }}\n  from: {{ .Values.from }}\n  other: {{ .Values.other }}\n",
		})
	}
	files["/index.yaml"] = []byte(index)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		body, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func packed(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	w := tar.NewWriter(zipped)
	for name, text := range files {
		assert.NilError(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}))
		_, err := w.Write([]byte(text))
		assert.NilError(t, err)
	}
	assert.NilError(t, w.Close())
	assert.NilError(t, zipped.Close())
	return out.Bytes()
}

// repository is one with a kustomization and nothing else.
func repository(t *testing.T, kustomization string) kustomize.Options {
	t.Helper()
	opts := kustomize.Options{RepoRoot: t.TempDir(), App: ".", AllowRemote: true, Charts: &renderer.Charts{Program: kustomize.HelmRenderer}}
	assert.NilError(t, os.WriteFile(filepath.Join(opts.RepoRoot, "kustomization.yaml"), []byte(kustomization), 0o600))
	return opts
}

func built(t *testing.T, opts kustomize.Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := kustomize.Build(&out, opts); err != nil {
		return err.Error() + "\n"
	}
	return withoutSources(out.String())
}

// pulls are entries with a chart of the host REPO, and what it renders to.
var pulls = map[string]struct{ entry, want string }{
	"one version":           {"{name: web, repo: REPO, version: 1.9.0, releaseName: shop}", "1.9.0 chart chart"},
	"the newest":            {"{name: web, repo: REPO, releaseName: shop}", "1.10.0 chart chart"},
	"one that is not ready": {"{name: web, repo: REPO, devel: true, releaseName: shop}", "2.0.0-rc.1 chart chart"},
	"a range":               {"{name: web, repo: REPO, version: ~1.9, releaseName: shop}", "1.9.0 chart chart"},
	"values over":           {"{name: web, repo: REPO, version: 1.0.0, releaseName: shop, valuesInline: {from: here}}", "1.0.0 here chart"},
	"values under":          {"{name: web, repo: REPO, version: 1.0.0, releaseName: shop, valuesMerge: merge, valuesInline: {from: here}}", "1.0.0 chart chart"},
	"a file of the chart":   {"{name: web, repo: REPO, version: 1.0.0, releaseName: shop, valuesFile: charts/web-1.0.0/web/values.yaml}", "1.0.0 chart chart"},
	"twice":                 {"{name: web, repo: REPO, version: 1.0.0, releaseName: shop}\n- {name: web, repo: REPO, version: 1.0.0, releaseName: two}", "1.0.0 chart chart"},
}

func TestChartsOfAnotherHost(t *testing.T) {
	address, _ := chartsRepository(t, "1.0.0", "1.10.0", "1.9.0", "2.0.0-rc.1")
	for name, tt := range pulls {
		t.Run(name, func(t *testing.T) {
			opts := repository(t, "helmCharts:\n- "+strings.ReplaceAll(tt.entry, "REPO", address)+"\n")
			before := tree(t, opts.RepoRoot)
			got := objects(t, built(t, opts))
			assert.DeepEqual(t, tree(t, opts.RepoRoot), before)
			words := strings.Fields(tt.want)
			assert.Equal(t, got[0], fmt.Sprintf(
				`{"apiVersion":"v1","data":{"from":%q,"other":%q,"version":%q},"kind":"ConfigMap","metadata":{"name":"shop"}}`, words[1], words[2], words[0]))
		})
	}
}

// The command writes into the checkout, so it comes second.
func TestKustomizeWithTheHelmCommandBuildsTheSame(t *testing.T) {
	testenv.Need(t, "helm")
	address, _ := chartsRepository(t, "1.0.0", "1.10.0", "1.9.0", "2.0.0-rc.1")
	for name, tt := range pulls {
		t.Run(name, func(t *testing.T) {
			opts := repository(t, "helmCharts:\n- "+strings.ReplaceAll(tt.entry, "REPO", address)+"\n")
			got := built(t, opts)
			assert.DeepEqual(t, objects(t, got), objects(t, original(t, opts)))
		})
	}
}

func TestAChartIsPulledOnceForAllRuns(t *testing.T) {
	address, asked := chartsRepository(t, "1.0.0")
	opts := repository(t, "helmCharts:\n- {name: web, repo: "+address+", version: 1.0.0, releaseName: shop}\n")
	opts.Charts.CacheDir = t.TempDir()
	first := built(t, opts)
	assert.Equal(t, asked.Load(), int64(2), "the index and the archive")
	assert.Equal(t, built(t, opts), first)
	assert.Equal(t, asked.Load(), int64(2))
}

func TestAChartOfAnotherHostMustBeAllowed(t *testing.T) {
	address, asked := chartsRepository(t, "1.0.0")
	place := "kustomization.yaml:2:3: helmCharts[0].repo: "
	opts := repository(t, "helmCharts:\n- {name: web, repo: "+address+", version: 1.0.0}\n")
	opts.AllowRemote = false
	const hint = "\thint: commit it there; only the sidecar's configuration can allow other hosts\n"
	assert.Equal(t, built(t, opts), place+"want the chart in charts/web-1.0.0/web, got one on another host\n"+hint)

	// An entry in a file of its own is seen by nobody but the command.
	opts = repository(t, "generators: [web.yaml]\n")
	opts.AllowRemote = false
	generator := "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: web}\nname: web\nrepo: " + address + "\n"
	assert.NilError(t, os.WriteFile(filepath.Join(opts.RepoRoot, "web.yaml"), []byte(generator), 0o600))
	assert.Equal(t, built(t, opts), "kustomization.yaml: helmCharts[web].repo: want the chart in charts/web, got one on another host\n"+hint)
	opts.Charts = nil
	assert.Equal(t, built(t, opts), "kustomization.yaml:1:14: generators[0]: want a kustomization without charts, got one with some, and nothing that allows them\n"+
		"\thint: set source.kustomize.enableHelm: true; the sidecar's configuration may decide it for all (kustomize.enableHelm)\n")
	assert.Equal(t, asked.Load(), int64(0))
}

func TestARepositoryWithoutTheChart(t *testing.T) {
	address, _ := chartsRepository(t, "1.0.0")
	place := "kustomization.yaml:2:3: helmCharts[0].repo: "
	for entry, want := range map[string]string{
		"name: web, repo: " + address + ", version: 3.0.0": "want the chart web in version 3.0.0, got none of that version in its repository",
		"name: other, repo: " + address:                    "want the chart other in the repository " + address + ", got none of that name",
		"name: web, repo: " + address + "/gone":            "the chart web is not in charts/: get " + address + "/gone/index.yaml: want status 200, got 404",
		"name: web, repo: 'file:///etc'":                   `want an https or oci address of the repository of the chart web, got "file:///etc"`,
	} {
		assert.Equal(t, built(t, repository(t, "helmCharts:\n- {"+entry+"}\n")), place+want+"\n")
	}
}

func TestChartsNeedTheirRenderer(t *testing.T) {
	opts := repository(t, "resources: []\n")
	opts.Charts.Program = "/nowhere/safesync-render-helm"
	assert.Equal(t, built(t, opts), "get ready for charts: no renderer at \"/nowhere/safesync-render-helm\"\n")
}

// kustomize gives the reasons of a command in words of its own.
func TestAChartThatIsNotRenderedIsNamed(t *testing.T) {
	for _, tt := range []struct{ name, program, want string }{
		{"killed", "kill -KILL $$", "was killed from outside, most likely because there was no memory left for all that rendered at once"},
		{"crashed", "echo 'panic: of a library' >&2; echo 'goroutine 1 [running]:' >&2; exit 2", "did not go well: panic: of a library"},
		{"deeply nested", "echo 'runtime: goroutine stack exceeds 1000000000-byte limit' >&2; exit 2", ""},
		{"without memory", "echo 'fatal error: runtime: out of memory' >&2; exit 2", "needs more memory than there is: 2048 MB are for it and its kustomization"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			opts := repository(t, "helmCharts:\n- {name: web, releaseName: shop}\n")
			chart := filepath.Join(opts.RepoRoot, "charts/web")
			assert.NilError(t, os.MkdirAll(chart, 0o755))
			assert.NilError(t, os.WriteFile(filepath.Join(chart, "values.yaml"), nil, 0o600))
			opts.Charts.Program = filepath.Join(t.TempDir(), "renderer")
			script := "#!/bin/sh\nprintf charts/web > $(dirname $0)/inflating\n" + tt.program + "\n"
			assert.NilError(t, os.WriteFile(opts.Charts.Program, []byte(script), 0o700))
			want := "rendering the chart charts/web " + tt.want
			if tt.want == "" {
				want = "want less nesting in the chart charts/web, got more than can be read"
			}
			assert.Equal(t, built(t, opts), "kustomization.yaml:2:3: helmCharts[0]: "+want+"\n")
		})
	}
}
