package testenv_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/poll"

	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

func TestPrometheusEndsWithTheTest(t *testing.T) {
	testenv.Need(t, "prometheus")
	var url string
	t.Run("started", func(t *testing.T) {
		var dir string
		url, dir = testenv.Prometheus(t, "scrape_configs: [{job_name: none, scrape_interval: 1s, static_configs: [{targets: ['127.0.0.1:9']}]}]")
		poll.WaitOn(t, func(poll.LogT) poll.Result {
			if _, body := get(t, url+"/api/v1/targets", ""); !strings.Contains(body, "connection refused") {
				return poll.Continue("want a target that refused, got %s", body)
			}
			return poll.Success()
		}, poll.WithTimeout(time.Minute))

		assert.NilError(t, os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte("nonsense"), 0o644))
		resp, err := http.Post(url+"/-/reload", "", nil)
		assert.NilError(t, err)
		defer resp.Body.Close()
		assert.Equal(t, resp.StatusCode, http.StatusInternalServerError)
	})
	assert.ErrorContains(t, ask(url), "connection refused")
}

// get asks url for host, without following redirects.
func get(t *testing.T, url, host string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	assert.NilError(t, err)
	req.Host = host
	resp, err := http.DefaultTransport.RoundTrip(req)
	assert.NilError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	assert.NilError(t, err)
	return resp.StatusCode, string(text)
}

// ask returns why url does not answer at all.
func ask(url string) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
