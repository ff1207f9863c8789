package kube_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/kubetest"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

// local runs a command on this machine, in the place of a container.
func local(ctx context.Context, _, _ string, command []string) (stdout, stderr string, exitCode int, err error) {
	var out, errs strings.Builder
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); cmd.ProcessState == nil {
		return "", "", 0, err
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode(), nil
}

// pods makes web-0, which is not ready, and web-1, which is, on a node with a
// kubelet, and web-2 without a node.
func pods(t *testing.T, s *kubetest.Space) {
	t.Helper()
	node := s.Node(t, local)
	const labels = "labels: {app: web}, "
	s.Put(t, `
{apiVersion: v1, kind: Pod, metadata: {`+labels+`name: web-0}, spec: {nodeName: `+node+`, containers: [{name: main, image: i}]}, status: {phase: Running, containerStatuses: [{name: main, image: i, imageID: i, ready: false, restartCount: 3, state: {waiting: {reason: CrashLoopBackOff}}}]}}
---
{apiVersion: v1, kind: Pod, metadata: {`+labels+`name: web-1}, spec: {nodeName: `+node+`, containers: [{name: main, image: i}]}, status: {phase: Running, conditions: [{type: Ready, status: "True"}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web-2, labels: {app: other}}, spec: {containers: [{name: main, image: i}]}, status: {phase: Pending, conditions: [{type: PodScheduled, status: "False", reason: Unschedulable, message: no node}]}}
`)
}

func command(t *testing.T, keys string) hookspec.Exec {
	t.Helper()
	spec, err := hookspec.Parse("spec", []byte("steps:\n- name: x\n  exec: {"+keys+"}\n"))
	assert.NilError(t, err)
	return *spec.Steps[0].Exec
}

func TestCommandIsJudgedByCodeAndOutput(t *testing.T) {
	s, c := space(t)
	pods(t, s)
	for _, test := range []struct{ keys, want string }{
		{`pod: web-1, container: main, command: [sh, -c, "echo hi"]`, "yes: sh in Pod NS/web-1, container main: exit code 0"},
		{`selector: app=web, container: main, command: [echo, hi], expect: {output: hi}`, "yes: echo in Pod NS/web-1, container main: exit code 0"},
		{`pod: web-1, container: main, command: [sh, -c, "exit 3"], expect: {exitCode: 3}`, "yes: sh in Pod NS/web-1, container main: exit code 3"},
		{`pod: web-1, container: main, command: [sh, -c, "echo no >&2; exit 3"]`, "not yet: sh in Pod NS/web-1, container main: exit code 3, want 0: no"},
		{`pod: web-1, container: main, command: ["false"]`, "not yet: false in Pod NS/web-1, container main: exit code 1, want 0: it printed nothing"},
		{`pod: web-1, container: main, command: [echo, "3 of 4"], expect: {output: "~^4"}`, `not yet: echo in Pod NS/web-1, container main: printed "3 of 4", want a match of ^4`},
		{`pod: web-1, container: main, command: [sh, -c, "yes | head -c 300000"], expect: {output: x}`, "no: sh in Pod NS/web-1, container main: want at most 262144 bytes of output to compare, got more"},
		{`pod: web-1, container: main, command: [sh, -c, "yes | head -c 300000"]`, "yes: sh in Pod NS/web-1, container main: exit code 0"},
		{`pod: web-1, container: side, command: [echo]`, "no: Pod NS/web-1 has no container side: container side is not valid for pod web-1"},
		{`pod: none, container: main, command: [echo]`, "not yet: Pod NS/none does not exist"},
		{`pod: web-2, container: main, command: [echo]`, "not yet: exec in container main of Pod NS/web-2: pod web-2 does not have a host assigned"},
		{`selector: app=none, container: main, command: [echo]`, "not yet: no pod in namespace NS matches app=none"},
		{`selector: app=other, container: main, command: [echo]`, "not yet: no pod in namespace NS that matches app=other is ready: web-2 (Unschedulable: no node)"},
	} {
		got := answerOf(t.Context(), kube.Command(c, command(t, test.keys)))
		assert.Equal(t, strings.ReplaceAll(got, s.Namespace, "NS"), test.want, test.keys)
	}
}

func TestCommandThatDoesNotEnd(t *testing.T) {
	s, c := space(t)
	pods(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	got := answerOf(ctx, kube.Command(c, command(t, `pod: web-1, container: main, command: [sleep, "60"]`)))
	assert.Equal(t, strings.ReplaceAll(got, s.Namespace, "NS"), "not yet: exec in container main of Pod NS/web-1: the command did not end in time")
}

func TestCommandNeedsBothVerbs(t *testing.T) {
	s, _ := space(t)
	pods(t, s)
	for verb, want := range map[string]string{
		"get":    "denied: Pod NS/web-1: forbidden: ServiceAccount NS/has-get may not create pods/exec in namespace NS (is the hook's Role bound to it?)",
		"create": "yes: echo in Pod NS/web-1, container main: exit code 0", // SPDY needs no get
	} {
		s.Grant(t, "has-"+verb, []hookspec.Rule{{Namespace: s.Namespace, Resource: "pods/exec", Verbs: []string{verb}}})
		c, err := kube.New(s.As(t, "has-"+verb), s.Namespace)
		assert.NilError(t, err)
		got := answerOf(t.Context(), kube.Command(c, command(t, `pod: web-1, container: main, command: [echo]`)))
		assert.Equal(t, strings.ReplaceAll(got, s.Namespace, "NS"), want)
	}
}

// TestCommandFallsBackToSPDY puts a proxy before the API server that treats
// WebSocket as old proxies and some versions of OpenShift do.
func TestCommandFallsBackToSPDY(t *testing.T) {
	s, _ := space(t)
	pods(t, s)
	for _, status := range []int{http.StatusForbidden, http.StatusBadRequest, http.StatusOK} {
		c, err := kube.New(&rest.Config{Host: withoutWebSocket(t, s, status)}, s.Namespace)
		assert.NilError(t, err)
		got := answerOf(t.Context(), kube.Command(c, command(t, `pod: web-1, container: main, command: [echo, hi], expect: {output: hi}`)))
		assert.Equal(t, got, "yes: echo in Pod "+s.Namespace+"/web-1, container main: exit code 0", status)
	}
}

// withoutWebSocket is the URL of a proxy to the API server that answers status
// to WebSocket. It carries the administrator's token.
func withoutWebSocket(t *testing.T, s *kubetest.Space, status int) string {
	t.Helper()
	target, err := url.Parse(s.Admin.Host)
	assert.NilError(t, err)
	tls, err := rest.TLSConfigFor(s.Admin)
	assert.NilError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = transport.NewBearerAuthRoundTripper(s.Admin.BearerToken, &http.Transport{TLSClientConfig: tls})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.EqualFold(req.Header.Get("Upgrade"), "websocket") {
			http.Error(w, "no web sockets here", status)
			return
		}
		proxy.ServeHTTP(w, req)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
