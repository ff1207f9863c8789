package runner_test

import (
	"net/url"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/kubetest"
	"github.com/argocd-safesync/argocd-safesync/internal/runner"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// TestPrometheusIsAskedByPod finds the pods of an operator's Prometheus through
// a real API server and asks a real Prometheus at the address of each, with
// exactly the rules that the step declares.
func TestPrometheusIsAskedByPod(t *testing.T) {
	s := kubetest.New(t, shared.Kube(t))
	base, _ := testenv.Prometheus(t, "scrape_configs: []")
	at, err := url.Parse(base)
	assert.NilError(t, err)
	spec := parse(t, `
steps:
- name: ready
  timeout: 1s
  hints: {absent: "is it called k8s?"}
  prometheus.ready: {url: "http://prometheus-operated.none.svc:`+at.Port()+`", operated: k8s}
- name: configuration
  prometheus.config: {url: "http://prometheus-operated.none.svc", podPort: `+at.Port()+`, pods: "prometheus in (k8s)"}
`)
	s.Grant(t, "hook", spec.Rules(s.Namespace))
	s.Grant(t, "nobody", nil)
	code, words := outcome(t, s, "hook", spec)
	assert.Equal(t, code, runner.ExitTime)
	assert.Equal(t, words, "ready: gave up after 1s: no pod in namespace NS matches operator.prometheus.io/name=k8s (is it called k8s?)")

	pod := func(name, ip string) {
		s.Put(t, `{apiVersion: v1, kind: Pod, metadata: {name: `+name+`, labels: {operator.prometheus.io/name: k8s, prometheus: k8s}},
			spec: {containers: [{name: prometheus, image: i}]}, status: {phase: Running, podIP: `+ip+`, podIPs: [{ip: `+ip+`}]}}`)
	}
	pod("prometheus-k8s-0", "127.0.0.1")
	code, words = outcome(t, s, "hook", spec)
	assert.Equal(t, code, runner.ExitDone, words)

	code, words = outcome(t, s, "nobody", spec)
	assert.Equal(t, code, runner.ExitDenied)
	assert.Equal(t, words, "ready: permission refused: Pods in NS: forbidden: ServiceAccount NS/nobody may not list pods in namespace NS (is the hook's Role bound to it?)")

	pod("prometheus-k8s-1", "127.0.0.9") // where nothing listens
	code, words = outcome(t, s, "hook", spec)
	assert.Equal(t, code, runner.ExitTime)
	assert.Equal(t, strings.ReplaceAll(words, at.Port(), "PORT"), "ready: gave up after 1s: prometheus-k8s-1: GET http://127.0.0.9:PORT/-/ready: connection refused")
}
