package prometheus_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/poll"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/prometheus"
)

// A clock is moved by the test, so that nobody waits for scrape intervals.
type clock struct{ ahead time.Duration }

func (c *clock) now() time.Time { return time.Now().Add(c.ahead) }

// probeOf makes the probe of a step that is written as in a policy; URL stands
// for base.
func probeOf(t *testing.T, base, step string, c *clock, replicas ...prometheus.Replica) probe.Probe {
	t.Helper()
	kind, keys, _ := strings.Cut(step, ":")
	spec, err := hookspec.Parse("step", fmt.Appendf(nil, "steps: [{name: x, %s: {url: %q, requestTimeout: 500ms,%s}}]", kind, base, keys))
	assert.NilError(t, err)
	spec, err = spec.WithDefaults()
	assert.NilError(t, err)
	s := spec.Steps[0]
	access := func(at hookspec.Prometheus) prometheus.Access {
		a := prometheus.Access{At: at, HTTP: probehttp.Config{}, Now: c.now}
		if len(replicas) > 0 {
			a.Replicas = listOf(replicas)
		}
		return a
	}
	switch {
	case s.PrometheusReady != nil:
		return access(s.PrometheusReady.Prometheus).Ready()
	case s.PrometheusConfig != nil:
		return access(s.PrometheusConfig.Prometheus).Configured()
	case s.PrometheusTargets != nil:
		return access(s.PrometheusTargets.Prometheus).Targets(*s.PrometheusTargets)
	case s.PrometheusAlertmanagers != nil:
		return access(s.PrometheusAlertmanagers.Prometheus).Alertmanagers(*s.PrometheusAlertmanagers)
	default:
		return access(s.PromQL.Prometheus).Query(*s.PromQL)
	}
}

// said is what a probe answers, on one line: the meaning, then the words, with
// what differs between two runs replaced.
func said(t *testing.T, p probe.Probe, replace ...string) string {
	t.Helper()
	yes, err := p.Ask(t.Context())
	words := "yes: " + strings.Join(append([]string{yes.Saw}, yes.Warnings...), "; warning: ")
	switch {
	case errors.Is(err, probe.ErrNotYet):
		words = "not yet: " + err.Error()
	case errors.Is(err, probe.ErrDenied):
		words = "denied: " + err.Error()
	case err != nil:
		words = "no: " + err.Error()
	}
	return strings.NewReplacer(replace...).Replace(words)
}

// until asks until the answer is want, as the runner does.
func until(t *testing.T, p probe.Probe, want string, replace ...string) {
	t.Helper()
	poll.WaitOn(t, func(poll.LogT) poll.Result {
		if got := said(t, p, replace...); got != want {
			return poll.Continue("\nwant %s\ngot  %s", want, got)
		}
		return poll.Success()
	}, poll.WithDelay(50*time.Millisecond), poll.WithTimeout(time.Minute))
}

// serve starts a server that answers every path with handler.
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// answer returns a handler for one fixed answer, and the headers that pairs are.
func answer(status int, media, body string, pairs ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		for i := 0; i+1 < len(pairs); i += 2 {
			w.Header().Set(pairs[i], pairs[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body)) // a client that has gone is its own concern
	}
}
