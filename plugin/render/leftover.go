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
// they were to render is in them, and its values may be secret. What cannot be
// removed is left to the next run.
func tidy() {
	found, err := filepath.Glob(filepath.Join(os.TempDir(), homePrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range found {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < leftoverAge {
			continue
		}
		if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) == os.Getuid() {
			_ = os.RemoveAll(dir)
		}
	}
}
