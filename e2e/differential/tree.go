package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// manifestName is Argo CD's pattern of files that it reads.
var manifestName = regexp.MustCompile(`^.*\.(yaml|yml|json|jsonnet)$`)

// An application is a directory of a repository, and what Argo CD knows of it.
type application struct{ path, name, namespace string }

// applications lists the directories that could be applications: those with a
// file that Argo CD would read, relative to the tree.
func applications(tree string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(tree, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if !manifestName.MatchString(entry.Name()) && entry.Name() != "Kustomization" {
			return nil
		}
		dir, err := filepath.Rel(tree, filepath.Dir(path))
		if err == nil && !slices.Contains(found, dir) {
			found = append(found, dir)
		}
		return err
	})
	slices.Sort(found)
	return found, err
}

// copyTree copies a tree without its history. Symlinks stay symlinks.
func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		switch {
		case entry.Name() == ".git":
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return os.MkdirAll(target, 0o755)
		case entry.Type()&fs.ModeSymlink != 0:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		case !entry.Type().IsRegular():
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o644)
	})
}
