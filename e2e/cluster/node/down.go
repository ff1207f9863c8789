package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"
)

// Down ends every process of the cluster and removes all of its state: mounts,
// namespaces, cgroups and files. Without a cluster it has nothing to do. One that
// somebody holds, and a folder of somebody else, are errors.
func (n *Node) Down(ctx context.Context) error {
	if os.Geteuid() != 0 {
		return MissingError(n.Missing())
	}
	if !exists(n.path("..")) {
		n.say("none is up in %s", n.Dir)
		return nil
	}
	l, err := n.change(ctx)
	if err != nil {
		return err
	}
	defer func() {
		l.remove()
		_ = os.Remove(n.path("..")) // which it refuses if images or anything else is there
	}()
	if err := n.foreign(); err != nil {
		return err
	}
	if !n.ours() {
		n.say("none is up in %s", n.Dir)
		return nil
	}
	if err := n.clear(ctx); err != nil {
		return err
	}
	n.say("down; nothing is left")
	return nil
}

// clear takes down whatever is there, however little that is. The data is thrown
// away, so that nothing is asked to end well.
func (n *Node) clear(ctx context.Context) error {
	release, err := n.Hold()
	if err != nil {
		return err
	}
	defer release()
	programs := n.programs()
	slices.Reverse(programs) // the kubelet before containerd, or it starts pods again
	for _, p := range programs {
		if r, err := n.recorded(p.name); err == nil {
			if err := r.stop(ctx, 0); err != nil {
				return err
			}
		}
	}
	if err := n.endPods(ctx); err != nil {
		return err
	}
	if err := settings.restore(n.path("settings")); err != nil {
		return err
	}
	if err := n.dropSpaces(); err != nil {
		return err
	}
	if err := os.RemoveAll(n.Dir); err != nil {
		return fmt.Errorf("remove the state: %w", err)
	}
	return nil
}

const (
	// stopTime is how long a program may take to end when it is asked. The API
	// server would wait a minute for clients that watch.
	stopTime = 5 * time.Second
	// lookTime is how often the kubelet looks at containerd. What it says of the
	// node may be older by that.
	lookTime = 5 * time.Second
)

// Restart ends one of the node's programs as a service manager would, starts it
// again as it was, and waits until it does its work and the node takes pods. Pods
// keep running.
func (n *Node) Restart(ctx context.Context, name string) error {
	p, err := n.recorded(name)
	if err != nil {
		return err
	}
	if err := p.stop(ctx, stopTime); err != nil {
		return err
	}
	if err := n.start(program{name, p.Args}); err != nil {
		return err
	}
	if err := n.ready(ctx, name); err != nil {
		return err
	}
	if name == "kubelet" {
		if err := n.restoreSettings(ctx); err != nil {
			return err
		}
	}
	return n.settled(ctx, time.Now().Add(lookTime))
}

// SaveLogs copies the logs of programs and pods, and the cluster's events if it
// still tells them, to the folder to.
func (n *Node) SaveLogs(ctx context.Context, to string) error {
	if err := n.Exists(); err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	events, err := os.Create(to + "/events")
	if err != nil {
		return err
	}
	defer events.Close()
	ask := n.Command(ctx, "kubectl", "get", "events", "--all-namespaces", "--sort-by=.metadata.creationTimestamp")
	ask.Stdout, ask.Stderr = events, events
	_ = ask.Run() // what goes wrong stands in the file
	return errors.Join(
		output(exec.CommandContext(ctx, "cp", "-r", n.Logs(), to)),
		output(exec.CommandContext(ctx, "cp", "-r", n.path("podlogs"), to)),
	)
}
