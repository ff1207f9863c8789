package main

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/plugin"
	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// A field is the applications of a repository that lint looks at.
type field struct {
	opts *options
	scan *scan
	// req is the request for any of them, without the application.
	req plugin.Request
	// apps are their directories, sorted.
	apps []string
	// known are the repository's Applications.
	known lint.Applications
	// below are the directories that were asked for.
	below []string
	// unread are directories that could not be looked into.
	unread []diag.Problem
}

// findApplications opens the repository of dirs, all of which must be in one, and
// finds the policies below them. The returned function closes the repository.
func findApplications(ctx context.Context, std cli.IO, opts *options, dirs []string) (*field, func(), error) {
	f, closeRepo, err := openField(ctx, std, opts, dirs[0])
	if err != nil {
		return nil, closeRepo, err
	}
	defer f.scan.done()
	if err := f.findAll(dirs); err != nil {
		closeRepo()
		return nil, func() {}, err
	}
	return f, closeRepo, nil
}

// openField opens the repository of dir, in which nothing is found yet.
func openField(ctx context.Context, std cli.IO, opts *options, dir string) (*field, func(), error) {
	req, closeRepo, err := opts.request(std, dir)
	req.FromRepo = true
	return &field{opts: opts, req: req, scan: newScan(ctx, std)}, closeRepo, err
}

// findAll finds the applications below dirs, and where they go.
func (f *field) findAll(dirs []string) error {
	for _, dir := range dirs {
		if err := f.find(dir, dirs[0]); err != nil {
			return err
		}
	}
	slices.Sort(f.apps)
	f.apps = slices.Compact(f.apps)
	if len(f.apps) == 0 {
		return nil
	}
	return f.learn()
}

// learn reads the Applications of the repository.
func (f *field) learn() (err error) {
	f.known, err = f.opts.applications(f.scan, f.req)
	return tooLarge(err)
}

// tooLarge makes a fault of the command line of a directory that is no
// repository.
func tooLarge(err error) error {
	if _, ok := errors.AsType[errTooMany](err); ok {
		return cli.Exit(cli.ExitUsage, err)
	}
	return err
}

// find adds the applications below dir; first is the one that said which
// repository it is.
func (f *field) find(dir, first string) error {
	abs, err := realDir(dir)
	if err != nil {
		return err
	}
	top, err := inside(f.req.RepoDir, abs)
	if err != nil {
		return cli.Usagef("%s is not in the repository of %s: lint them one by one, or give --repo-root", dir, first)
	}
	f.below = append(f.below, top)
	return tooLarge(f.scan.walk(f.req.Repo, top, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			f.unread = append(f.unread, diag.Pos{File: name}.Problemf("want a readable directory: %s", plainReason(err)))
			return nil
		case path.Base(name) == policy.FileName:
			f.apps = append(f.apps, path.Dir(name))
			if entry.IsDir() {
				return fs.SkipDir
			}
		}
		return nil
	}))
}

// plainReason is an error of the file system without the path.
func plainReason(err error) string {
	_, reason, found := strings.Cut(err.Error(), ": ")
	if !found {
		return err.Error()
	}
	return reason
}
