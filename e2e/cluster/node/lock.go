package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A lock is a file that one process has for itself. The kernel lets go of it
// when the process ends, however it does.
type lock struct{ file *os.File }

// tryLock takes the lock at path. ok is false, and by is who has it, when another
// process does.
func tryLock(path string) (l lock, by string, err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return lock{}, "", err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		text, _ := os.ReadFile(path) // who it is only makes the message better
		return lock{}, "process " + strings.TrimSpace(string(text)), file.Close()
	}
	if !same(file, path) { // whoever had it has removed it
		return lock{}, "another process", file.Close()
	}
	_ = file.Truncate(0)
	_, err = fmt.Fprintln(file, os.Getpid())
	return lock{file}, "", err
}

// same says whether the open file is still the one at path.
func same(file *os.File, path string) bool {
	a, err := file.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(path)
	return err == nil && os.SameFile(a, b)
}

func (l lock) release() { _ = l.file.Close() }

// remove takes the file away too.
func (l lock) remove() {
	_ = os.Remove(l.file.Name())
	l.release()
}

// patience is how long one command waits for another one to end.
const patience = 2 * time.Minute

// change waits for the right to bring the node up or down.
func (n *Node) change(ctx context.Context) (lock, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for said := false; ; {
		// Whoever has just brought it down may have removed the folder.
		if err := os.MkdirAll(filepath.Dir(n.Dir), 0o755); err != nil {
			return lock{}, err
		}
		l, by, err := tryLock(n.Dir + ".lock")
		if err != nil || by == "" {
			return l, err
		}
		if !said {
			n.say("%s is at it; waiting", by)
			said = true
		}
		select {
		case <-ctx.Done():
			return l, fmt.Errorf("%s still changes the cluster after %s", by, patience)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Hold keeps the cluster for this process until release is called: nobody takes
// it down, and nobody else can hold it. A cluster that is not up or that somebody
// holds is an error.
func (n *Node) Hold() (release func(), err error) {
	if err := n.Exists(); err != nil {
		return nil, err
	}
	l, by, err := tryLock(n.path("held"))
	if err != nil {
		return nil, err
	}
	if by != "" {
		return nil, fmt.Errorf("the cluster in %s is in use by %s", n.Dir, by)
	}
	return l.release, nil
}
