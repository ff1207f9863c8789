package helm

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// cached returns the archive of one version of a chart from the cache, or gets it
// and keeps it. Key is the repository, the name and the version. Of several runs
// that need it at once one gets it; the others wait.
func (r *run) cached(key []string, get func() ([]byte, error)) ([]byte, error) {
	if r.opts.CacheDir == "" {
		return get()
	}
	dir := filepath.Join(r.opts.CacheDir, "charts")
	sum := sha256.Sum256([]byte(strings.Join(key, "\n")))
	name := hex.EncodeToString(sum[:])
	file := filepath.Join(dir, name+archiveExt)
	if data, err := used(file); err == nil {
		return data, nil
	}
	// Charts share locks, so that there are not more and more of them.
	unlock, err := lock(filepath.Join(dir, name[:2]+".lock"), 0)
	if err != nil {
		return nil, fmt.Errorf("lock the cache of charts: %w", err)
	}
	defer unlock()
	if data, err := used(file); err == nil {
		return data, nil
	}
	data, err := get()
	if err != nil {
		return nil, err
	}
	if err := keep(file, data); err != nil {
		return nil, err
	}
	_ = tidy(dir, maxCache) // the chart is there, and the next one tidies too
	return data, nil
}

// used reads an archive of the cache and notes that it was used: the one that was
// not for the longest time goes first.
func used(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	now := time.Now()              //nolint:forbidigo // the age of a file of the cache, and nothing that is printed
	_ = os.Chtimes(file, now, now) // it may be somebody else's file, or removed by now
	return data, nil
}

// lock waits until no other process holds the file; with syscall.LOCK_NB it does
// not wait. The kernel gives it free when this process ends, however it does.
func lock(file string, how int) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|how); err != nil {
		return nil, fmt.Errorf("%w (%w)", err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// keep writes a file that another process sees whole or not at all.
func keep(file string, data []byte) error {
	part, err := os.CreateTemp(filepath.Dir(file), partPrefix)
	if err != nil {
		return fmt.Errorf("write to the cache of charts: %w", err)
	}
	_, err = part.Write(data)
	if cerr := part.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(part.Name(), file)
	}
	if err != nil {
		_ = os.Remove(part.Name())
		return fmt.Errorf("write to the cache of charts: %w", err)
	}
	return nil
}
