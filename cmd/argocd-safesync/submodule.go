package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
)

// submodules puts into a work tree of commit what its submodules were then, from
// their clones in the repository at top: git leaves them empty, and a clone of a
// clone would ask the network. One that is not checked out at top stays empty. The
// returned function takes them away again.
func submodules(ctx context.Context, top, tree, commit string) (remove func() error, err error) {
	var removers []func() error
	remove = func() error {
		var err error
		for _, r := range removers {
			err = errors.Join(err, r())
		}
		return err
	}
	if isGone(filepath.Join(tree, ".gitmodules")) {
		return remove, nil
	}
	list, err := git(ctx, top, "ls-tree", "-r", "-z", "--full-tree", commit)
	if err != nil {
		return nil, fmt.Errorf("list the submodules: %w", err)
	}
	for entry := range strings.SplitSeq(list, "\x00") {
		link, name, _ := strings.Cut(entry, "\t")
		was, isLink := strings.CutPrefix(link, "160000 commit ")
		from := filepath.Join(top, filepath.FromSlash(name))
		if !isLink || !isTop(ctx, from) {
			continue
		}
		if _, err := git(ctx, from, "cat-file", "-e", was+"^{commit}"); err != nil {
			return nil, errors.Join(cli.Usagef("the submodule %s was at %.12s, which its clone does not have; fetch it first (git -C %[1]s fetch origin %[2]s)", name, was), remove())
		}
		r, err := addWorkTree(ctx, from, filepath.Join(tree, filepath.FromSlash(name)), was)
		if err != nil {
			return nil, errors.Join(err, remove())
		}
		removers = append(removers, r)
	}
	return remove, nil
}

// isTop reports whether dir is the top of a repository of its own, and reached
// through no link.
func isTop(ctx context.Context, dir string) bool {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil || real != dir {
		return false
	}
	top, err := git(ctx, dir, "rev-parse", "--show-toplevel")
	return err == nil && top == dir
}

// addWorkTree checks commit of the repository at top out into dir, its submodules
// included, and returns how to take it away.
func addWorkTree(ctx context.Context, top, dir, commit string) (remove func() error, err error) {
	if _, err := git(ctx, top, "worktree", "add", "--quiet", "--detach", dir, commit); err != nil {
		return nil, fmt.Errorf("check out %s: %w", commit, err)
	}
	own := func() error {
		// Also after a signal has ended ctx.
		_, err := git(context.WithoutCancel(ctx), top, "worktree", "remove", "--force", dir)
		return err
	}
	inner, err := submodules(ctx, top, dir, commit)
	if err != nil {
		return nil, errors.Join(err, own())
	}
	return func() error { return errors.Join(inner(), own()) }, nil
}
