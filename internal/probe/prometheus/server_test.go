package prometheus_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/probe/prometheus"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

func listOf(replicas []prometheus.Replica) func(context.Context) ([]prometheus.Replica, error) {
	return func(context.Context) ([]prometheus.Replica, error) { return replicas, nil }
}

// jobs is a configuration in which each job has the targets that follow it; its
// scrapes are a second apart.
func jobs(of ...[]string) string {
	var b strings.Builder
	b.WriteString("scrape_configs:\n")
	for _, job := range of {
		fmt.Fprintf(&b, "- {job_name: %s, scrape_interval: 1s, static_configs: [{targets: [%s]}]}\n", job[0], strings.Join(job[1:], ", "))
	}
	return b.String()
}

// exporter starts a target that is up, and returns its address.
func exporter(t *testing.T) (address string, stop func()) {
	t.Helper()
	server := httptest.NewServer(answer(200, "text/plain", "ok 1\n"))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), server.Close
}

// closed is an address that nothing listens at.
const closed = "127.0.0.1:9"

// TestTargets asks a real Prometheus about targets in each state.
func TestTargets(t *testing.T) {
	t.Parallel()
	up, _ := exporter(t)
	base, _ := testenv.Prometheus(t, jobs([]string{"app", up}, []string{"node", closed}))
	const refused = "last error: dial tcp 127.0.0.1:9: connect: connection refused (http://127.0.0.1:9/metrics)"
	for _, tc := range []struct{ name, step, want string }{
		{"a job is up", "ignoreJobs: [node]", "yes: URL/api/v1/targets: 1 targets up"},
		{"too few", "minTargets: 3", "not yet: URL/api/v1/targets: 2 active targets, want >=3"},
		{"half of them are down", "", "not yet: URL/api/v1/targets: 1/2 targets down, want at most 10%: job node has 1 down, and nothing is known of 15m ago; " + refused},
		{"no baseline", "baseline: 0s, maxDownRatio: 0.25", "not yet: URL/api/v1/targets: 1/2 targets down, want at most 25%: job node has 1 down, and no baseline excuses it; " + refused},
		{"half of them may be down", "maxDownRatio: 0.5", "yes: URL/api/v1/targets: 1/2 targets down, at most 50% may be; warning: 1/2 targets down, at most 50% may be: job node, http://127.0.0.1:9/metrics"},
		{"no more down than before", "baseline: 2s", "yes: URL/api/v1/targets: 1/2 targets down, no more of any job than 2s ago; warning: 1/2 targets down, no more of any job than 2s ago: job node, http://127.0.0.1:9/metrics"},
		{"a required job is up", "requiredJobs: [app], maxDownRatio: 1", "yes: URL/api/v1/targets: 1/2 targets down, at most 100% may be; warning: 1/2 targets down, at most 100% may be: job node, http://127.0.0.1:9/metrics"},
		{"a required job is down", "requiredJobs: [app, node], maxDownRatio: 1", "not yet: URL/api/v1/targets: job node: 0/1 up; " + refused},
		{"a required job is missing", "requiredJobs: [db]", "not yet: URL/api/v1/targets: job db: no targets, want it up"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			until(t, probeOf(t, base, "prometheus.targets: "+tc.step, &clock{}), tc.want, base, "URL")
		})
	}
}

// TestTargetsWaitForTheNextScrape holds that a scrape from before the step is no
// answer: the sync may have changed what it would be now.
func TestTargetsWaitForTheNextScrape(t *testing.T) {
	t.Parallel()
	up, stop := exporter(t)
	base, _ := testenv.Prometheus(t, jobs([]string{"app", up}))
	until(t, probeOf(t, base, "prometheus.targets:", &clock{}), "yes: URL/api/v1/targets: 1 targets up", base, "URL")

	time.Sleep(4 * time.Second) // so that Prometheus has what was 2 s ago
	stop()
	p := probeOf(t, base, "prometheus.targets: baseline: 2s", &clock{})
	assert.Equal(t, said(t, p, base, "URL"), "not yet: URL/api/v1/targets: waiting for the next scrape of 1 of 1 targets, up to 2s")
	until(t, p, "not yet: URL/api/v1/targets: 1/1 targets down, want at most 10%: job app has 1 down, 0 had 2s ago; last error: dial tcp APP: connect: connection refused (http://APP/metrics)", base, "URL", up, "APP")
}

