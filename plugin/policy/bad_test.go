package policy_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

var bad = filepath.Join("..", "..", "testdata", "bad")

// Each case is a file that somebody might write, beside what they are told. A
// new case is a new file.
func TestMistakesAreToldWithTheirPlace(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(bad, "*.yaml"))
	assert.NilError(t, err)
	assert.Assert(t, len(files) > 50, "found only %d cases in %s", len(files), bad)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			assert.NilError(t, err)
			err = read(filepath.Base(file), data)
			assert.Assert(t, len(diag.Problems(err)) > 0, "want problems, got %v", err)
			want, err2 := filepath.Abs(strings.TrimSuffix(file, ".yaml") + ".txt")
			assert.NilError(t, err2)
			golden.Assert(t, err.Error()+"\n", want)
		})
	}
}

// read reads the configuration of the sidecar if the file's name says so, else
// a policy.
func read(name string, data []byte) error {
	if strings.HasPrefix(name, "config-") {
		_, err := policy.ParseConfig(name, data)
		return err
	}
	_, _, err := policy.Parse(name, data, nil)
	return err
}

func TestEveryMessageBelongsToACase(t *testing.T) {
	texts, err := filepath.Glob(filepath.Join(bad, "*.txt"))
	assert.NilError(t, err)
	for _, text := range texts {
		_, err := os.Stat(strings.TrimSuffix(text, ".txt") + ".yaml")
		assert.NilError(t, err)
	}
}

func TestAPolicyIsAtMostOneMebibyte(t *testing.T) {
	largest := append([]byte(head), bytes.Repeat([]byte("#"), strict.MaxBytes-len(head))...)
	assert.NilError(t, read("safesync.yaml", largest))
	assert.Error(t, read("safesync.yaml", append(largest, '#')), "safesync.yaml: want at most 1048576 bytes, got more")
}
