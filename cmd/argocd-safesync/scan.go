package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
)

// maxEntries is how many files and directories are looked through: ten times
// what large repositories have, and a few seconds. More is no repository but a
// disk.
const maxEntries = 1_000_000

// foreign are directories whose content was written elsewhere: there is a lot of
// it, and what looks like an application in it is somebody else's.
var foreign = []string{"node_modules", "bower_components", "vendor", "site-packages", "__pycache__"}

// isForeign says by its name that a directory is not looked into; one that
// begins with a dot, such as .git, is no part of what is deployed.
func isForeign(name string) bool {
	return strings.HasPrefix(name, ".") || slices.Contains(foreign, name)
}

// A scan looks through directories, and shows on a terminal how far it is.
type scan struct {
	ctx  context.Context
	tell io.Writer // nil shows nothing
	seen int
	most int
}

func newScan(ctx context.Context, std cli.IO) *scan {
	s := &scan{ctx: ctx, most: maxEntries}
	if isTerminal(std.Stderr) {
		s.tell = std.Stderr
	}
	return s
}

// errTooMany ends a scan that has seen enough.
type errTooMany struct{ most int }

// Error says what was wanted.
func (e errTooMany) Error() string {
	return fmt.Sprintf("want a repository, got more than %d files to look through: name a directory inside it, or give --repo-root", e.most)
}

// walk visits what is below top in the order of names, but for what is foreign.
// A visit with an error is of a directory that cannot be read.
func (s *scan) walk(repo fs.FS, top string, visit func(name string, entry fs.DirEntry, err error) error) error {
	return fs.WalkDir(repo, top, func(name string, entry fs.DirEntry, err error) error {
		if s.ctx.Err() != nil {
			return context.Cause(s.ctx)
		}
		if s.seen++; s.seen > s.most {
			return errTooMany{s.most}
		}
		if s.tell != nil && s.seen%1000 == 0 {
			fmt.Fprintf(s.tell, "\r%d files looked at", s.seen)
		}
		if err == nil && entry.IsDir() && name != top && isForeign(path.Base(name)) {
			return fs.SkipDir
		}
		return visit(name, entry, err)
	})
}

// done takes the line of progress away.
func (s *scan) done() {
	if s.tell != nil && s.seen >= 1000 {
		fmt.Fprint(s.tell, "\r\x1b[K")
	}
}

// maxApplication is the size of a file above which it holds something else than
// an Application.
const maxApplication = 1 << 20

// applications reads the Applications that stand in plain files of the
// repository, in the order of their names.
func (s *scan) applications(repo fs.FS) (lint.Applications, error) {
	var names []string
	err := s.walk(repo, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(name)) {
			names = append(names, name)
		}
		return nil
	})
	return readAll(s.ctx, repo, names), err
}

// readAll reads files at the same time on all cores, each a part of them.
func readAll(ctx context.Context, repo fs.FS, names []string) lint.Applications {
	cores := runtime.GOMAXPROCS(0)
	parts := slices.Collect(slices.Chunk(names, max(1, (len(names)+cores-1)/cores)))
	found := make([]lint.Applications, len(parts))
	var readers sync.WaitGroup
	for i, part := range parts {
		readers.Go(func() {
			for _, name := range part {
				if data, err := readAtMost(repo, name, maxApplication); err == nil && ctx.Err() == nil {
					found[i].Add(name, data)
				}
			}
		})
	}
	readers.Wait()
	return lint.Join(found)
}

// readAtMost reads a file, or nothing of one that is larger.
func readAtMost(repo fs.FS, name string, size int64) ([]byte, error) {
	f, err := repo.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, size+1))
	if err != nil || int64(len(data)) > size {
		return nil, err
	}
	return data, nil
}
