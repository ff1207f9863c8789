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
	removeCgroups(containers)
	return nil
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

// processes returns those that belong to this node, and not to it alone who asks.
func (n *Node) processes(containers []string) []int {
	network, _ := os.Stat(n.netFile()) // without it no process is in it
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var out []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || slices.Contains(ancestors(), pid) {
			continue
		}
		if _, state := startOf(pid); state == "" || state == "Z" {
			continue
		}
		if n.isShim(pid) || inContainer(pid, containers) || inNetwork(pid, network) {
			out = append(out, pid)
		}
	}
	return out
}

// ancestors are this process and those that wait for it. One of them may be a
// shell that somebody has started inside the network.
func ancestors() []int {
	out := []int{os.Getpid()}
	for pid := os.Getppid(); pid > 1; {
		out = append(out, pid)
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			break
		}
		fields := strings.Fields(string(text[strings.LastIndex(string(text), ")")+1:]))
		if len(fields) < 2 {
			break
		}
		pid, _ = strconv.Atoi(fields[1])
	}
	return out
}

// isShim says whether a process is a shim of this node's containerd: it has been
// given the socket, which is below the state.
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

// removeCgroups removes what runc would have removed. What is not empty belongs
// to somebody else and stays.
func removeCgroups(containers []string) {
	for _, parent := range []string{cgroupDir + "/" + cgroupParent, cgroupDir + "/*/" + cgroupParent} {
		for _, id := range containers {
			found, _ := filepath.Glob(filepath.Join(parent, id))
			removeEmpty(found)
		}
		found, _ := filepath.Glob(parent)
		removeEmpty(found)
	}
}

// removeEmpty removes folders, but nothing that is in them.
func removeEmpty(dirs []string) {
	for _, dir := range dirs {
		_ = os.Remove(dir)
	}
}
