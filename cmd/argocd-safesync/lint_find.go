package main

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin"
	"github.com/argocd-safesync/argocd-safesync/plugin/inject"
	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// A field is the applications of a repository that lint looks at.
type field struct {
	opts *options
	// req is the request for any of them, without the application.
	req plugin.Request
	// apps are their directories, sorted.
	apps []string
	// to are the destinations that the repository's Applications name.
	to []lint.Destination
	// unread are directories that could not be looked into.
	unread []diag.Problem
}

// findApplications opens the repository of dirs, all of which must be in one, and
// finds the policies below them. The returned function closes the repository.
func findApplications(std cli.IO, opts *options, dirs []string) (*field, func(), error) {
	req, closeRepo, err := opts.request(std, dirs[0])
	if err != nil {
		return nil, closeRepo, err
	}
	req.FromRepo = true
	f := &field{opts: opts, req: req}
	for _, dir := range dirs {
		if err := f.find(dir, dirs[0]); err != nil {
			closeRepo()
			return nil, func() {}, err
		}
	}
	slices.Sort(f.apps)
	f.apps = slices.Compact(f.apps)
	if len(f.apps) > 0 {
		f.to = slices.DeleteFunc(applicationsIn(req.Repo), func(to lint.Destination) bool {
			return opts.repoURL != "" && !inject.SameRepository(to.RepoURL, opts.repoURL)
		})
	}
	return f, closeRepo, nil
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
	return fs.WalkDir(f.req.Repo, top, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			f.unread = append(f.unread, diag.Pos{File: name}.Problemf("want a readable directory: %s", plainReason(err)))
			return nil
		case path.Base(name) == policy.FileName:
			f.apps = append(f.apps, path.Dir(name))
			if entry.IsDir() {
				return fs.SkipDir
			}
		case entry.IsDir() && name != top && isForeign(path.Base(name)):
			return fs.SkipDir
		}
		return nil
	})
}

// isForeign says that a directory's content was written elsewhere, or is no part
// of the repository, by its name.
func isForeign(name string) bool {
	return strings.HasPrefix(name, ".") || name == "vendor" || name == "node_modules"
}

// plainReason is an error of the file system without the path.
func plainReason(err error) string {
	_, reason, found := strings.Cut(err.Error(), ": ")
	if !found {
		return err.Error()
	}
	return reason
}

// maxApplication is the size of a file above which it holds something else than
// an Application.
const maxApplication = 1 << 20

// applicationsIn reads the destinations of the Applications that stand in plain
// files of the repository. Whatever cannot be read here is somebody else's, or
// is found when its own application is judged.
func applicationsIn(repo fs.FS) []lint.Destination {
	var out []lint.Destination
	_ = fs.WalkDir(repo, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case entry.IsDir():
			if name != "." && isForeign(path.Base(name)) {
				return fs.SkipDir
			}
			return nil
		case !entry.Type().IsRegular() || !slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(name)):
			return nil
		}
		data, err := readAtMost(repo, name, maxApplication)
		if err != nil || !bytes.Contains(data, []byte("argoproj.io/")) || !bytes.Contains(data, []byte("Application")) {
			return nil
		}
		objects, _ := manifest.Decode(data, name)
		out = append(out, lint.Destinations(objects)...)
		return nil
	})
	return out
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
