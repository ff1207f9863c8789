package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/runner"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// TestLoki asks a real Loki what the preset of that name asks, and holds the
// words that people read in Argo CD.
func TestLoki(t *testing.T) {
	url := testenv.Loki(t, testenv.LokiConfig{})
	// What the chart's gateway answers to paths that it does not know.
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(gateway.Close)
	for _, tc := range []struct {
		name string
		with []string // more inputs of the preset
		want string   // the failure; "" is a yes of every step
	}{
		{"healthy", []string{"tenant: infra"}, ""},
		{"without a round trip", []string{"tenant: " + testenv.LokiLimited, "roundTrip: false"}, ""},
		{"without a tenant", nil, "labels: permission refused: GET URL/loki/api/v1/labels: 401 no org id: set tenant"},
		{"over its limit", []string{"tenant: " + testenv.LokiLimited}, "round trip: gave up after 5s: POST URL/loki/api/v1/push: push 429 rate limited: ingestion rate limit exceeded for user limited (limit: 1 bytes/sec)"},
		{"never found", []string{"tenant: " + testenv.LokiBlind}, "round trip: gave up after 5s: GET URL/loki/api/v1/query_range: pushed line not found after TIME"},
		{"the gateway is asked whether it is ready", []string{"readyURL: " + gateway.URL}, "ready: GATEWAY/ready: 404: a gateway has no /ready: give the URL of Loki itself (give readyURL, or \"\" to leave the check out)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			with := append([]string{"url: " + url}, tc.with...)
			if !strings.Contains(strings.Join(with, " "), "readyURL") {
				with = append(with, "readyURL: "+url)
			}
			_, err := runner.Run(t.Context(), presetSpec(t, "loki", with...), runner.Env{Log: slog.New(slog.DiscardHandler)})
			words, _, _ := strings.Cut(wordsOf(err, url), " while attempting")
			words = regexp.MustCompile(`not found after \d+s`).ReplaceAllString(words, "not found after TIME")
			assert.Equal(t, strings.ReplaceAll(words, gateway.URL, "GATEWAY"), tc.want)
		})
	}
}
