// Package node runs a Kubernetes of one node on this machine: etcd, the API
// server, its controllers and scheduler, containerd, the kubelet, kube-proxy and
// CoreDNS, as real programs that run real pods.
//
// It lives in a network namespace with no way out and a mount namespace of its
// own, so that nothing of it can be reached from outside, nothing inside reaches
// out, and the machine's own mounts stay as they are. All that it writes is in
// one folder.
//
// It knows Kubernetes' programs and Linux. It must not know what runs in the
// pods: no image but the one of the pause container, no Argo CD, none of ours.
package node

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
)

// Addresses inside the network namespace. They are seen nowhere else, so that
// any would do.
const (
	hostIP      = "10.99.0.1"
	hostNetwork = hostIP + "/24"
	serviceIPs  = "10.96.0.0/16"
	apiService  = "10.96.0.1" // the first one of serviceIPs
	podIPs      = "10.244.0.0/24"
	apiPort     = "6443"
)

// Name is the name of the one Node object.
const Name = "node-1"

// maxDir is how long a state folder's path may be: a socket's has at most 107
// bytes, and the kubelet's are 40 below it.
const maxDir = 59

// A Node is where a cluster is, or can be. [Open] makes one.
type Node struct {
	// Dir holds all state: "node" in the cluster's folder. Two nodes with different
	// folders do not see each other.
	Dir string
	// Tools is where make cluster-tools puts programs.
	Tools string
	// Checkout is the top folder of this repository.
	Checkout string
	// Log gets a line about whatever takes time.
	Log io.Writer
}

// Open returns the node of SAFESYNC_CLUSTER_DIR, which getenv returns, or else
// the one below the home directory. It touches nothing. A folder that a node
// cannot live in is an error.
func Open(getenv func(string) string, log io.Writer) (*Node, error) {
	home := filepath.Join(getenv("HOME"), ".cache", "safesync")
	n := &Node{Dir: filepath.Join(home, "cluster"), Tools: filepath.Join(home, "tools"), Log: log}
	if dir := getenv("SAFESYNC_TOOLS"); dir != "" {
		n.Tools = dir
	}
	if dir := getenv("SAFESYNC_CLUSTER_DIR"); dir != "" {
		n.Dir = dir
	}
	if err := checkDir(n.Dir); err != nil {
		return nil, err
	}
	var err error
	n.Dir = filepath.Join(realPath(n.Dir), "node")
	n.Checkout, err = checkout()
	return n, err
}

// plain is a path that needs no quotes in any program's configuration.
var plain = regexp.MustCompile(`^/[A-Za-z0-9._/-]+$`)

func checkDir(dir string) error {
	switch {
	case !plain.MatchString(dir):
		return fmt.Errorf("SAFESYNC_CLUSTER_DIR: want an absolute path of letters, digits and ._-, got %q", dir)
	case len(dir) > maxDir:
		return fmt.Errorf("SAFESYNC_CLUSTER_DIR: want at most %d characters, because sockets are below it, got %d", maxDir, len(dir))
	}
	return nil
}

// realPath is path with the symbolic links of its parent followed, because the
// kernel lists mounts by that name.
func realPath(path string) string {
	parent, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return filepath.Clean(path) // nothing is there yet, and so no link
	}
	return filepath.Join(parent, filepath.Base(path))
}

// checkout is the nearest folder upwards that has the tools' modules.
func checkout() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if exists(filepath.Join(dir, "tools", "kube", "go.mod")) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("want a working directory inside the repository")
		}
	}
}

// id tells this node's network from that of others on the machine.
func (n *Node) id() string {
	return fmt.Sprintf("safesync-%x", sha256.Sum256([]byte(n.Dir)))[:20]
}

// path is a file or folder of the state.
func (n *Node) path(names ...string) string {
	return filepath.Join(append([]string{n.Dir}, names...)...)
}

// Folder is a folder of the state that others may use, such as for a volume of
// the node. It is made if need be, and goes with the cluster.
func (n *Node) Folder(name string) (string, error) {
	if err := n.Exists(); err != nil {
		return "", err
	}
	dir := n.path("others", name)
	return dir, os.MkdirAll(dir, 0o755)
}

// Logs is the folder with one log for each program.
func (n *Node) Logs() string { return n.path("logs") }

// Kubeconfig is the file of an administrator. Its address answers only inside
// the network namespace.
func (n *Node) Kubeconfig() string { return n.path("kubeconfig") }

func (n *Node) say(format string, args ...any) {
	fmt.Fprintf(n.Log, "cluster: "+format+"\n", args...)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
