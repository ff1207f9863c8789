package main

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// touched is what differs between a repository and a commit of it, as slash paths
// from the root.
type touched struct {
	// paths are files, and submodules of which another commit counts.
	paths []string
	// unseen are the names, without the directories above, of such submodules that
	// are not checked out.
	unseen []string
}

// touchedSince asks git for what differs between the files below root, committed or
// not, and commit. What git ignores does not count.
func touchedSince(ctx context.Context, root, commit string) (touched, error) {
	var t touched
	raw, err := git(ctx, root, "diff", "--raw", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=dirty", "--relative", commit, "--")
	if err != nil {
		return t, err
	}
	fields := strings.Split(raw, "\x00") // how it differs, its path, and so on
	for i := 0; i+1 < len(fields); i += 2 {
		t.paths = append(t.paths, fields[i+1])
		isLink := strings.Contains(fields[i], "160000 ")
		if isLink && isEmpty(filepath.Join(root, filepath.FromSlash(fields[i+1]))) {
			t.unseen = append(t.unseen, path.Base(fields[i+1]))
		}
	}
	others, err := git(ctx, root, "ls-files", "-z", "--others", "--exclude-standard")
	if err != nil {
		return t, err
	}
	for name := range strings.SplitSeq(others, "\x00") {
		if name != "" {
			t.paths = append(t.paths, name)
		}
	}
	return t, nil
}

func isEmpty(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) == 0
}

// touches reports whether something differs below the directory of an application
// that is built on neither side, in a file with one of its problems, or in a
// submodule that nobody can see and a problem names. Where git does not say, it may.
func (b *branch) touches(dir string, problems []diag.Problem) bool {
	t, err := b.touched()
	if err != nil {
		return true
	}
	places := []string{dir}
	for _, p := range problems {
		if p.File != "" {
			places = append(places, p.File)
		}
		if slices.ContainsFunc(t.unseen, func(module string) bool { return strings.Contains(p.Msg, module) }) {
			return true
		}
	}
	for _, place := range places {
		for _, name := range t.paths {
			if isBelow(name, place) || isBelow(place, name) {
				return true
			}
		}
	}
	return false
}

// isBelow reports whether a slash path is a directory or something in it.
func isBelow(name, dir string) bool {
	return dir == "." || name == dir || strings.HasPrefix(name, dir+"/")
}
