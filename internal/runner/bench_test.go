package runner_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/runner"
)

// BenchmarkRunOneHTTPStep is the request with everything around it; compare it
// with BenchmarkRequestAlone.
func BenchmarkRunOneHTTPStep(b *testing.B) {
	url := server(b)
	text := fmt.Appendf(nil, "steps: [{name: web, http: {url: %q, expect: {status: [200], json: {x: \">=1\"}}}}]", url)
	for b.Loop() {
		spec, err := hookspec.Parse("spec", text)
		assert.NilError(b, err)
		_, err = runner.Run(b.Context(), spec, runner.Env{Log: slog.New(slog.DiscardHandler)})
		assert.NilError(b, err)
	}
}

func BenchmarkRequestAlone(b *testing.B) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	url := server(b)
	for b.Loop() {
		resp, err := client.Get(url)
		assert.NilError(b, err)
		assert.NilError(b, resp.Body.Close())
	}
}

func server(b *testing.B) (url string) {
	b.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"x": 1}`)) }))
	b.Cleanup(s.Close)
	return s.URL
}
