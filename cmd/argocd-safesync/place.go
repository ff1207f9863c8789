package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/plugin"
)

// locate opens the repository and finds the application and its policy in it.
func (o *options) locate(req *plugin.Request, std cli.IO, dir string) (func(), error) {
	abs, err := realDir(dir)
	if err != nil {
		return nil, err
	}
	req.RepoDir = abs
	if o.repoRoot != "" {
		if req.RepoDir, err = realDir(o.repoRoot); err != nil {
			return nil, err
		}
	} else if found, part := repoRoot(abs, std.Env); found != "" {
		req.RepoDir, req.Part = found, part
	}
	if req.App, err = inside(req.RepoDir, abs); err != nil {
		return nil, cli.Usagef("%s is not in the repository %s", dir, o.repoRoot)
	}
	if o.policy != "" {
		if req.PolicyFile, err = o.policyInRepo(req.RepoDir); err != nil {
			return nil, err
		}
	}
	r, err := os.OpenRoot(req.RepoDir)
	if err != nil {
		return nil, fmt.Errorf("open the repository: %w", err)
	}
	req.Repo = newJail(r)
	return func() { _ = r.Close() }, nil
}

func (o *options) policyInRepo(repo string) (string, error) {
	abs, err := filepath.Abs(o.policy)
	if err != nil {
		return "", err
	}
	dir, err := realDir(filepath.Dir(abs))
	if err != nil {
		return "", err
	}
	file, err := inside(repo, filepath.Join(dir, filepath.Base(abs)))
	if err != nil {
		return "", cli.Usagef("--policy %s is not in the repository; see --repo-root", o.policy)
	}
	return file, nil
}

// realDir is the absolute path of a directory without links, so that two paths
// can be compared.
func realDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	abs, err = filepath.EvalSymlinks(abs)
	if errors.Is(err, fs.ErrNotExist) {
		return "", cli.Usagef("%s: no such directory", dir)
	}
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(abs); err == nil && !info.IsDir() {
		return "", cli.Usagef("%s: want a directory", dir)
	}
	return abs, nil
}

// inside is the slash path of abs in root.
func inside(root, abs string) (string, error) {
	rel, err := filepath.Rel(root, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s is not in %s", abs, root)
	}
	return filepath.ToSlash(rel), nil
}

// repoRoot finds the repository that dir is in: the part of dir that is not the
// source path Argo CD names, else the directory above that holds .git; empty if
// there is none. Argo CD may send a part of the repository only, the directory
// that all paths of an annotation have in common: then that is the root, and part
// is where it is in the repository.
func repoRoot(dir string, env func(string) (string, bool)) (root, part string) {
	source, _ := env("ARGOCD_APP_SOURCE_PATH")
	source = filepath.Clean(filepath.FromSlash(source))
	if root, found := strings.CutSuffix(dir, string(filepath.Separator)+source); found && root != "" {
		return root, ""
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			return at, ""
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	names := strings.Split(source, string(filepath.Separator))
	for i := 1; i < len(names); i++ {
		below := filepath.Join(names[i:]...)
		if root, found := strings.CutSuffix(dir, string(filepath.Separator)+below); found && root != "" {
			return root, path.Join(names[:i]...)
		}
	}
	if source == "." {
		return "", ""
	}
	return dir, filepath.ToSlash(source)
}
