package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
)

func TestAScanLeavesOutWhatOthersWrote(t *testing.T) {
	repo := fstest.MapFS{
		".git/config": {}, "apps/a.yaml": {}, "apps/.cache/x": {}, "web/node_modules/left/pad.yaml": {},
		"vendor/b.yaml": {}, "apps/vendored/c.yaml": {},
	}
	var seen []string
	s := newScan(t.Context(), cli.IO{})
	assert.NilError(t, s.walk(repo, ".", func(name string, entry fs.DirEntry, _ error) error {
		if !entry.IsDir() {
			seen = append(seen, name)
		}
		return nil
	}))
	assert.DeepEqual(t, seen, []string{"apps/a.yaml", "apps/vendored/c.yaml"})

	// What is named is looked into, whatever it is called.
	seen = nil
	assert.NilError(t, s.walk(repo, "vendor", func(name string, _ fs.DirEntry, _ error) error {
		seen = append(seen, name)
		return nil
	}))
	assert.DeepEqual(t, seen, []string{"vendor", "vendor/b.yaml"})
}

func nothing(string, fs.DirEntry, error) error { return nil }

// A disk in place of a repository is refused rather than read.
func TestAScanHasAnEnd(t *testing.T) {
	s := newScan(t.Context(), cli.IO{})
	s.most = 3
	repo := fstest.MapFS{"a": {}, "b": {}, "c": {}}
	err := tooLarge(s.walk(repo, ".", nothing))
	assert.Error(t, err, "want a repository, got more than 3 files to look through: name a directory inside it, or give --repo-root")
	assert.Equal(t, cli.Code(err), cli.ExitUsage)
}

func TestAScanCanBeStopped(t *testing.T) {
	ctx, stop := context.WithCancelCause(t.Context())
	why := errors.New("a signal")
	stop(why)
	assert.ErrorIs(t, newScan(ctx, cli.IO{}).walk(fstest.MapFS{"a": {}}, ".", nothing), why)
}

func TestAScanShowsALineThatGoesAway(t *testing.T) {
	repo := fstest.MapFS{}
	for i := range 2000 {
		repo[fmt.Sprint(i)] = &fstest.MapFile{}
	}
	var out bytes.Buffer
	s := newScan(t.Context(), cli.IO{})
	s.tell = &out
	assert.NilError(t, s.walk(repo, ".", nothing))
	s.done()
	assert.Equal(t, out.String(), "\r1000 files looked at\r2000 files looked at\r\x1b[K")
}
