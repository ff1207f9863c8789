package node

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// changed are the kernel's settings that every kubelet changes as it starts, for
// the whole machine: there is no namespace for them.
var changed = []string{"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops"}

// A kernel is the folder of the kernel's settings.
type kernel string

const settings kernel = "/proc/sys"

// save writes the settings into a folder, unless they are there: those would be
// older, and so the machine's own.
func (k kernel) save(dir string) error {
	if exists(dir) {
		return nil
	}
	part := dir + ".part"
	for _, name := range changed {
		value, err := os.ReadFile(filepath.Join(string(k), name))
		if err != nil {
			return err
		}
		if err := errors.Join(os.MkdirAll(part, 0o755), os.WriteFile(filepath.Join(part, filepath.Base(name)), value, 0o644)); err != nil {
			return err
		}
	}
	return os.Rename(part, dir)
}

// restore puts back what save has written. Without that there is nothing to put
// back.
func (k kernel) restore(dir string) error {
	for _, name := range changed {
		value, err := os.ReadFile(filepath.Join(dir, filepath.Base(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(string(k), name), value, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// differs says whether any setting is not as save has written it.
func (k kernel) differs(dir string) bool {
	for _, name := range changed {
		now, _ := os.ReadFile(filepath.Join(string(k), name))
		then, err := os.ReadFile(filepath.Join(dir, filepath.Base(name)))
		if err == nil && strings.TrimSpace(string(now)) != strings.TrimSpace(string(then)) {
			return true
		}
	}
	return false
}

// settingsTime is how long a kubelet takes at most from its start to its change
// of the settings. A machine that has its values already sees no change at all.
const settingsTime = 5 * time.Second

// restoreSettings waits for the kubelet's change and undoes it.
func (n *Node) restoreSettings(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settingsTime)
	defer cancel()
	_ = wait(ctx, func() bool { return settings.differs(n.path("settings")) })
	return settings.restore(n.path("settings"))
}
