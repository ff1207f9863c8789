package kustomize

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"
)

// TestWhatASubmoduleLacksIsToldOnlyWhereItIsEmpty has a submodule that is not
// checked out, and then one that is, without the base.
func TestWhatASubmoduleLacksIsToldOnlyWhereItIsEmpty(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		".gitmodules":            "[submodule \"lib\"]\n\tpath = lib\n\turl = https://example.org/lib\n",
		"app/kustomization.yaml": "resources: [../lib/base]\n",
	} {
		name = filepath.Join(dir, name)
		assert.NilError(t, os.MkdirAll(filepath.Dir(name), 0o700))
		assert.NilError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	const missing = `app/kustomization.yaml:1:13: resources[0]: want a file or a directory, got "../lib/base", which does not exist`
	assert.NilError(t, os.Mkdir(filepath.Join(dir, "lib"), 0o700))
	assert.Error(t, Build(&bytes.Buffer{}, Options{RepoRoot: dir, App: "app"}),
		missing+"\n\thint: lib is a submodule that is not checked out: git submodule update --init")
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "lib/other.yaml"), nil, 0o600))
	assert.Error(t, Build(&bytes.Buffer{}, Options{RepoRoot: dir, App: "app"}), missing)
}
