package kubetest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

// A Container runs a command in a container of a pod, as a container runtime
// does.
type Container func(ctx context.Context, pod, container string, command []string) (stdout, stderr string, exitCode int, err error)

// Node registers a node whose kubelet answers exec requests with run, through
// the streaming server that kubelets use. It returns the node's name.
func (s *Space) Node(tb testing.TB, run Container) string {
	tb.Helper()
	kubelet := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		serveExec(w, req, executor{run})
	}))
	tb.Cleanup(kubelet.Close)
	_, text, err := net.SplitHostPort(kubelet.Listener.Addr().String())
	assert.NilError(tb, err)
	port, err := strconv.Atoi(text)
	assert.NilError(tb, err)
	name := "node-" + s.Namespace
	node := object("v1", "Node", name, map[string]any{"status": map[string]any{
		"addresses":       []any{map[string]any{"type": "InternalIP", "address": "127.0.0.1"}},
		"daemonEndpoints": map[string]any{"kubeletEndpoint": map[string]any{"Port": int64(port)}},
	}})
	s.PutObject(tb, node)
	return name
}

// serveExec answers /exec/{namespace}/{pod}/{container}?command=…
func serveExec(w http.ResponseWriter, req *http.Request, run executor) {
	parts := strings.Split(strings.Trim(req.URL.Path, "/"), "/")
	if len(parts) != 4 || parts[0] != "exec" {
		http.NotFound(w, req)
		return
	}
	options, err := remotecommand.NewOptions(req)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	const idle = time.Minute
	remotecommand.ServeExec(w, req, run, parts[2], "", parts[3], req.URL.Query()["command"], options,
		idle, idle, remotecommand.SupportedStreamingProtocols)
}

type executor struct{ run Container }

// ExecInContainer implements the streaming server's interface.
func (e executor) ExecInContainer(ctx context.Context, pod, _, container string, command []string, _ io.Reader, out, errs io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize, _ time.Duration) error {
	stdout, stderr, code, err := e.run(ctx, pod, container, command)
	if err != nil {
		return err
	}
	_, _ = io.WriteString(out, stdout)
	if errs != nil {
		_, _ = io.WriteString(errs, stderr)
	}
	if code != 0 {
		return utilexec.CodeExitError{Err: fmt.Errorf("exit code %d", code), Code: code}
	}
	return nil
}
