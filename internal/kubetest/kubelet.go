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
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

// A Container runs a command in a container of a pod, as a container runtime
// does.
type Container func(ctx context.Context, pod, container string, command []string) (stdout, stderr string, exitCode int, err error)

// A Piped runs a command with streams of any length; stdin may be nil.
type Piped func(ctx context.Context, command []string, stdin io.Reader, stdout, stderr io.Writer) (exitCode int, err error)

// Node registers a node whose kubelet answers exec requests with run, through
// the streaming server that kubelets use. It returns the node's name.
func (s *Space) Node(tb testing.TB, run Container) string {
	tb.Helper()
	name, _ := s.node(tb, executor{run})
	return name
}

// PipedNode is a Node whose commands have streams. Cut ends every connection to
// it in the middle, as when a node or a proxy goes away.
func (s *Space) PipedNode(tb testing.TB, run Piped) (name string, cut func()) {
	tb.Helper()
	return s.node(tb, piped{run})
}

func (s *Space) node(tb testing.TB, run remotecommand.Executor) (name string, cut func()) {
	tb.Helper()
	kubelet := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		serveExec(w, req, run)
	}))
	// An exec takes its connection over, so that the server cannot end it.
	var all connections
	kubelet.Config.ConnState = all.note
	kubelet.StartTLS()
	tb.Cleanup(kubelet.Close)
	_, text, err := net.SplitHostPort(kubelet.Listener.Addr().String())
	assert.NilError(tb, err)
	port, err := strconv.Atoi(text)
	assert.NilError(tb, err)
	name = "node-" + s.Namespace
	node := object("v1", "Node", name, map[string]any{"status": map[string]any{
		"addresses":       []any{map[string]any{"type": "InternalIP", "address": "127.0.0.1"}},
		"daemonEndpoints": map[string]any{"kubeletEndpoint": map[string]any{"Port": int64(port)}},
	}})
	s.PutObject(tb, node)
	return name, all.close
}

// connections are those that a server ever had.
type connections struct {
	mu   sync.Mutex
	list []net.Conn
}

func (c *connections) note(conn net.Conn, state http.ConnState) {
	if state == http.StateNew {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.list = append(c.list, conn)
	}
}

func (c *connections) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.list {
		_ = conn.Close() // it may be closed already
	}
	c.list = nil
}

// serveExec answers /exec/{namespace}/{pod}/{container}?command=…
func serveExec(w http.ResponseWriter, req *http.Request, run remotecommand.Executor) {
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

type piped struct{ run Piped }

// ExecInContainer implements the streaming server's interface.
func (p piped) ExecInContainer(ctx context.Context, _, _, _ string, command []string, in io.Reader, out, errs io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize, _ time.Duration) error {
	code, err := p.run(ctx, command, in, out, errs)
	if err == nil && code != 0 {
		err = utilexec.CodeExitError{Err: fmt.Errorf("exit code %d", code), Code: code}
	}
	return err
}
