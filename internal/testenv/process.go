package testenv

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// readyWithin is generous: CI machines have two cores and other work.
	readyWithin = 2 * time.Minute
	askEvery    = 25 * time.Millisecond
	// stopWithin is how long a server may take to stop before it is killed.
	stopWithin = 20 * time.Second
	// logLines is how much of a server's log a failure shows.
	logLines = 15
)

// A process is a running server. It ends with the test, and with the test's
// process if that dies first.
type process struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed when the process is gone
	err  error         // how it ended; read after done
}

// launch starts cmd, with its output in dir, and returns once ready says so.
// The error carries the end of the server's log.
func launch(tb testing.TB, cmd *exec.Cmd, dir string, ready func() error) (*process, error) {
	tb.Helper()
	p, err := spawn(cmd, filepath.Join(dir, filepath.Base(cmd.Path)+".log"))
	if err != nil {
		return nil, err
	}
	tb.Cleanup(func() {
		p.kill()
		if tb.Failed() {
			tb.Logf("the end of %s:\n%s", filepath.Base(p.log), p.tail())
		}
	})
	if err := p.await(ready); err != nil {
		p.kill()
		return nil, fmt.Errorf("start %s: %w\n%s", filepath.Base(cmd.Path), err, p.tail())
	}
	return p, nil
}

// spawn starts cmd with its output in the file log.
func spawn(cmd *exec.Cmd, log string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = out, out
	p := &process{cmd: cmd, log: log, done: make(chan struct{})}
	started := make(chan error)
	go p.run(started, out)
	return p, <-started
}

// run lives as long as the process. It keeps its thread because Linux reports
// the parent's death when the thread that started the child ends.
func (p *process) run(started chan<- error, out *os.File) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer out.Close()
	defer close(p.done)
	dieWithParent(p.cmd)
	err := p.cmd.Start()
	started <- err
	if err == nil {
		p.err = p.cmd.Wait()
	}
}

// await asks ready until it says nil, the process is gone or time is up.
func (p *process) await(ready func() error) error {
	deadline := time.After(readyWithin)
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("ended before it was ready: %w", errors.Join(p.err, err))
		case <-deadline:
			return fmt.Errorf("not ready after %s: %w", readyWithin, err)
		case <-time.After(askEvery):
		}
	}
}

// stop sends sig and waits until the process is gone, by force in the end.
func (p *process) stop(sig os.Signal) {
	_ = p.cmd.Process.Signal(sig) // it may be gone already
	select {
	case <-p.done:
	case <-time.After(stopWithin):
		p.kill()
	}
}

// kill ends the process at once and returns when it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL) // it may be gone already
	<-p.done
}

// tail returns the end of the process's log.
func (p *process) tail() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-logLines):], []byte("\n")))
}

// retryPorts runs start again when another process was faster to take the port
// it had picked.
func retryPorts(start func() error) error {
	const attempts = 3
	var err error
	for range attempts {
		err = start()
		if err == nil || !strings.Contains(err.Error(), "address already in use") {
			return err
		}
	}
	return err
}

// freePort returns a port of 127.0.0.1 that nothing listens on. It stays below
// the range from which Linux takes the ports of outgoing connections, so only
// another test can take it, and retryPorts deals with that.
func freePort() (int, error) {
	const lowest, highest = 20000, 32000
	var err error
	for range 100 {
		port := lowest + rand.IntN(highest-lowest)
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("find a free port: %w", err)
}

// freePorts returns n different ones.
func freePorts(n int) ([]int, error) {
	var ports []int
	for len(ports) < n {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ports, port) {
			ports = append(ports, port)
		}
	}
	return ports, nil
}

// scratch returns a folder with a short path that is removed after the test.
// tb.TempDir's path is too long for a socket.
func scratch(tb testing.TB, name string) string {
	tb.Helper()
	dir, err := os.MkdirTemp("/tmp", "safesync-"+name+"-") //nolint:usetesting // see above
	if err != nil {
		tb.Fatalf("make a folder: %v", err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) }) // a leftover in /tmp is no reason to fail
	return dir
}

// unprivileged is who runs a server that refuses to be root.
const unprivileged = "nobody"

// dropRoot makes cmd run as unprivileged if the test runs as root, as in a
// container.
func dropRoot(cmd *exec.Cmd) {
	const nobody = 65534
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
}
