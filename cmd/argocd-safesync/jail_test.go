package main

import (
	"io/fs"
	"os"
	"testing"
	"testing/fstest"

	"gotest.tools/v3/assert"
	tfs "gotest.tools/v3/fs"
)

func jailOf(t *testing.T, dir string) jail {
	t.Helper()
	root, err := os.OpenRoot(dir)
	assert.NilError(t, err)
	t.Cleanup(func() { _ = root.Close() })
	return newJail(root)
}

func TestAJailIsAFileSystem(t *testing.T) {
	dir := tfs.NewDir(t, "repo", tfs.WithFile("a.yaml", "a"), tfs.WithDir("sub", tfs.WithFile("b.yaml", "b")))
	assert.NilError(t, os.Symlink("sub/b.yaml", dir.Join("link.yaml")))
	assert.NilError(t, fstest.TestFS(jailOf(t, dir.Path()), "a.yaml", "sub/b.yaml", "link.yaml"))
}

func TestNothingLeadsOutOfAJail(t *testing.T) {
	dir := tfs.NewDir(t, "around", tfs.WithFile("secret", "s"), tfs.WithDir("repo"))
	for name, target := range map[string]string{"relative": "../secret", "absolute": dir.Join("secret"), "dir": ".."} {
		assert.NilError(t, os.Symlink(target, dir.Join("repo", name)))
	}
	repo := jailOf(t, dir.Join("repo"))
	for _, name := range []string{"relative", "absolute", "dir/secret"} {
		_, err := repo.Open(name)
		assert.ErrorContains(t, err, "path escapes from parent")
		_, err = fs.Stat(repo, name)
		assert.ErrorContains(t, err, "path escapes from parent")
	}
	_, err := repo.Open("../secret")
	assert.ErrorIs(t, err, fs.ErrInvalid)
}
