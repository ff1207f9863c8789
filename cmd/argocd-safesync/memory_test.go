package main

import (
	"os"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"
)

func TestTheLimitsOnMemoryAreThoseThatCanBeRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "memory.max")
	assert.NilError(t, os.WriteFile(file, []byte("1073741824\n"), 0o600))
	assert.DeepEqual(t, memoryLimits([]string{file, file + ".none"}), []string{"1073741824\n", ""})
}
