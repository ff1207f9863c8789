package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// real returns a node of this machine in a folder of its own, which is taken down
// when the test ends.
func real(t *testing.T) (n *Node, said *strings.Builder) {
	t.Helper()
	if os.Getenv("SAFESYNC_CLUSTER") == "" {
		t.Skip("starts a cluster; set SAFESYNC_CLUSTER=1 as root to run it")
	}
	dir, err := os.MkdirTemp("/tmp", "node") //nolint:usetesting // a socket's path is limited
	assert.NilError(t, err)
	t.Setenv("SAFESYNC_CLUSTER_DIR", dir)
	said = &strings.Builder{}
	n, err = Open(os.Getenv, said)
	assert.NilError(t, err)
	t.Cleanup(func() {
		assert.NilError(t, n.Down(context.Background()))
		assert.Assert(t, !exists(dir))
	})
	return n, said
}

// TestTheLifeOfANode is one test because a start takes seconds of two cores.
func TestTheLifeOfANode(t *testing.T) {
	n, said := real(t)
	saved := readSettings(t)
	assert.NilError(t, n.Up(t.Context()))
	f, err := n.Figures()
	assert.NilError(t, err)
	assert.Assert(t, f.Start > time.Second && f.Memory > 100, "%v", f)
	assert.NilError(t, n.Up(t.Context()))
	assert.Equal(t, readSettings(t), saved)
	assert.Assert(t, strings.HasSuffix(said.String(), "cluster: already up in "+n.Dir+"\n"), said.String())

	run(t, n, "ctr", "images", "tag", pauseImage, "localhost/other:1")
	run(t, n, "kubectl", "create", "deployment", "pause", "--image=localhost/other:1", "--replicas=2")
	run(t, n, "kubectl", "wait", "deployment/pause", "--for=condition=Available", "--timeout=60s")

	t.Run("a network of its own", func(t *testing.T) { checkNetwork(t, n) })
	t.Run("programs that are restarted go on", func(t *testing.T) {
		for _, name := range []string{"kube-apiserver", "kubelet", "containerd"} {
			then, err := n.recorded(name)
			assert.NilError(t, err)
			assert.NilError(t, n.Restart(t.Context(), name))
			now, err := n.recorded(name)
			assert.NilError(t, err)
			assert.Assert(t, !then.runs() && now.runs(), "%v, %v", then, now)
		}
		assert.NilError(t, n.Health(t.Context()))
		run(t, n, "kubectl", "wait", "deployment/pause", "--for=condition=Available", "--timeout=60s")
		assert.Equal(t, readSettings(t), saved)
	})
	t.Run("one that is held stays", func(t *testing.T) {
		release, err := n.Hold()
		assert.NilError(t, err)
		in := fmt.Sprintf("the cluster in %s is in use by process %d", n.Dir, os.Getpid())
		assert.Error(t, n.Down(t.Context()), in)
		_, err = n.Hold()
		assert.Error(t, err, in)
		release()
		assert.NilError(t, n.Health(t.Context()))
	})
	t.Run("one that is half dead is made anew", func(t *testing.T) {
		for _, name := range []string{"etcd", "containerd"} { // whose shims and pods stay
			p, err := n.recorded(name)
			assert.NilError(t, err)
			assert.NilError(t, syscall.Kill(p.PID, syscall.SIGKILL))
			assert.NilError(t, wait(t.Context(), func() bool { return !p.runs() }))
		}
		said.Reset()
		assert.NilError(t, n.Up(t.Context()))
		assert.Assert(t, strings.HasPrefix(said.String(), "cluster: an earlier run is left, in which etcd does not run any more; taking it down\n"), said.String())
		assert.NilError(t, n.Health(t.Context()))
	})

	t.Run("one whose files somebody has deleted is made anew", func(t *testing.T) {
		run(t, n, "kubectl", "run", "pause", "--image="+pauseImage)
		run(t, n, "kubectl", "wait", "pod/pause", "--for=condition=Ready", "--timeout=60s")
		was := n.processes(nil)
		assert.Assert(t, len(was) > 10, "want programs, a shim and a pod, got %v", was)
		_ = os.RemoveAll(n.Dir) // which stops at the mounts
		assert.Assert(t, !exists(n.path(mark)) && exists(n.netFile()))
		assert.NilError(t, n.Up(t.Context()))
		for _, pid := range was {
			assert.Assert(t, statOf(pid).ended(), "process %d is left", pid)
		}
		assert.NilError(t, n.Health(t.Context()))
	})

	run(t, n, "ctr", "images", "tag", pauseImage, "localhost/other:1")
	run(t, n, "kubectl", "run", "pause", "--image=localhost/other:1")
	run(t, n, "kubectl", "wait", "pod/pause", "--for=condition=Ready", "--timeout=60s")
	ids, err := n.containers()
	assert.NilError(t, err)
	assert.Assert(t, len(ids) == 2, "want a sandbox and a container, got %v", ids)
	assert.NilError(t, n.Down(t.Context()))
	assert.Assert(t, !exists(n.Dir))
	assert.DeepEqual(t, n.processes(ids), []int(nil))
	assert.Equal(t, traces(t, n, ids), "mounts: []\ncgroups: []\ncgroups: []\n")
	assert.Equal(t, readSettings(t), saved)
	assert.NilError(t, n.Down(t.Context()))
}

