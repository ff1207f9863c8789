package runner_test

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/kubetest"
	"github.com/argocd-safesync/argocd-safesync/internal/runner"
)

// pingOf are the ways of one pod's server.
type pingOf struct {
	status int
	hosts  []string // that it was asked for
}

func (p *pingOf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.hosts = append(p.hosts, r.Host)
	w.WriteHeader(p.status)
}

// listen serves h at an address of its own and any port, or at the given one.
func listen(t *testing.T, ip, port string, h http.Handler) (got string) {
	t.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(ip, port))
	assert.NilError(t, err)
	server := httptest.NewUnstartedServer(h)
	assert.NilError(t, server.Listener.Close())
	server.Listener = l
	server.Start()
	t.Cleanup(server.Close)
	_, got, err = net.SplitHostPort(l.Addr().String())
	assert.NilError(t, err)
	return got
}

// TestHTTPAsksEachReadyPod finds pods through a real API server, with exactly the
// rules that the step declares, and asks the server at the address of each.
func TestHTTPAsksEachReadyPod(t *testing.T) {
	s := kubetest.New(t, shared.Kube(t))
	one, two := &pingOf{status: 200}, &pingOf{status: 200}
	port := listen(t, "127.0.0.11", "0", one)
	listen(t, "127.0.0.12", port, two)
	spec := parse(t, `
steps:
- name: ping
  timeout: 1s
  interval: 100ms
  hints: {"503": "it is shutting down"}
  http: {url: "http://traefik.none.svc:80/ping", perPod: {selector: app=traefik, port: `+port+`}}
`)
	s.Grant(t, "hook", spec.Rules(s.Namespace))
	s.Grant(t, "nobody", nil)
	ask := func(account string) string {
		code, words := outcome(t, s, account, spec)
		return fmt.Sprintf("%d %s", code, strings.ReplaceAll(words, port, "PORT"))
	}
	pod := func(name, ip, ready string) {
		if s.Get(t, "v1", "Pod", name) == nil {
			s.Put(t, `{apiVersion: v1, kind: Pod, metadata: {name: `+name+`, labels: {app: traefik}}, spec: {containers: [{name: c, image: i}]}}`)
		}
		s.SetStatus(t, "v1", "Pod", name, `{phase: Running, podIP: `+ip+`, podIPs: [{ip: `+ip+`}], conditions: [{type: Ready, status: "`+ready+`"}]}`)
	}
	assert.Equal(t, ask("hook"), "4 ping: gave up after 1s: no pod in namespace NS matches app=traefik")
	assert.Equal(t, ask("nobody"), "3 ping: permission refused: Pods in NS: forbidden: ServiceAccount NS/nobody may not list pods in namespace NS (is the hook's Role bound to it?)")

	pod("traefik-c", "127.0.0.13", "False") // where nothing listens
	assert.Equal(t, ask("hook"), "4 ping: gave up after 1s: no pod in namespace NS that matches app=traefik is ready: traefik-c (not ready)")

	pod("traefik-a", "127.0.0.11", "True")
	pod("traefik-b", "127.0.0.12", "True")
	got := ask("hook")
	assert.Assert(t, strings.HasPrefix(got, "0 done: 1 of 1 steps in ") && strings.HasSuffix(got, "; warning: ping: not asked: Pod traefik-c (not ready)"), got)
	assert.DeepEqual(t, [][]string{one.hosts, two.hosts}, [][]string{{"traefik.none.svc:80"}, {"traefik.none.svc:80"}})

	two.status = 503
	assert.Equal(t, ask("hook"), "4 ping: gave up after 1s: Pod traefik-b: GET http://127.0.0.12:PORT/ping: 503 Service Unavailable, want 200-299 (it is shutting down)")

	pod("traefik-b", "127.0.0.13", "True")
	assert.Equal(t, ask("hook"), "4 ping: gave up after 1s: Pod traefik-b: GET http://127.0.0.13:PORT/ping: connection refused")
}

// TestHTTPPerPodCanBeSwitchedOff asks the URL, and needs no API for that.
func TestHTTPPerPodCanBeSwitchedOff(t *testing.T) {
	server := httptest.NewServer(&pingOf{status: 200})
	defer server.Close()
	spec := parse(t, `steps: [{name: ping, http: {url: "`+server.URL+`", perPod: {enabled: false, selector: app=x}}}]`)
	assert.Equal(t, len(spec.Rules("x")), 0)
	_, err := runner.Run(t.Context(), spec, runner.Env{Log: slog.New(slog.DiscardHandler)})
	assert.NilError(t, err)
}
