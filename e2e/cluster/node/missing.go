package node

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// pluginDir is where Debian puts the programs that make pods' networks.
const pluginDir = "/usr/lib/cni"

// debian lists the programs that Debian has, with their packages.
var debian = []struct{ program, pkg string }{
	{"containerd", "containerd"},
	{"ctr", "containerd"},
	{"runc", "runc"},
	{"etcd", "etcd-server"},
	{"ip", "iproute2"},
	{"iptables", "iptables"},
	{"mount", "mount"},
	{"nsenter", "util-linux"},
	{"unshare", "util-linux"},
	{pluginDir + "/host-local", "containernetworking-plugins"},
	{pluginDir + "/loopback", "containernetworking-plugins"},
	{pluginDir + "/portmap", "containernetworking-plugins"},
	{pluginDir + "/ptp", "containernetworking-plugins"},
}

// Missing returns a line for each thing that this machine lacks: what
// [Node.MissingPackages] says, and built programs. None means that [Node.Up] can
// begin.
func (n *Node) Missing() []string {
	out := n.MissingPackages()
	if os.Geteuid() != 0 {
		return out
	}
	for _, t := range tools {
		if t.ours {
			out = append(out, n.MissingTools(t.name)...)
		}
	}
	return out
}

// MissingPackages returns a line for each program of Debian that this machine
// lacks. To others than root, who may not see where programs are, root is all
// that is missing.
func (n *Node) MissingPackages() []string {
	if os.Geteuid() != 0 {
		return []string{"root: namespaces, mounts and cgroups need it"}
	}
	var out []string
	for _, d := range debian {
		if _, err := exec.LookPath(d.program); err != nil {
			out = append(out, fmt.Sprintf("%s: apt-get install %s", filepath.Base(d.program), d.pkg))
		}
	}
	return out
}

// MissingTools returns a line for each of the named programs that make
// cluster-tools has not built.
func (n *Node) MissingTools(names ...string) []string {
	var out []string
	for _, name := range names {
		if _, err := exec.LookPath(n.Tool(name)); err != nil {
			out = append(out, fmt.Sprintf("%s %s: make cluster-tools", name, n.Version(name)))
		}
	}
	return out
}

// A MissingError is a machine that cannot run a cluster.
type MissingError []string

func (e MissingError) Error() string {
	return "this machine lacks\n\t" + strings.Join(e, "\n\t")
}
