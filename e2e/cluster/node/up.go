package node

import (
	"context"
	"fmt"
	"os"
	"time"
)

// startTime is how long the whole bring-up may take. On a machine with two busy
// cores it takes a tenth of that.
const startTime = 3 * time.Minute

// mark is the file that says that a folder is a node's. Without it nothing in
// the folder is touched.
const mark = "safesync-cluster"

// Up starts the cluster and returns when its node takes pods. One that is up is
// left as it is, and what is left of one that is not is taken down first. On an
// error what has started stays, with its logs.
//
// A machine that lacks something is a [MissingError]; a folder of somebody else
// is an error too. Neither changes anything.
func (n *Node) Up(ctx context.Context) error {
	if missing := n.Missing(); len(missing) > 0 {
		return MissingError(missing)
	}
	l, err := n.change(ctx)
	if err != nil {
		return err
	}
	defer l.release()
	ready, err := n.leftovers(ctx)
	if err != nil || ready {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startTime, fmt.Errorf("not after %s", startTime))
	defer cancel()
	began := time.Now()
	if err := n.begin(ctx); err != nil {
		return fmt.Errorf("%w\n\tlogs are in %s; the next up or down clears away what has started", err, n.Logs())
	}
	f := Figures{Start: time.Since(began), Memory: n.memory()}
	n.say("up after %.1f s, %d MB", f.Start.Seconds(), f.Memory)
	return f.write(n.path("figures.json"))
}

// leftovers looks at what is there already. It is ready, or there is nothing
// left of it when leftovers returns.
func (n *Node) leftovers(ctx context.Context) (ready bool, err error) {
	if err := n.foreign(); err != nil || !n.ours() {
		return false, err
	}
	ill := n.Health(ctx)
	if ill == nil {
		n.say("already up in %s", n.Dir)
		return true, nil
	}
	n.say("an earlier run is left, in which %s; taking it down", ill)
	return false, n.clear(ctx)
}

// Exists is an error if there is no cluster, neither one that is up nor one that
// is half dead.
func (n *Node) Exists() error {
	if !n.ours() {
		return fmt.Errorf("no cluster in %s; make cluster-up makes one", n.Dir)
	}
	return nil
}

// ours says whether the folder is a node's. Where somebody has deleted what can be
// deleted of one that is up, its mounts say so.
func (n *Node) ours() bool {
	mounts, err := n.mounts()
	return exists(n.path(mark)) || err == nil && len(mounts) > 0
}

// foreign is an error if there is something that is not a node's.
func (n *Node) foreign() error {
	entries, err := os.ReadDir(n.Dir)
	if err == nil && len(entries) > 0 && !n.ours() {
		return fmt.Errorf("want %s empty or not there, but it has %s, which no cluster has made", n.Dir, entries[0].Name())
	}
	return nil
}

// Health is nil if all programs run and the node takes pods, and otherwise an
// error that says what does not.
func (n *Node) Health(ctx context.Context) error {
	for _, p := range n.programs() {
		if err := n.died(p.name); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, p := range n.programs() {
		if err := n.answers(ctx, p.name); err != nil {
			return fmt.Errorf("%s does not answer: %w", p.name, err)
		}
	}
	return nil
}

// died is an error if the program does not run.
func (n *Node) died(name string) error {
	p, err := n.recorded(name)
	if err == nil && !p.runs() {
		err = fmt.Errorf("%s does not run any more", name)
	}
	return err
}

// begin makes a cluster where nothing is.
func (n *Node) begin(ctx context.Context) error {
	if err := n.prepare(ctx); err != nil {
		return err
	}
	for _, p := range n.programs() {
		if err := n.start(p); err != nil {
			return err
		}
		if p.name != "containerd" {
			continue
		}
		// What follows talks to both, and the kubelet wants the image at once.
		if err := n.ready(ctx, "containerd"); err != nil {
			return err
		}
		if err := n.importPause(ctx); err != nil {
			return err
		}
		if err := n.ready(ctx, "kube-apiserver"); err != nil {
			return err
		}
	}
	for _, p := range n.programs() {
		if err := n.ready(ctx, p.name); err != nil {
			return err
		}
	}
	return n.restoreSettings(ctx)
}

// prepare writes all that the programs read, and makes their namespaces.
func (n *Node) prepare(ctx context.Context) error {
	for _, dir := range []string{n.Dir, n.path("run"), n.Logs(), n.path("podlogs"), n.path("volumeplugins")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(n.path(mark), nil, 0o644); err != nil {
		return err
	}
	if err := n.writePKI(time.Now()); err != nil {
		return err
	}
	if err := n.writeConfigs(); err != nil {
		return err
	}
	if err := n.link(); err != nil {
		return err
	}
	if err := settings.save(n.path("settings")); err != nil {
		return err
	}
	return n.makeSpaces(ctx)
}
