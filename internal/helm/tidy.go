package helm

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	// maxCache bounds the archives of the cache together. The largest public charts
	// have one megabyte.
	maxCache = 256 << 20
	// abandoned is when a file that was not written to the end belongs to a run that
	// was killed: longer than any run lasts.
	abandoned = 2 * time.Hour

	archiveExt = ".tgz"
	partPrefix = "part-"
)

// tidy removes the archives that were not used for the longest time until the
// others take at most this many bytes, and what runs that were killed have left.
// One process does it at a time. Whoever is reading an archive meanwhile still
// reads it to its end.
func tidy(dir string, most int64) error {
	unlock, err := lock(filepath.Join(dir, "tidy.lock"), syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("lock the cache of charts: %w", err)
	}
	defer unlock()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look into the cache of charts: %w", err)
	}
	for _, name := range superfluous(entries, most) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear the cache of charts: %w", err)
		}
	}
	return nil
}

// superfluous are the names of what tidy removes.
func superfluous(entries []fs.DirEntry, most int64) (names []string) {
	now := time.Now() //nolint:forbidigo // the age of a file of the cache, and nothing that is printed
	var archives []fs.FileInfo
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			continue // it is gone
		}
		switch {
		case filepath.Ext(info.Name()) == archiveExt:
			archives = append(archives, info)
		case strings.HasPrefix(info.Name(), partPrefix) && now.Sub(info.ModTime()) > abandoned:
			names = append(names, info.Name())
		}
	}
	slices.SortFunc(archives, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, info := range archives {
		if most -= info.Size(); most < 0 {
			names = append(names, info.Name())
		}
	}
	return names
}
