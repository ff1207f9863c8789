package kustomize

import (
	"errors"
	"io/fs"
	"path/filepath"

	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// A place is a directory, and a file in it or "".
type place struct {
	dir  filesys.ConfirmedDir
	base string
}

// CleanedAbs resolves symlinks and says which directory and file a path is.
func (j *jail) CleanedAbs(name string) (filesys.ConfirmedDir, string, error) {
	if known, ok := j.cleaned[name]; ok {
		return known.dir, known.base, nil
	}
	dir, base, err := j.clean(name)
	if err == nil {
		j.cleaned[name] = place{dir, base}
	}
	return dir, base, err
}

func (j *jail) clean(name string) (filesys.ConfirmedDir, string, error) {
	relative, err := j.inside(name)
	if err != nil {
		return "", "", err
	}
	resolved, err := filepath.EvalSymlinks(filepath.Join(j.root, relative))
	if errors.Is(err, fs.ErrNotExist) && j.Exists(name) {
		resolved, err = filepath.Join(j.root, relative), nil // in a chart that was pulled
	}
	if err != nil {
		return "", "", shortError(relative, err)
	}
	if _, err := j.inside(resolved); err != nil {
		return "", "", &fs.PathError{Op: "follow", Path: relative, Err: errOutside}
	}
	if j.IsDir(resolved) {
		return filesys.ConfirmedDir(resolved), "", nil
	}
	return filesys.ConfirmedDir(filepath.Dir(resolved)), filepath.Base(resolved), nil
}
