package prometheus_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/prometheus"
)

// FuzzAnyAnswer holds that whatever stands in the place of Prometheus, the
// answer is a yes or one line of bounded length, and a yes has targets.
func FuzzAnyAnswer(f *testing.F) {
	for _, body := range []string{
		`{"status":"success","data":{"activeTargets":[{"labels":{"job":"a"},"scrapePool":"p","scrapeUrl":"http://a","health":"up","lastScrape":"2026-01-01T00:00:00Z","scrapeInterval":"0s","scrapeTimeout":"0s"}]}}`,
		`{"status":"success","data":{"activeTargets":[{"health":"down","labels":{"job":"a\nb"},"lastError":"x\ny","scrapeUrl":"\n","scrapeInterval":"0s","scrapeTimeout":"0s"}]}}`,
		`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up\n","a\nb":"c\n"},"value":[1,"1\n"]}]}}`,
		`{"status":"success","data":{"resultType":"scalar","result":[1]}}`,
		`{"status":"error","errorType":"bad_data","error":"no"}`, `{}`, `<html>`,
	} {
		f.Add(200, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		base := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body)) // a client that has gone is its own concern
		})
		none, never := hookspec.Ratio(0), hookspec.Duration(0)
		a := prometheus.Access{At: hookspec.Prometheus{URL: base, MaxBytes: 1 << 20, RequestTimeout: hookspec.Duration(1e10)}, HTTP: probehttp.Config{}, Now: (&clock{}).now}
		targets := a.Targets(hookspec.PrometheusTargets{MinTargets: 1, MaxDownRatio: &none, Baseline: &never})
		yes, err := targets.Ask(t.Context())
		if err == nil {
			assert.Assert(t, strings.Contains(yes.Saw, " targets "), yes.Saw)
		}
		_, queried := a.Query(hookspec.PromQL{Query: "up", Empty: true}).Ask(t.Context())
		if err := errors.Join(err, queried); err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				assert.Assert(t, len(line) < 4<<10, "%d bytes", len(line))
			}
			assert.Assert(t, strings.Count(err.Error(), "\n") <= 1, "%q", err)
		}
	})
}
