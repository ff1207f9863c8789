package kustomize

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
)

// emptySubmodule is the submodule that a missing path belongs to, if nothing of it
// is checked out; "" if there is no such one. Git's own file of them tells which
// there are.
func (j *jail) emptySubmodule(target string) string {
	relative, err := j.inside(target)
	if err != nil {
		return ""
	}
	f, err := j.dir.Open(".gitmodules")
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, "=")
		dir := strings.TrimSpace(value)
		isIn := dir != "" && strings.HasPrefix(filepath.ToSlash(relative)+"/", dir+"/")
		if strings.TrimSpace(key) == "path" && isIn && j.isEmpty(dir) {
			return dir
		}
	}
	return ""
}

// isEmpty reports whether a directory of the repository has nothing in it.
func (j *jail) isEmpty(dir string) bool {
	f, err := j.dir.Open(filepath.FromSlash(dir))
	if err != nil {
		return false
	}
	defer f.Close()
	_, err = f.Readdirnames(1)
	return errors.Is(err, io.EOF)
}
