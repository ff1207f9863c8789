package jsonnet

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/google/go-jsonnet"
)

// maxImport bounds one file that is imported.
const maxImport = 100 << 20

// An importer finds imports where Argo CD does: beside the file that imports,
// then in places from the last to the first. Its paths begin with a slash, which
// is the repository: that tells its own files from code that has no file.
type importer struct {
	repo   fs.FS
	places []string
	// read keeps what was read; the library wants the same value each time.
	read map[string]jsonnet.Contents
}

// Import reads a file of the repository.
func (i *importer) Import(from, name string) (jsonnet.Contents, string, error) {
	file, err := i.find(from, name)
	if err != nil {
		return jsonnet.Contents{}, "", err
	}
	if known, ok := i.read[file]; ok {
		return known, "/" + file, nil
	}
	data, err := i.readFile(file, name)
	if err != nil {
		return jsonnet.Contents{}, "", err
	}
	i.read[file] = jsonnet.MakeContentsRaw(data)
	return i.read[file], "/" + file, nil
}

// find returns the path of the first file that exists. A symlink to nothing
// exists too.
func (i *importer) find(from, name string) (string, error) {
	if from == "" && path.IsAbs(name) { // the file that is evaluated
		return strings.TrimPrefix(name, "/"), nil
	}
	if path.IsAbs(name) {
		return "", fmt.Errorf("want the relative path of a file in the repository, got import %q", name)
	}
	dirs := []string{strings.TrimPrefix(path.Dir(from), "/")}
	if from == "" { // code of a variable
		dirs = nil
	}
	for _, place := range slices.Backward(i.places) {
		dirs = append(dirs, place)
	}
	outside := false
	for _, dir := range dirs {
		file := path.Join(dir, name)
		if !fs.ValidPath(file) {
			outside = true
			continue
		}
		if _, err := fs.Lstat(i.repo, file); err == nil {
			return file, nil
		}
	}
	if outside {
		return "", fmt.Errorf("want a file in the repository, got import %q, which is outside or does not exist", name)
	}
	return "", fmt.Errorf("want a file beside this one, in the application's directory or in libs, got import %q, which is in none of them", name)
}

func (i *importer) readFile(file, name string) ([]byte, error) {
	info, err := fs.Stat(i.repo, file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("want a file, got import %q, a symlink to nothing", name)
	case err != nil:
		return nil, fmt.Errorf("want a file in the repository, got import %q, a symlink that leads elsewhere", name)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("want a regular file, got import %q, which is none", name)
	case info.Size() > maxImport:
		return nil, fmt.Errorf("want a file of at most %d MB, got import %q", maxImport>>20, name)
	}
	f, err := i.repo.Open(file)
	if err != nil {
		return nil, fmt.Errorf("import %q: %w", name, err)
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxImport))
}
