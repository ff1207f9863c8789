package helm

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// aged writes a file that was used so long ago.
func aged(t *testing.T, file string, size int, ago time.Duration) {
	t.Helper()
	assert.NilError(t, os.WriteFile(file, make([]byte, size), 0o600))
	when := time.Now().Add(-ago)
	assert.NilError(t, os.Chtimes(file, when, when))
}

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	assert.NilError(t, err)
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestWhatWasNotUsedForLongestGoesFirst(t *testing.T) {
	dir := t.TempDir()
	aged(t, filepath.Join(dir, "old.tgz"), 40, 3*time.Hour)
	aged(t, filepath.Join(dir, "older.tgz"), 40, 4*time.Hour)
	aged(t, filepath.Join(dir, "new.tgz"), 40, time.Hour)
	aged(t, filepath.Join(dir, "part-1"), 500, 3*time.Hour)
	aged(t, filepath.Join(dir, "part-2"), 500, time.Minute)
	aged(t, filepath.Join(dir, "00.lock"), 0, 9*time.Hour)
	_, err := used(filepath.Join(dir, "older.tgz"))
	assert.NilError(t, err)
	assert.NilError(t, tidy(dir, 100))
	assert.DeepEqual(t, names(t, dir), []string{"00.lock", "new.tgz", "older.tgz", "part-2", "tidy.lock"})
}

func TestOneProcessTidiesAtATime(t *testing.T) {
	dir := t.TempDir()
	aged(t, filepath.Join(dir, "a.tgz"), 40, time.Hour)
	unlock, err := lock(filepath.Join(dir, "tidy.lock"), syscall.LOCK_NB)
	assert.NilError(t, err)
	assert.NilError(t, tidy(dir, 10))
	assert.Assert(t, slices.Contains(names(t, dir), "a.tgz"))
	unlock()
	assert.NilError(t, tidy(dir, 10))
	assert.Assert(t, !slices.Contains(names(t, dir), "a.tgz"))
}

// Runs that use a cache which is always full get what they asked for.
func TestRunsAtOnceOverAFullCache(t *testing.T) {
	r := &run{}
	r.opts.CacheDir = t.TempDir()
	dir := filepath.Join(r.opts.CacheDir, "charts")
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for i := range 50 {
				want := fmt.Sprint(i % 5)
				got, err := r.cached([]string{"chart", want}, func() ([]byte, error) { return []byte(want), nil })
				if err != nil || string(got) != want {
					t.Errorf("run %d: got %q, %v", n, got, err)
				}
				if err := tidy(dir, 2); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	assert.NilError(t, tidy(dir, 2))
	left := 0
	for _, name := range names(t, dir) {
		if filepath.Ext(name) == archiveExt {
			left++
		}
	}
	assert.Equal(t, left, 2)
}
