package testenv

import (
	"sync"
	"testing"
)

// Shared holds servers for all tests of a package. Put one into a variable of
// the test package and run the tests through it:
//
//	var shared testenv.Shared
//
//	func TestMain(m *testing.M) { os.Exit(shared.Run(m)) }
//
//	func TestX(t *testing.T) { kube := shared.Kube(t) … }
//
// Each test keeps to a namespace of its own, see [Kube.Namespace]. A server is
// started by the first test that asks for it.
type Shared struct {
	mu       sync.Mutex
	cleanups []func()
	kube     *Kube
	tried    bool
}

// Run runs the tests, stops the servers and returns the exit code.
func (s *Shared) Run(m *testing.M) int {
	defer s.stop()
	return m.Run()
}

// Kube returns the package's API server, as [KubeAPIServer] does.
func (s *Shared) Kube(tb testing.TB) *Kube {
	tb.Helper()
	Need(tb, "etcd")
	Need(tb, "kube-apiserver")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tried && s.kube == nil {
		tb.Fatalf("the package's kube-apiserver did not start; the first test that asked for it says why")
	}
	if !s.tried {
		s.tried = true
		s.kube = KubeAPIServer(outlives{tb, s})
	}
	return s.kube
}

func (s *Shared) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.cleanups) - 1; i >= 0; i-- {
		s.cleanups[i]()
	}
	s.cleanups = nil
}

// outlives is a test whose clean-up waits for the end of the package. Its
// caller holds the lock of shared.
type outlives struct {
	testing.TB
	shared *Shared
}

// Cleanup implements [testing.TB].
func (o outlives) Cleanup(f func()) { o.shared.cleanups = append(o.shared.cleanups, f) }

// Failed implements [testing.TB]. What is asked after the test's end must not
// reach it.
func (o outlives) Failed() bool { return false }
