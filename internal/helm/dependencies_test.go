package helm_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	digest "github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/helm"
)

// db is an archive of the chart db in one version.
func db(t *testing.T, version string) []byte {
	t.Helper()
	return pack(t, map[string]string{
		"db/Chart.yaml":        "apiVersion: v2\nname: db\nversion: " + version + "\n",
		"db/templates/db.yaml": "kind: Db\nversion: {{ .Chart.Version }}\n",
	})
}

// A host is a repository of charts on another host, which counts what it is asked.
type host struct {
	*httptest.Server
	asked atomic.Int64
}

func serve(t *testing.T, routes map[string][]byte) *host {
	t.Helper()
	h := &host{}
	h.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.asked.Add(1)
		body, ok := routes[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if media := mediaType(body); media != "" {
			w.Header().Set("Content-Type", media)
			w.Header().Set("Docker-Content-Digest", digest.FromBytes(body).String())
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(h.Close)
	return h
}

func mediaType(body []byte) string {
	var m ocispec.Manifest
	_ = json.Unmarshal(body, &m)
	return m.MediaType
}

// website is a repository with an index, whose second version has a relative
// address.
func website(t *testing.T) *host {
	t.Helper()
	return serve(t, map[string][]byte{
		"/charts/index.yaml": []byte(`apiVersion: v1
entries:
  db:
  - {version: 1.0.0, urls: [db-1.0.0.tgz]}
  - {version: 1.10.0, urls: [/elsewhere/db-1.10.0.tgz]}
  - {version: 1.9.0, urls: [db-1.9.0.tgz]}
  - {version: 2.0.0-rc.1, urls: [db-2.0.0.tgz]}
  other: [{version: 3.0.0, urls: [other.tgz]}]
`),
		"/charts/db-1.0.0.tgz":     db(t, "1.0.0"),
		"/elsewhere/db-1.10.0.tgz": db(t, "1.10.0"),
	})
}

// registry is a registry with one chart in two versions.
func registry(t *testing.T) *host {
	t.Helper()
	routes := map[string][]byte{"/v2/charts/db/tags/list": []byte(`{"name": "charts/db", "tags": ["1.0.0", "1.10.0_build.1", "latest"]}`)}
	for _, version := range []string{"1.0.0", "1.10.0+build.1"} {
		blob := db(t, version)
		layer := ocispec.Descriptor{MediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", Digest: digest.FromBytes(blob), Size: int64(len(blob))}
		manifest := ocispec.Manifest{MediaType: ocispec.MediaTypeImageManifest, Layers: []ocispec.Descriptor{layer}}
		manifest.SchemaVersion = 2
		text, err := json.Marshal(manifest)
		assert.NilError(t, err)
		routes["/v2/charts/db/blobs/"+layer.Digest.String()] = blob
		routes["/v2/charts/db/manifests/"+strings.ReplaceAll(version, "+", "_")] = text
		routes["/v2/charts/db/manifests/"+digest.FromBytes(text).String()] = text
	}
	return serve(t, routes)
}

// depending asks for a chart that depends on db from a repository.
func depending(t *testing.T, h *host, repository, version string) helm.Options {
	t.Helper()
	opts := helm.Options{HTTP: h.Client()}
	opts.RepoRoot, opts.App, opts.Release = t.TempDir(), ".", "web"
	writeFile(t, filepath.Join(opts.RepoRoot, "Chart.yaml"), fmt.Appendf(nil, `apiVersion: v2
name: shop
version: 1.0.0
dependencies:
- name: db
  version: %q
  repository: %q
`, version, repository))
	return opts
}

func TestDependenciesFromOtherHosts(t *testing.T) {
	site, registry := website(t), registry(t)
	https := site.URL + "/charts"
	oci := "oci://" + strings.TrimPrefix(registry.URL, "https://") + "/charts"
	place := "Chart.yaml:5:3: dependencies[0]: "
	tests := []struct {
		name                string
		host                *host
		repository, version string
		want                string
	}{
		{"one version", site, https, "1.0.0", "version: 1.0.0"},
		{"the newest of a range, which has an address of its own", site, https + "/", "^1.0.0", "version: 1.10.0"},
		{"no version in the range", site, https, "^3.0.0", place + "want the chart db in version ^3.0.0, got none of that version in its repository"},
		{"no such version", site, https, "1.0.1", place + "want the chart db in version 1.0.1, got none of that version in its repository"},
		{"an archive that is gone", site, https, "1.9.0", place + "the chart db is not in charts/: get " + https + "/db-1.9.0.tgz: want status 200, got 404"},
		{"no range", site, https, "newest", place + `want a version, or a range of versions, of the chart db, got "newest"`},
		{"no repository there", site, site.URL + "/nothing", "1.0.0", place + "the chart db is not in charts/: get " + site.URL + "/nothing/index.yaml: want status 200, got 404"},
		{"a version in a registry", registry, oci, "1.0.0", "version: 1.0.0"},
		{"the newest of a range in a registry", registry, oci, ">=1.0.0", "version: 1.10.0+build.1"},
		{"no such repository in the registry", registry, oci + "/none", "^1.0.0", place + "get the chart db in version ^1.0.0 from " + strings.TrimPrefix(oci, "oci://") + "/none/db: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opts := depending(t, tt.host, tt.repository, tt.version)
			before := tree(t, opts.RepoRoot)
			got := rendered(t, opts)
			if strings.HasPrefix(tt.want, "version: ") {
				assert.Equal(t, got, "---\n# Source: shop/charts/db/templates/db.yaml\nkind: Db\n"+tt.want+"\n\n")
			} else {
				assert.Assert(t, strings.HasPrefix(got, tt.want), "got %s", got)
				assert.Equal(t, strings.Count(got, "\n"), 1)
			}
			assert.DeepEqual(t, tree(t, opts.RepoRoot), before)
		})
	}
}

func TestALockFileSaysWhichVersion(t *testing.T) {
	site := website(t)
	opts := depending(t, site, site.URL+"/charts", "^1.0.0")
	type dependency struct {
		Name       string `json:"name"`
		Version    string `json:"version"`
		Repository string `json:"repository"`
	}
	wanted := dependency{"db", "^1.0.0", site.URL + "/charts"}
	locked := dependency{"db", "1.0.0", site.URL + "/charts"}
	// What helm dependency update writes.
	text, err := json.Marshal([2][]dependency{{wanted}, {locked}})
	assert.NilError(t, err)
	sum := sha256.Sum256(text)
	lock, err := json.Marshal(map[string]any{
		"dependencies": []dependency{locked}, "digest": "sha256:" + hex.EncodeToString(sum[:]), "generated": "2026-01-01T00:00:00Z",
	})
	assert.NilError(t, err)
	writeFile(t, filepath.Join(opts.RepoRoot, "Chart.lock"), lock)
	assert.Equal(t, rendered(t, opts), "---\n# Source: shop/charts/db/templates/db.yaml\nkind: Db\nversion: 1.0.0\n\n")
}

func TestASecondRunNeedsNoNetwork(t *testing.T) {
	site := website(t)
	opts := depending(t, site, site.URL+"/charts", "1.0.0")
	opts.CacheDir = filepath.Join(t.TempDir(), "cache")
	first := rendered(t, opts)
	assert.Equal(t, site.asked.Load(), int64(2), "the index and the archive")
	assert.Equal(t, rendered(t, opts), first)
	assert.Equal(t, site.asked.Load(), int64(2))
}

func TestRunsAtOnceDownloadOnce(t *testing.T) {
	site := website(t)
	opts := depending(t, site, site.URL+"/charts", "1.0.0")
	opts.CacheDir = filepath.Join(t.TempDir(), "cache")
	want := rendered(t, depending(t, site, site.URL+"/charts", "1.0.0"))
	site.asked.Store(0)
	outs := make([]bytes.Buffer, 8)
	errs := make([]error, len(outs))
	var all sync.WaitGroup
	for i := range outs {
		all.Go(func() { errs[i] = helm.Render(t.Context(), &outs[i], opts) })
	}
	all.Wait()
	for i := range outs {
		assert.NilError(t, errs[i])
		assert.Equal(t, outs[i].String(), want)
	}
	assert.Equal(t, site.asked.Load(), int64(2))
}

// A chart in charts/ is taken as it is, and nobody is asked.
func TestAChartThatIsThereIsNotAskedFor(t *testing.T) {
	site := website(t)
	opts := depending(t, site, site.URL+"/charts", "1.0.0")
	writeFile(t, filepath.Join(opts.RepoRoot, "charts/db-1.0.0.tgz"), db(t, "1.0.0"))
	assert.Equal(t, rendered(t, opts), "---\n# Source: shop/charts/db/templates/db.yaml\nkind: Db\nversion: 1.0.0\n\n")
	assert.Equal(t, site.asked.Load(), int64(0))
}

func TestRemoteValueFiles(t *testing.T) {
	h := serve(t, map[string][]byte{"/values.yaml": []byte("x: remote\n"), "/broken.yaml": []byte("x: [\n")})
	opts := helm.Options{HTTP: h.Client()}
	opts.RepoRoot, opts.App, opts.Release = t.TempDir(), ".", "web"
	writeFile(t, filepath.Join(opts.RepoRoot, "Chart.yaml"), []byte("apiVersion: v2\nname: shop\nversion: 1.0.0\n"))
	writeFile(t, filepath.Join(opts.RepoRoot, "templates/a.yaml"), []byte("kind: A\nx: {{ .Values.x }}\n"))
	opts.RemoteValues, opts.ValueFiles = true, []string{h.URL + "/values.yaml"}
	assert.Equal(t, rendered(t, opts), "---\n# Source: shop/templates/a.yaml\nkind: A\nx: remote\n\n")
	opts.ValueFiles = []string{h.URL + "/gone.yaml"}
	assert.Equal(t, rendered(t, opts), "source.helm.valueFiles[0]: get "+h.URL+"/gone.yaml: want status 200, got 404\n")
	opts.ValueFiles = []string{h.URL + "/gone.yaml?sig=hunter2#hunter2"}
	assert.Equal(t, rendered(t, opts), "source.helm.valueFiles[0]: get "+h.URL+"/gone.yaml: want status 200, got 404\n")
	opts.ValueFiles = []string{h.URL + "/broken.yaml?sig=hunter2"}
	assert.Equal(t, rendered(t, opts), h.URL+"/broken.yaml:1:1: want YAML: did not find expected node content\n")
	opts.ValueFiles = []string{"oci://example.org/values"}
	assert.Equal(t, rendered(t, opts), "source.helm.valueFiles[0]: want a path in the repository, got \"oci://example.org/values\" on another host\n\thint: copy it into the repository; only the sidecar's configuration can allow other hosts (guardrails.allowRemoteBases)\n")
}

// unreachable is a network in which no request arrives.
type unreachable struct{ err error }

func (u unreachable) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(10, 9, 8, 7), Port: 443}, Err: u.err}
}

func TestAHostThatIsNotReachedIsNamedAndNothingElseOfTheNetwork(t *testing.T) {
	for want, err := range map[string]error{
		"no such host":       &net.DNSError{Err: "no such host", Name: "charts.invalid", Server: "10.9.8.7:53"},
		"connection refused": syscall.ECONNREFUSED,
	} {
		opts := helm.Options{HTTP: &http.Client{Transport: unreachable{err}}}
		opts.RepoRoot, opts.App, opts.Release = t.TempDir(), ".", "web"
		writeFile(t, filepath.Join(opts.RepoRoot, "Chart.yaml"), []byte("apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n"+
			"- {name: db, version: 1.0.0, repository: \"https://charts.invalid/x\"}\n"))
		assert.Equal(t, rendered(t, opts), "Chart.yaml:5:3: dependencies[0]: the chart db is not in charts/: get https://charts.invalid/x/index.yaml: "+want+"\n")
	}
}