// TestTargetsNeverScraped has targets that do not answer before the scrape's own
// time is over, so that nothing is known of them for 30 seconds.
func TestTargetsNeverScraped(t *testing.T) {
	t.Parallel()
	hang := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	target := strings.TrimPrefix(hang, "http://")
	var targets []string
	for i := range 5 {
		targets = append(targets, fmt.Sprintf("{targets: [%q], labels: {n: %q}}", target, fmt.Sprint(i)))
	}
	config := fmt.Sprintf("scrape_configs: [{job_name: slow, scrape_interval: 150s, scrape_timeout: 30s, static_configs: [%s]}]", strings.Join(targets, ", "))
	base, _ := testenv.Prometheus(t, config)

	c := &clock{}
	p := probeOf(t, base, "prometheus.targets:", c)
	until(t, p, "not yet: URL/api/v1/targets: waiting for the next scrape of 5 of 5 targets, up to 3m", base, "URL")
	c.ahead = 3 * time.Minute
	assert.Equal(t, said(t, p, base, "URL", target, "APP"),
		"not yet: URL/api/v1/targets: 5 targets never scraped: job slow, http://APP/metrics; job slow, http://APP/metrics; job slow, http://APP/metrics; 2 more")
}

func TestConfig(t *testing.T) {
	t.Parallel()
	base, dir := testenv.Prometheus(t, jobs([]string{"app", closed}))
	p := probeOf(t, base, "prometheus.config:", &clock{})
	until(t, p, "yes: URL: runs the configuration that it was given last", base, "URL")

	assert.NilError(t, os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte("scrape_configs: nonsense"), 0o600))
	resp, err := http.Post(base+"/-/reload", "", nil)
	assert.NilError(t, err)
	assert.NilError(t, resp.Body.Close())
	words := said(t, p, base, "URL")
	assert.Assert(t, strings.HasPrefix(words, "not yet: URL/api/v1/status/runtimeinfo: config reload failed; the configuration of 20"), words)
	assert.Assert(t, strings.HasSuffix(words, " still runs, and its log says what is wrong with the new one"), words)
}

func TestAlertmanagers(t *testing.T) {
	t.Parallel()
	base, dir := testenv.Prometheus(t, jobs([]string{"app", closed}))
	p := probeOf(t, base, "prometheus.alertmanagers:", &clock{})
	until(t, p, "not yet: URL/api/v1/alertmanagers: 0 active Alertmanagers, want >=1", base, "URL")

	config := jobs([]string{"app", closed}) + "alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:9']}]}]}\n"
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o600))
	resp, err := http.Post(base+"/-/reload", "", nil)
	assert.NilError(t, err)
	assert.NilError(t, resp.Body.Close())
	until(t, p, "yes: URL: knows 1 Alertmanagers or more", base, "URL")
}

