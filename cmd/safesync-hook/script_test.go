package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
	"gotest.tools/v3/golden"
)

// TestMain lets the scripts run this test binary as if it were the program.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"safesync-hook": func() { os.Exit(run()) }})
}

// TestScripts runs the program as a Job does: arguments, an environment, and
// what comes out on stderr, in the termination log and as the exit code.
//
// Each script has a server of its own at $URL, and $CLOSED is a host:port where
// nothing listens. exits CODE PROGRAM ARG... wants that exit code; asked PATH
// waits until the server was asked for it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script/hook",
		UpdateScripts:       golden.FlagUpdate(),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"asked": asked,
		},
	})
}

type serverKey struct{}

// setup gives a script its server.
func setup(env *testscript.Env) error {
	s := &fakeServer{asked: make(chan string, 1000)}
	server := httptest.NewServer(s)
	env.Defer(server.Close)
	env.Defer(server.CloseClientConnections)
	env.Values[serverKey{}] = s
	closed, err := closedAddress()
	env.Setenv("URL", server.URL)
	env.Setenv("CLOSED", closed)
	return err
}

func closedAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// A fakeServer answers by path.
type fakeServer struct{ asked chan string }

func (s *fakeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked <- r.URL.Path
	switch r.URL.Path {
	case "/ok":
		fmt.Fprintln(w, "OK")
	case "/overview":
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"http": {"routers": {"total": 0}}}`)
	case "/page":
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<html>login</html>")
	case "/private":
		_, password, _ := r.BasicAuth()
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, "%q is wrong", password)
	case "/long":
		_, _ = w.Write(make([]byte, 100))
	case "/slow":
		<-r.Context().Done()
	default:
		http.NotFound(w, r)
	}
}

// exits runs a program and wants an exit code: 2 and 4 are both failures, and
// only one is right.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = fmt.Sprint(err)
	}
	if want := "exit status " + args[0]; got != want && got != args[0] {
		ts.Fatalf("want %s, got %s", want, got)
	}
}

// asked waits until the server was asked for a path.
func asked(ts *testscript.TestScript, _ bool, args []string) {
	s, _ := ts.Value(serverKey{}).(*fakeServer)
	late := time.NewTimer(20 * time.Second)
	defer late.Stop()
	for {
		select {
		case path := <-s.asked:
			if path == args[0] {
				return
			}
		case <-late.C:
			ts.Fatalf("nobody asked for %s", args[0])
		}
	}
}

// TestTermination is not a script because those cannot send SIGTERM.
func TestTermination(t *testing.T) {
	s := &fakeServer{asked: make(chan string, 10)}
	server := httptest.NewServer(s)
	defer server.Close()
	defer server.CloseClientConnections()
	program, err := os.Executable()
	assert.NilError(t, err)
	var stderr strings.Builder
	cmd := exec.Cmd{
		Path: program, Stderr: &stderr,
		Args: []string{"safesync-hook", "run", "--spec", fmt.Sprintf("steps: [{name: slow, http: {url: %q, requestTimeout: 1h}}]", server.URL+"/slow")},
	}
	assert.NilError(t, cmd.Start())
	<-s.asked
	sent := time.Now()
	assert.NilError(t, cmd.Process.Signal(syscall.SIGTERM))
	assert.Error(t, cmd.Wait(), "exit status 143")
	assert.Assert(t, time.Since(sent) < time.Second, "took %s", time.Since(sent))
	assert.Assert(t, cmp.Regexp(`\nsafesync-hook: slow: stopped \(terminated\) after \S+: GET http://\S+/slow: no answer yet\n$`, stderr.String()))
}

func TestReasonIsCutToWhatTheKubeletKeeps(t *testing.T) {
	file := t.TempDir() + "/log"
	assert.NilError(t, os.WriteFile(file, []byte("old"), 0o600))
	long := make([]rune, maxReason)
	for i := range long {
		long[i] = 'é'
	}
	assert.NilError(t, writeReason(file, string(long)))
	got, err := os.ReadFile(file)
	assert.NilError(t, err)
	assert.Assert(t, len(got) <= maxReason && len(got) > maxReason-8, "%d bytes", len(got))
	assert.Assert(t, strings.Contains(string(got), "é … 4128 bytes left out … é"), "%s", got)

	long = append([]rune("hook check failed: "), append(long, []rune(" (is the port on the Service?)")...)...)
	assert.NilError(t, writeReason(file, string(long)))
	got, err = os.ReadFile(file)
	assert.NilError(t, err)
	assert.Assert(t, len(got) <= maxReason, "%d bytes", len(got))
	assert.Assert(t, cmp.Regexp(`^hook check failed: é+ … 4176 bytes left out … é+ \(is the port on the Service\?\)$`, string(got)))

	assert.NilError(t, writeReason(t.TempDir()+"/none", "x"))
}
