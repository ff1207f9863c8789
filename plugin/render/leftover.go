package render

import (
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	// homePrefix begins the name of a renderer's directory.
	homePrefix = "safesync-render-"
	// leftoverAge is longer than any run takes.
	leftoverAge = time.Hour
)

// tidy removes the directories of runs that were killed before they could: what
// they were to render is in them, and its values may be secret. Home, which was
// just made beside them, tells the time. What cannot be removed is left to the
// next run.
func tidy(home string) {
	made, err := os.Lstat(home)
	if err != nil {
		return
	}
	found, err := filepath.Glob(filepath.Join(filepath.Dir(home), homePrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range found {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || made.ModTime().Sub(info.ModTime()) < leftoverAge {
			continue
		}
		if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) == os.Getuid() {
			_ = os.RemoveAll(dir)
		}
	}
}