// checkNetwork wants the API server to answer inside only, and nothing outside to
// answer there.
func checkNetwork(t *testing.T, n *Node) {
	ca, err := os.ReadFile(n.path("pki/ca.crt"))
	assert.NilError(t, err)
	roots := x509.NewCertPool()
	assert.Assert(t, roots.AppendCertsFromPEM(ca))
	greet := func(dial func(context.Context, string, string) (net.Conn, error), address string) error {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		conn, err := dial(ctx, "tcp", address)
		if err != nil {
			return err
		}
		defer conn.Close()
		return tls.Client(conn, &tls.Config{RootCAs: roots, ServerName: "kubernetes"}).HandshakeContext(ctx)
	}
	assert.NilError(t, greet(n.Dial, apiService+":443"))
	for _, address := range []string{hostIP + ":" + apiPort, apiService + ":443", "127.0.0.1:" + apiPort} {
		assert.Assert(t, greet((&net.Dialer{}).DialContext, address) != nil, "%s answers outside", address)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err = n.Dial(ctx, "tcp", "1.1.1.1:443")
	assert.Assert(t, err != nil, "there is a way out")

	links := strings.Fields(run(t, n, "sh", "-c", "tail -n +2 /proc/net/route | cut -f1 | sort -u"))
	assert.Assert(t, len(links) > 0)
	for _, link := range links {
		assert.Assert(t, link == "host0" || strings.HasPrefix(link, "veth"), "want routes to the node and its pods, got one to %s", link)
	}
}

// run returns what a program prints in the cluster.
func run(t *testing.T, n *Node, name string, args ...string) string {
	t.Helper()
	out, err := n.Command(t.Context(), name, args...).CombinedOutput()
	assert.NilError(t, err, "%s", out)
	return string(out)
}

// traces are what a node may leave outside its state: mounts and cgroups of its
// own, and what is in the folders that its programs write to.
func traces(t *testing.T, n *Node, containers []string) string {
	t.Helper()
	mounts, err := n.mounts()
	assert.NilError(t, err)
	var out strings.Builder
	fmt.Fprintln(&out, "mounts:", mounts)
	for _, id := range containers {
		groups, err := filepath.Glob(cgroupDir + "/*/" + cgroupParent + "/" + id)
		assert.NilError(t, err)
		fmt.Fprintln(&out, "cgroups:", groups)
	}
	for there := range binds {
		assert.NilError(t, filepath.WalkDir(there, func(path string, _ fs.DirEntry, _ error) error {
			for _, id := range append(containers, n.id()) {
				assert.Assert(t, !strings.Contains(path, id), "%s is left", path)
			}
			return nil
		}))
	}
	return out.String()
}

func readSettings(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	for _, name := range changed {
		text, err := os.ReadFile(filepath.Join(string(settings), name))
		assert.NilError(t, err)
		out.Write(text)
	}
	return out.String()
}
