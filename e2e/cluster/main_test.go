package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// TestExitCodes runs the command where no cluster is.
func TestExitCodes(t *testing.T) {
	dir, err := os.MkdirTemp("/tmp", "cluster") //nolint:usetesting // a socket's path is limited
	assert.NilError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("SAFESYNC_CLUSTER_DIR", dir)
	t.Setenv("SAFESYNC_TOOLS", filepath.Join(dir, "tools"))
	t.Setenv("PATH", dir)
	const lacks, wrong, ours = 1, 2, 3
	for line, want := range map[string]int{
		"":                 wrong,
		"proof abc":        wrong,
		"upp":              wrong,
		"up now":           wrong,
		"run":              wrong,
		"uncached":         wrong,
		"missing":          lacks,
		"uncached base":    lacks,
		"up":               lacks,
		"run true":         ours,
		"logs /tmp/nosuch": ours,
		"proof abc soon":   ours,
		"proof abc 1":      ours,
	} {
		assert.Equal(t, run(strings.Fields(line)), want, "cluster %s", line)
	}
	left, err := os.ReadDir(dir)
	assert.NilError(t, err)
	assert.Equal(t, len(left), 0, "%v", left)
}

func TestAFolderThatIsTooDeepIsRefused(t *testing.T) {
	t.Setenv("SAFESYNC_CLUSTER_DIR", "/"+strings.Repeat("x", 100))
	assert.Equal(t, run([]string{"up"}), 3)
}

func TestScenariosAreTheScripts(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{"together/a.txtar", "alone/b.txtar", "alone/notes.md"} {
		path := filepath.Join(dir, file)
		assert.NilError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		assert.NilError(t, os.WriteFile(path, nil, 0o600))
	}
	got, err := scenarios(dir)
	assert.NilError(t, err)
	assert.DeepEqual(t, got, []string{"b", "a"})
}
