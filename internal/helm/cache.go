package helm

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// cached returns the archive of one version of a chart from the cache, or gets it
// and keeps it. Key is the repository, the name and the version. Of several runs
// that need it at once one gets it; the others wait.
func (r *run) cached(key []string, get func() ([]byte, error)) ([]byte, error) {
	if r.opts.CacheDir == "" {
		return get()
	}
	sum := sha256.Sum256([]byte(strings.Join(key, "\n")))
	file := filepath.Join(r.opts.CacheDir, "charts", hex.EncodeToString(sum[:])+".tgz")
	if data, err := os.ReadFile(file); err == nil {
		return data, nil
	}
	unlock, err := lock(file + ".lock")
	if err != nil {
		return nil, fmt.Errorf("lock the cache of charts: %w", err)
	}
	defer unlock()
	if data, err := os.ReadFile(file); err == nil {
		return data, nil
	}
	data, err := get()
	if err != nil {
		return nil, err
	}
	return data, keep(file, data)
}

// lock waits until no other process holds the file. The kernel gives it free when
// this process ends, however it does.
func lock(file string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, fmt.Errorf("%w (%w)", err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// keep writes a file that another process sees whole or not at all.
func keep(file string, data []byte) error {
	part, err := os.CreateTemp(filepath.Dir(file), "part-")
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
