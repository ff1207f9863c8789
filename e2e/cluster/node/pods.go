package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// containerd keeps a folder for each container, named after its id, which runc
// makes the name of its cgroup too.
const (
	containersDir = "containerd/state/io.containerd.runtime.v2.task/k8s.io"
	cgroupDir     = "/sys/fs/cgroup"
	cgroupParent  = "k8s.io"
)

// endPods ends every process that is in a container of this node or in its
// network, and the shims that watch containers. containerd need not run, and
// neither need what it has started have a parent any more.
func (n *Node) endPods(ctx context.Context) error {
	containers, err := n.containers()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	var left []int
	err = wait(ctx, func() bool {
		left = n.processes(containers)
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		return len(left) == 0
	})
	if err != nil {
		return fmt.Errorf("end processes %v: %w", left, err)
	}
	return removeCgroups(ctx, containers)
}

// containers returns the ids of all containers, sandboxes among them.
func (n *Node) containers() ([]string, error) {
	entries, err := os.ReadDir(n.path(containersDir))
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out, nil
}

// processes returns those that belong to this node. Whoever asks is not one of
// them, even from a shell inside the network.
func (n *Node) processes(containers []string) []int {
	network, _ := os.Stat(n.netFile()) // without it no process is in it
	asking := ancestors()
	var shims, out []int
	all := running()
	for pid := range all {
		if n.isShim(pid) {
			shims = append(shims, pid)
		}
	}
	for pid, s := range all {
		ours := slices.Contains(shims, pid) || slices.Contains(shims, s.parent) || inContainer(pid, containers) || inNetwork(pid, network)
		if ours && !slices.Contains(asking, pid) {
			out = append(out, pid)
		}
	}
	slices.Sort(out)
	return out
}

// running returns all processes that have not ended.
func running() map[int]stat {
	entries, _ := os.ReadDir("/proc") // which is always there
	out := map[int]stat{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if s := statOf(pid); !s.ended() {
			out[pid] = s
		}
	}
	return out
}

// ancestors are this process and those that it descends from.
func ancestors() (out []int) {
	for pid := os.Getpid(); pid > 1; pid = statOf(pid).parent {
		out = append(out, pid)
	}
	return out
}

// isShim says whether a process is a shim of this node's containerd: it has been
// given the socket, which is below the state. What it watches are its children.
func (n *Node) isShim(pid int) bool {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	args := strings.Split(string(text), "\x00")
	return strings.HasPrefix(filepath.Base(args[0]), "containerd-shim") && slices.Contains(args, n.path("containerd.sock"))
}

// inContainer says whether a process is in one of the containers.
func inContainer(pid int, containers []string) bool {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	return slices.ContainsFunc(containers, func(id string) bool { return strings.Contains(string(text), "/"+id) })
}

// inNetwork says whether a process is in the network of which file is a name.
func inNetwork(pid int, file os.FileInfo) bool {
	of, err := os.Stat(fmt.Sprintf("/proc/%d/ns/net", pid))
	return err == nil && file != nil && os.SameFile(of, file)
}

// removeCgroups removes what runc would have removed. The threads of a process
// that was killed may take a moment to leave.
func removeCgroups(ctx context.Context, containers []string) error {
	var left []string
	err := wait(ctx, func() bool {
		left = nil
		for _, parent := range []string{cgroupDir + "/" + cgroupParent, cgroupDir + "/*/" + cgroupParent} {
			for _, id := range containers {
				left = append(left, removeEmpty(filepath.Join(parent, id))...)
			}
			removeEmpty(parent) // another node's containers may be in it
		}
		return len(left) == 0
	})
	if err != nil {
		return fmt.Errorf("remove cgroups %v: %w", left, err)
	}
	return nil
}

// removeEmpty removes the folders that match a pattern, but nothing that is in
// them, and returns those that stay.
func removeEmpty(pattern string) (left []string) {
	found, _ := filepath.Glob(pattern) // the patterns are well formed
	for _, dir := range found {
		if err := os.Remove(dir); err != nil {
			left = append(left, dir)
		}
	}
	return left
}
