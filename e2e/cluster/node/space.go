package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// kubeletDir is the kubelet's default. Some of its sockets are there whatever
// its options say.
const kubeletDir = "/var/lib/kubelet"

// binds are folders that programs write to whatever they are told, and what
// stands for them inside the mount namespace. So the machine's own stay clean,
// and two nodes do not meet there.
var binds = map[string]string{
	kubeletDir:            "kubelet",
	"/run/containerd":     "shims",
	"/var/lib/cni":        "networks",
	"/var/log/containers": "podlinks",
}

func (n *Node) netFile() string   { return n.path("spaces/net") }
func (n *Node) mountFile() string { return n.path("spaces/mount") }

// makeSpaces makes the two namespaces. Files keep them, while no process does.
func (n *Node) makeSpaces(ctx context.Context) error {
	dir := n.path("spaces")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, file := range []string{n.netFile(), n.mountFile()} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			return err
		}
	}
	// The file of a mount namespace can only be on a mount that is private.
	if err := unix.Mount(dir, dir, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount %s: %w", dir, err)
	}
	if err := unix.Mount("", dir, "", unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("mount %s: %w", dir, err)
	}
	if err := output(exec.CommandContext(ctx, "unshare", "--net="+n.netFile(), "--mount="+n.mountFile(), "--propagation=slave", "true")); err != nil {
		return err
	}
	return errors.Join(n.bind(ctx), n.network(ctx))
}

// bind covers the folders of binds, inside the mount namespace.
func (n *Node) bind(ctx context.Context) error {
	for there, name := range binds {
		here := n.path(name)
		if err := errors.Join(os.MkdirAll(there, 0o755), os.MkdirAll(here, 0o755)); err != nil {
			return err
		}
		if err := output(n.inside(ctx, "mount", "--bind", here, there)); err != nil {
			return err
		}
	}
	return nil
}

// network gives the namespace an address and a route that leads nowhere, which
// is enough for kube-proxy's rules to see what goes to a Service.
func (n *Node) network(ctx context.Context) error {
	cmd := n.inside(ctx, "ip", "-batch", "-")
	cmd.Stdin = strings.NewReader(`link set lo up
link add host0 type veth peer name host1
link set host1 up
addr add ` + hostNetwork + ` dev host0
link set host0 up
route add default dev host0
`)
	if err := output(cmd); err != nil {
		return err
	}
	// nsenter changes the network of /proc/sys/net too.
	forward := n.inside(ctx, "tee", "/proc/sys/net/ipv4/ip_forward")
	forward.Stdin = strings.NewReader("1")
	return output(forward)
}

// inside is a command in both namespaces.
func (n *Node) inside(ctx context.Context, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "nsenter", append([]string{"--net=" + n.netFile(), "--mount=" + n.mountFile(), "--", name}, args...)...)
}

// dropSpaces lets go of the namespaces and of every mount below the state, and
// removes the empty folders that had to be made for binds.
func (n *Node) dropSpaces() error {
	for range 100 { // a mount may cover another of the same name
		mounts, err := n.mounts()
		if err != nil || len(mounts) == 0 {
			break
		}
		for _, path := range mounts {
			if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
				return fmt.Errorf("unmount %s: %w", path, err)
			}
		}
	}
	for there := range binds {
		_ = os.Remove(there) // which it refuses if anything of somebody else is there
	}
	return nil
}

// mounts returns the mounts below the state, the innermost first.
func (n *Node) mounts() ([]string, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 4 && strings.HasPrefix(fields[4], n.Dir+string(filepath.Separator)) {
			out = append([]string{fields[4]}, out...)
		}
	}
	return out, nil
}

// output runs cmd and makes its last words the error.
func output(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	if words := lastLines(string(out), 3); words != "" {
		err = fmt.Errorf("%w: %s", err, words)
	}
	return fmt.Errorf("%s: %w", strings.Join(named(cmd.Args), " "), err)
}

// named is a command without the nsenter before it.
func named(args []string) []string {
	for i, arg := range args {
		if arg == "--" && args[0] == "nsenter" {
			return args[i+1:]
		}
	}
	return args
}

// lastLines returns the last of text's lines, in one line.
func lastLines(text string, count int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], " | ")
}