func TestQuery(t *testing.T) {
	t.Parallel()
	up, _ := exporter(t)
	base, _ := testenv.Prometheus(t, jobs([]string{"app", up}, []string{"node", closed}))
	until(t, probeOf(t, base, "prometheus.targets: maxDownRatio: 1", &clock{}),
		"yes: URL/api/v1/targets: 1/2 targets down, at most 100% may be; warning: 1/2 targets down, at most 100% may be: job node, http://127.0.0.1:9/metrics", base, "URL")
	for _, tc := range []struct{ step, want string }{
		{`query: up, any: "1"`, `yes: URL: query "up" is as wanted`},
		{`query: up, each: ">=0"`, `yes: URL: query "up" is as wanted`},
		{`query: count(up), each: "2"`, `yes: URL: query "count(up)" is as wanted`},
		{`query: up > 1, empty: true`, `yes: URL: query "up > 1" is as wanted`},
		{`query: "3", each: "3"`, `yes: URL: query "3" is as wanted`},
		{`query: 'up{job="node"}', each: "1"`, `not yet: URL: query "up{job=\"node\"}": up{instance="127.0.0.1:9",job="node"} is 0, want 1`},
		{`query: 'up{job="node"}', any: ">0"`, `not yet: URL: query "up{job=\"node\"}": none of 1 samples is >0, one of them: up{instance="127.0.0.1:9",job="node"} is 0, want >0`},
		{`query: nosuch, each: ">=0"`, `not yet: URL: query "nosuch": want samples, got none`},
		{`query: 'up{job="node"}', empty: true`, `not yet: URL: query "up{job=\"node\"}": want no sample, got 1, one of them up{instance="127.0.0.1:9",job="node"} is 0`},
		{`query: 0/0, each: ">=0"`, `not yet: URL: query "0/0": {} is NaN, want >=0`},
		{`query: "up[1m]", each: "1"`, `no: URL/api/v1/query: want a query whose result is a vector or a scalar, got a matrix`},
		{`query: "up{", each: "1"`, `no: GET URL/api/v1/query: 400 bad_data: invalid parameter "query": 1:4: parse error: unexpected end of input inside braces`},
	} {
		t.Run(tc.step, func(t *testing.T) {
			assert.Equal(t, said(t, probeOf(t, base, "promql: "+tc.step, &clock{}), base, "URL"), tc.want)
		})
	}
}

// TestEveryReplicaIsAsked has two Prometheus that answer at one port of two
// addresses, as two pods do, and see different things.
func TestEveryReplicaIsAsked(t *testing.T) {
	t.Parallel()
	up, _ := exporter(t)
	healthy, _ := testenv.Prometheus(t, jobs([]string{"app", up}))
	blind, _ := testenv.Prometheus(t, jobs([]string{"app", up}, []string{"node", closed}))
	port := at(t, "127.0.0.2:0", healthy)
	at(t, "127.0.0.3:"+port, blind)
	replicas := []prometheus.Replica{{Name: "prometheus-k8s-0", IP: "127.0.0.2"}, {Name: "prometheus-k8s-1", IP: "127.0.0.3"}}
	base := "http://prometheus-operated.monitoring.svc:" + port
	operated := ": operated: k8s,"

	assert.Equal(t, said(t, probeOf(t, base, "prometheus.ready"+operated, &clock{}, replicas...)), "yes: prometheus-k8s-0, prometheus-k8s-1: ready")
	until(t, probeOf(t, base, "prometheus.targets"+operated+" requiredJobs: [node]", &clock{}, replicas...),
		"not yet: prometheus-k8s-0, prometheus-k8s-1: job node: 0/1 up; last error of prometheus-k8s-1: dial tcp 127.0.0.1:9: connect: connection refused (http://127.0.0.1:9/metrics)")
	until(t, probeOf(t, base, "prometheus.targets"+operated+" ignoreJobs: [node]", &clock{}, replicas...),
		"yes: prometheus-k8s-0, prometheus-k8s-1: 1 targets up")

	gone := append(replicas, prometheus.Replica{Name: "prometheus-k8s-2", IP: "127.0.0.4"})
	assert.Equal(t, said(t, probeOf(t, base, "prometheus.ready"+operated, &clock{}, gone...), port, "PORT"),
		"not yet: prometheus-k8s-2: GET http://127.0.0.4:PORT/-/ready: connection refused")
}

// at answers at address as the server at target does, and returns its port.
func at(t *testing.T, address, target string) string {
	t.Helper()
	u, err := url.Parse(target)
	assert.NilError(t, err)
	listener, err := net.Listen("tcp", address)
	assert.NilError(t, err)
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: httputil.NewSingleHostReverseProxy(u)}}
	server.Start()
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	assert.NilError(t, err)
	return port
}
