package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
)

// A branch is a repository now, and as it was where the branch began.
type branch struct {
	now *field
	// then is nil where nothing is compared.
	then *field
	// apps are the directories with a policy on either side, and asked are those
	// that are told of in any case; both are sorted.
	apps, asked []string
	// missing are those asked for that are not there.
	missing []string
	// touched returns what differs between the sides as git sees it, and is asked
	// only if there is an application that is built on neither.
	touched func() (touched, error)
}

// openBranch opens both sides of what is wanted. The returned function closes
// them, leaves nothing of the other revision behind, and passes an error on.
func openBranch(ctx context.Context, std cli.IO, opts *options, want reviewing) (_ *branch, closeAll func(error) error, err error) {
	places, existing, err := placesOf(want.dirs)
	if err != nil {
		return nil, nil, err
	}
	now, closeNow, err := openField(ctx, std, opts, existing)
	if err != nil {
		return nil, nil, err
	}
	b, closers := &branch{now: now}, []func() error{func() error { closeNow(); return nil }}
	closeAll = func(err error) error {
		for _, c := range slices.Backward(closers) {
			err = errors.Join(err, c())
		}
		return err
	}
	if want.base != "" {
		closeThen, err := b.openThen(ctx, std, opts, comparison{dir: want.dirs[0], base: want.base})
		if err != nil {
			return nil, nil, closeAll(err)
		}
		closers = append(closers, closeThen)
		if err := b.findAll(places, want); err != nil {
			return nil, nil, closeAll(err)
		}
	}
	if err := b.ask(want.plan); err != nil {
		return nil, nil, closeAll(err)
	}
	if err := now.learn(); err != nil {
		return nil, nil, closeAll(err)
	}
	if b.then != nil {
		now.known = now.known.Keep(b.then.known)
	}
	now.scan.done()
	return b, closeAll, nil
}

// placesOf are the absolute paths of directories, which may be gone, and the
// nearest to the first that exists.
func placesOf(dirs []string) (places []string, existing string, err error) {
	for _, dir := range dirs {
		place, near, err := placeOf(dir)
		if err != nil {
			return nil, "", err
		}
		places, existing = append(places, place), cmp.Or(existing, near)
	}
	return places, existing, nil
}

// openThen checks out the commit where the branch began, and returns how to
// leave nothing of it behind.
func (b *branch) openThen(ctx context.Context, std cli.IO, opts *options, c comparison) (func() error, error) {
	root := b.now.req.RepoDir
	top, commit, err := commitOf(ctx, root, c)
	if err != nil {
		return nil, err
	}
	if commit, err = forkOf(ctx, top, commit, c.base); err != nil {
		return nil, err
	}
	below, err := inside(top, root)
	if err != nil {
		return nil, err
	}
	tree, remove, err := workTree(ctx, top, commit)
	if err != nil {
		return nil, err
	}
	base := *opts
	base.repoRoot, base.policy = filepath.Join(tree, filepath.FromSlash(below)), ""
	if isGone(base.repoRoot) {
		base.repoRoot = tree
	}
	then, closeThen, err := openField(ctx, std, &base, base.repoRoot)
	if err != nil {
		return nil, errors.Join(err, remove())
	}
	b.then = then
	b.touched = sync.OnceValues(func() (touched, error) { return touchedSince(ctx, root, commit) })
	return func() error { closeThen(); return remove() }, nil
}

// findAll finds the applications of both sides below the places. One that is on
// neither side is a mistake.
func (b *branch) findAll(places []string, want reviewing) error {
	for i, place := range places {
		name, err := inside(b.now.req.RepoDir, place)
		if err != nil {
			return cli.Usagef("%s is not in the repository of %s: review them one by one, or give --repo-root", want.dirs[i], want.dirs[0])
		}
		seen := false
		for _, f := range []*field{b.now, b.then} {
			at := filepath.Join(f.req.RepoDir, filepath.FromSlash(name))
			if isGone(at) {
				continue
			}
			seen = true
			if err := f.find(at, want.dirs[0]); err != nil {
				return err
			}
		}
		if !seen {
			return cli.Usagef("%s: no such directory, now or at %s", want.dirs[i], want.base)
		}
	}
	b.then.scan.done()
	slices.Sort(b.now.apps)
	slices.Sort(b.then.apps)
	b.apps = slices.Concat(b.now.apps, b.then.apps)
	slices.Sort(b.apps)
	b.apps = slices.Compact(b.apps)
	return b.then.learn()
}

// ask adds applications that are told of in any case.
func (b *branch) ask(dirs []string) error {
	for _, dir := range dirs {
		abs, err := realDir(dir)
		if err != nil {
			b.missing = append(b.missing, dir)
			continue
		}
		name, err := inside(b.now.req.RepoDir, abs)
		if err != nil {
			return cli.Usagef("--plan: %s is not in the repository of %s", dir, b.now.req.RepoDir)
		}
		b.asked = append(b.asked, name)
	}
	slices.Sort(b.asked)
	b.asked = slices.Compact(b.asked)
	return nil
}

// has reports whether f has a policy in the directory.
func (f *field) has(dir string) bool {
	_, found := slices.BinarySearch(f.apps, dir)
	return found
}

// isThere reports whether f has the directory at all.
func (f *field) isThere(dir string) bool {
	info, err := fs.Stat(f.req.Repo, dir)
	return err == nil && info.IsDir()
}
