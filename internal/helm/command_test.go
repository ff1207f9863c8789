package helm_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/helm"
)

// command is the helm command over an empty repository.
func command(t *testing.T, h *host) helm.Command {
	t.Helper()
	c := helm.Command{HTTP: h.Client()}
	c.RepoRoot, c.Pulled, c.Scratch, c.AllowRemote = t.TempDir(), t.TempDir(), t.TempDir(), true
	return c
}

func run(t *testing.T, c helm.Command, line string) string {
	t.Helper()
	var out bytes.Buffer
	args := strings.Fields(strings.NewReplacer("REPO", c.RepoRoot, "SCRATCH", c.Scratch).Replace(line))
	if err := c.Run(t.Context(), &out, args); err != nil {
		assert.Equal(t, out.Len(), 0)
		return err.Error()
	}
	return out.String()
}

func TestTheHelmCommandTouchesNothingElse(t *testing.T) {
	h := website(t)
	c := command(t, h)
	assert.NilError(t, os.Symlink("/etc", filepath.Join(c.RepoRoot, "link")))
	writeFile(t, filepath.Join(c.RepoRoot, "charts/web/Chart.yaml"), []byte("apiVersion: v2\nname: web\nversion: 1.0.0\n"))
	for line, want := range map[string]string{
		"version --short":          "v",
		"":                         "helm: want a command, got none",
		"plugin list":              `helm: want version, pull or template, got "plugin"`,
		"template x /etc/web":      "helmCharts[web].name: want a chart in the repository, got one outside",
		"template x REPO/../web":   "helmCharts[web].name: want a chart in the repository, got one outside",
		"template x REPO/link/web": "link/web/.helmignore: want a file inside the repository, got a path that leads out of it",
		"template x REPO/charts/web -f /etc/passwd":            "helmCharts[web].valuesFile: want a file inside the repository, got one outside",
		"template x REPO/charts/web -f REPO/link/passwd":       "link/passwd: want a file inside the repository, got a path that leads out of it",
		"template x REPO/charts/web -f SCRATCH/gone.yaml":      "helmCharts[web].valuesFile: want a file, got none",
		"template x REPO/charts/web --post-renderer /bin/sh":   "helm template: unknown flag: --post-renderer",
		"template x REPO/charts/web y":                         "helm template: want a release and a chart, got 3 arguments",
		"pull --untar --untardir /etc --repo " + h.URL + " db": "helmCharts[db].name: want a chart in the repository, got one outside",
		"pull --untar --untardir REPO/charts db":               `helmCharts[db].repo: want an https or oci address of the repository of the chart db, got ""`,
		"pull db web":                                          "helm pull: want a chart, got 2 arguments",
	} {
		got := run(t, c, line)
		assert.Assert(t, got == want || want == "v" && strings.HasPrefix(got, "v4."), "%s: %s", line, got)
	}
	assert.Equal(t, h.asked.Load(), int64(0))
}

func TestAPulledChartIsBounded(t *testing.T) {
	large := pack(t, map[string]string{"db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.0.0\n", "db/large": string(make([]byte, 60<<20))})
	h := serve(t, map[string][]byte{
		"/index.yaml": []byte("entries: {bomb: [{version: 1.0.0, urls: [bomb.tgz]}], db: [{version: 1.0.0, urls: [db.tgz]}], page: [{version: 1.0.0, urls: [page]}]}"),
		"/bomb.tgz":   bomb(t, 101), "/db.tgz": large, "/page": []byte("<html>Log in, please.</html>"),
	})
	c := command(t, h)
	c.CacheDir = t.TempDir()
	pull := "pull --untar --repo " + h.URL + " --untardir REPO/"
	assert.Equal(t, run(t, c, pull+"charts bomb"), "helmCharts[bomb].repo: want an archive of the chart bomb in its repository: it has more than 100 MB unpacked")
	assert.Equal(t, run(t, c, pull+"charts page"), "helmCharts[page].repo: want an archive of the chart page in its repository: gzip: invalid header")
	assert.Equal(t, run(t, c, pull+"one db"), "")
	assert.Equal(t, run(t, c, pull+"two db"), "two/db/large: want a chart of at most 100 MB with all its files and charts, got more with this file")
	kept, err := filepath.Glob(filepath.Join(c.CacheDir, "charts/*.tgz"))
	assert.NilError(t, err)
	assert.Equal(t, len(kept), 1, "only an archive is kept for the next run")
	written, err := os.ReadDir(c.RepoRoot)
	assert.NilError(t, err)
	assert.Equal(t, len(written), 0)
}

func TestAChartIsPulledFromARegistry(t *testing.T) {
	h := registry(t)
	for version, want := range map[string]string{"--version 1.0.0": "1.0.0", "": "1.10.0+build.1", "--devel": "1.10.0+build.1"} {
		c := command(t, h)
		line := "pull --untar --untardir REPO/charts oci://" + strings.TrimPrefix(h.URL, "https://") + "/charts/db " + version
		assert.Equal(t, run(t, c, line), "")
		text, err := os.ReadFile(filepath.Join(c.Pulled, "charts/db/Chart.yaml"))
		assert.NilError(t, err)
		assert.Equal(t, string(text), "apiVersion: v2\nname: db\nversion: "+want+"\n")
		assert.Equal(t, run(t, c, "template shop REPO/charts/db"), "---\n# Source: db/templates/db.yaml\nkind: Db\nversion: "+want+"\n")
	}
}

// What kustomize would compare object by object goes past it into a file.
func TestTheHelmCommandPrintsIntoAFile(t *testing.T) {
	c := command(t, website(t))
	writeFile(t, filepath.Join(c.RepoRoot, "charts/web/Chart.yaml"), []byte("apiVersion: v2\nname: web\nversion: 1.0.0\n"))
	writeFile(t, filepath.Join(c.RepoRoot, "charts/web/templates/service.yaml"), []byte("apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Release.Name }}}\n"))
	const line = "template shop REPO/charts/web"
	printed := run(t, c, line)
	assert.Assert(t, strings.Contains(printed, "name: shop"))
	c.Output = filepath.Join(t.TempDir(), "output.yaml")
	assert.Equal(t, run(t, c, line), "")
	written, err := os.ReadFile(c.Output)
	assert.NilError(t, err)
	assert.Equal(t, string(written), printed)
}
