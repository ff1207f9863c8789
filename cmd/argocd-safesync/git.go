package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// atRevision builds the application as it was at a revision, in a work tree of
// its own that is removed again. An application that did not exist then has no
// objects; one that does not exist now either is a mistake.
func atRevision(ctx context.Context, std cli.IO, opts *options, c comparison) (_ []manifest.Object, err error) {
	dir, existing, err := placeOf(c.dir)
	if err != nil {
		return nil, err
	}
	top, commit, err := commitOf(ctx, existing, c)
	if err != nil {
		return nil, err
	}
	app, err := inside(top, dir)
	if err != nil {
		return nil, err
	}
	tree, remove, err := workTree(ctx, top, commit)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	then := filepath.Join(tree, filepath.FromSlash(app))
	if _, err := os.Stat(then); errors.Is(err, fs.ErrNotExist) {
		if dir != existing {
			return nil, cli.Usagef("%s: no such directory, now or at %s", c.dir, c.base)
		}
		return nil, nil
	}
	base := *opts
	base.repoRoot, base.policy = tree, ""
	res, _, err := build(ctx, std, &base, then)
	if err != nil {
		return nil, fmt.Errorf("at %s: %w", c.base, err)
	}
	return res.Objects, nil
}

// commitOf is the commit of c's base, and the top of the repository of a
// directory, which a message calls c.dir.
func commitOf(ctx context.Context, existing string, c comparison) (top, commit string, err error) {
	if top, err = git(ctx, existing, "rev-parse", "--show-toplevel"); err != nil {
		return "", "", cli.Usagef("--base wants a git repository, and %s is in none: %w", c.dir, err)
	}
	commit, err = git(ctx, top, "rev-parse", "--verify", "--end-of-options", c.base+"^{commit}")
	if err != nil {
		return "", "", cli.Usagef("%w", unknownRevision(ctx, top, c.base))
	}
	return top, commit, nil
}

// placeOf is the absolute path of a directory that may be gone, without links,
// and the nearest directory to it that exists, which is itself if it does.
func placeOf(dir string) (place, existing string, err error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", "", err
	}
	existing = abs
	for isGone(existing) {
		existing = filepath.Dir(existing)
	}
	rest, err := filepath.Rel(existing, abs)
	if err != nil {
		return "", "", err
	}
	if existing, err = realDir(existing); err != nil {
		return "", "", err
	}
	return filepath.Join(existing, rest), existing, nil
}

func isGone(dir string) bool {
	_, err := os.Lstat(dir)
	return errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir)
}

// unknownRevision says why git does not know a revision: a shallow clone has
// only the newest.
func unknownRevision(ctx context.Context, top, revision string) error {
	if isShallow(ctx, top) {
		return fmt.Errorf("--base %s: no such revision in this shallow clone; %s", revision, deepen)
	}
	return fmt.Errorf("--base %s: no such revision", revision)
}

// deepen is what to do about a clone that has only the newest commits.
const deepen = "fetch it first (git fetch --unshallow, or fetch-depth: 0)"

func isShallow(ctx context.Context, top string) bool {
	shallow, err := git(ctx, top, "rev-parse", "--is-shallow-repository")
	return err == nil && shallow == "true"
}

// forkOf is where HEAD has left the history of commit: what came to that one
// later is no change of this branch.
func forkOf(ctx context.Context, top, commit, revision string) (string, error) {
	fork, err := git(ctx, top, "merge-base", commit, "HEAD")
	switch {
	case err == nil:
		return fork, nil
	case isShallow(ctx, top):
		return "", cli.Usagef("--base %s: HEAD has no commit in common with it in this shallow clone; %s", revision, deepen)
	}
	return "", cli.Usagef("--base %s: HEAD has no commit in common with it", revision)
}

// originOf is the URL of the remote origin, as it was given, of the repository
// whose top is dir; "" if there is none, or dir is no such top.
func originOf(ctx context.Context, dir string) string {
	if isGone(filepath.Join(dir, ".git")) {
		return ""
	}
	url, err := git(ctx, dir, "config", "--get", "remote.origin.url")
	if err != nil {
		return ""
	}
	return url
}

// workTree checks commit out into a directory of its own, and returns how to
// leave nothing of it behind.
func workTree(ctx context.Context, top, commit string) (dir string, remove func() error, err error) {
	parent, err := os.MkdirTemp("", "safesync-diff")
	if err != nil {
		return "", nil, err
	}
	dir = filepath.Join(parent, "base")
	take, err := addWorkTree(ctx, top, dir, commit)
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(parent))
	}
	remove = func() error { return errors.Join(take(), os.RemoveAll(parent)) }
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return "", nil, errors.Join(err, remove())
	}
	return dir, remove, nil
}

// ofARepository are the variables that would make git work on another repository
// than that of its directory, as they do for whoever runs from a git hook.
var ofARepository = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX",
	"GIT_OBJECT_DIRECTORY", "GIT_SHALLOW_FILE", "GIT_NAMESPACE",
}

// git runs git in dir and returns what it prints. Its error is what git says
// first. The repository's own hooks do not run: nobody asked for a checkout.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "core.hooksPath=" + os.DevNull}, args...)...)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(ofARepository, name)
	})
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
		if first == "" {
			return "", fmt.Errorf("git %s: %w", args[0], err)
		}
		return "", errors.New(strings.TrimPrefix(first, "fatal: "))
	}
	return strings.TrimSpace(stdout.String()), nil
}
