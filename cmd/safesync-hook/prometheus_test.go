package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/poll"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/runner"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// TestPrometheus asks a real Prometheus what the preset of that name asks, and
// holds the words that people read in Argo CD.
func TestPrometheus(t *testing.T) {
	exporter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "ok 1\n") // a client that has gone is its own concern
	}))
	t.Cleanup(exporter.Close)
	url, dir := testenv.Prometheus(t, fmt.Sprintf(`scrape_configs:
- {job_name: app, scrape_interval: 1s, static_configs: [{targets: [%q]}]}
- {job_name: node, scrape_interval: 1s, static_configs: [{targets: ["127.0.0.1:9"]}]}
`, exporter.Listener.Addr()))
	poll.WaitOn(t, func(poll.LogT) poll.Result {
		_, err := runner.Run(t.Context(), presetSpec(t, "prometheus", "url: "+url, "maxDownRatio: 1"), runner.Env{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return poll.Continue("%v", err)
		}
		return poll.Success()
	}, poll.WithTimeout(time.Minute))

	const node = "last error: dial tcp 127.0.0.1:9: connect: connection refused (http://127.0.0.1:9/metrics)"
	for _, tc := range []struct {
		name string
		with []string // more inputs of the preset
		want string   // the failure; "" is a yes of every step
	}{
		{"healthy", []string{"ignoreJobs: [node]"}, ""},
		{"half of the targets are down", []string{"baseline: 0s"}, "targets: gave up after 5s: URL/api/v1/targets: 1/2 targets down, want at most 10%: job node has 1 down, and no baseline excuses it; " + node},
		{"a required job is down", []string{"requiredJobs: [node]"}, "targets: gave up after 5s: URL/api/v1/targets: job node: 0/1 up; " + node},
		{"no Alertmanager", []string{"ignoreJobs: [node]", "alertmanagers: 1"}, "alertmanagers: gave up after 5s: URL/api/v1/alertmanagers: 0 active Alertmanagers, want >=1"},
		{"another route prefix", []string{"routePrefix: /prometheus"}, "ready: gave up after 5s: GET URL/prometheus/-/ready: 404 Not Found, want 200 (is there a route prefix? give routePrefix)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := runner.Run(t.Context(), presetSpec(t, "prometheus", append(tc.with, "url: "+url)...), runner.Env{Log: slog.New(slog.DiscardHandler)})
			assert.Equal(t, wordsOf(err, url), tc.want)
		})
	}
	t.Run("the configuration is broken", func(t *testing.T) {
		assert.NilError(t, os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte("scrape_configs: nonsense"), 0o600))
		resp, err := http.Post(url+"/-/reload", "", nil)
		assert.NilError(t, err)
		assert.NilError(t, resp.Body.Close())
		_, err = runner.Run(t.Context(), presetSpec(t, "prometheus", "url: "+url), runner.Env{Log: slog.New(slog.DiscardHandler)})
		words, _, _ := strings.Cut(wordsOf(err, url), ";")
		words, _, _ = strings.Cut(words, " of 20")
		assert.Equal(t, words, "configuration: gave up after 5s: URL/api/v1/status/runtimeinfo: config reload failed")
	})
}

// wordsOf is what people read; "" for a yes.
func wordsOf(err error, url string) string {
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(err.Error(), url, "URL")
}

// presetSpec is what a Job of a preset's validation would carry where nothing is
// rendered; in a hurry.
func presetSpec(t *testing.T, preset string, with ...string) hookspec.Spec {
	t.Helper()
	file := filepath.Join(t.TempDir(), "safesync.yaml")
	text := "apiVersion: safesync/v1alpha1\nkind: Policy\npresets:\n- name: " + preset + "\n  with:\n    " + strings.Join(with, "\n    ") + "\n"
	assert.NilError(t, os.WriteFile(file, []byte(text), 0o600))
	spec, _, err := hookOf(file, preset+"-post-sync-validation", "monitoring", io.Discard)
	assert.NilError(t, err)
	for i := range spec.Steps {
		spec.Steps[i].Timeout = hookspec.Duration(5 * time.Second)
		spec.Steps[i].Interval = hookspec.Duration(100 * time.Millisecond)
	}
	return spec
}
