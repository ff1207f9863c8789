package render

import (
	"bytes"
	"context"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/argocd-safesync/argocd-safesync/internal/kustomization"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

const (
	// mostListed bounds the files of a kustomization that is rendered here. With more
	// of them the program is a small part of the time.
	mostListed = 32 << 20
	// deepestListed bounds how far kustomizations lead to others.
	deepestListed = 50
)

// listed renders a kustomization that does nothing but list files, without its
// program. Ok is false for all others, and wherever anything is not as it should be:
// the program then renders it, or says what is wrong.
func listed(ctx context.Context, req Request) (objects []manifest.Object, ok bool) {
	if !reflect.ValueOf(edits(req)).IsZero() {
		return nil, false
	}
	l := listing{ctx: ctx, req: req, reader: req.reader(), dirs: map[string]map[string]fs.FileMode{}, real: map[string]bool{".": true}}
	l.decoder = manifest.Decoder{Store: req.Store, Only: kustomization.Keeper()}
	if !l.directory(req.App) {
		return nil, false
	}
	for _, name := range l.files {
		if objects, ok = l.append(objects, name); !ok {
			return nil, false
		}
	}
	return objects, len(objects) > 0 && kustomization.Order(objects)
}

// A listing is a kustomization and those that it leads to.
type listing struct {
	ctx     context.Context //nolint:containedctx // it lives as long as one call
	req     Request
	reader  reader
	decoder manifest.Decoder
	// files are those with objects, in order.
	files []string
	// open are the directories on the way to the current one, seen all there were.
	open, seen []string
	// dirs are what is in directories, and real the directories that no symlink is on
	// the way to.
	dirs map[string]map[string]fs.FileMode
	real map[string]bool
	size int
}

// directory finds the files of the kustomization in a directory. None is listed
// twice, because objects would be there twice.
func (l *listing) directory(dir string) bool {
	if len(l.open) > deepestListed || slices.Contains(l.seen, dir) || l.isAbove(dir) || !l.isReal(dir) {
		return false
	}
	name := l.kustomizationIn(dir)
	if name == "" {
		return false
	}
	data, ok := l.read(path.Join(dir, name))
	if !ok {
		return false
	}
	entries, ok := kustomization.Resources(data)
	l.seen, l.open = append(l.seen, dir), append(l.open, dir)
	for _, entry := range entries {
		if !l.entry(dir, entry) {
			return false
		}
	}
	l.open = l.open[:len(l.open)-1]
	return ok
}

// isAbove reports whether a directory is above one that leads to it, or that one
// itself: kustomize takes that for a circle.
func (l *listing) isAbove(dir string) bool {
	for _, open := range l.open {
		if dir == "." || open == dir || strings.HasPrefix(open, dir+"/") {
			return true
		}
	}
	return false
}

// entry takes what a kustomization in a directory lists: a file below it, or another
// directory.
func (l *listing) entry(dir, entry string) bool {
	name := path.Join(dir, entry)
	if !fs.ValidPath(name) {
		return false
	}
	mode, ok := l.in(path.Dir(name))[path.Base(name)]
	switch {
	case name == "." || ok && mode.IsDir():
		return l.directory(name)
	case !ok || !mode.IsRegular() || strings.HasSuffix(entry, "/"):
		return false
	}
	l.files = append(l.files, name)
	return dir == "." || strings.HasPrefix(name, dir+"/")
}

// kustomizationIn is the name of the only kustomization in a directory, "" without.
func (l *listing) kustomizationIn(dir string) (found string) {
	entries := l.in(dir)
	for _, name := range kustomizationNames {
		mode, ok := entries[name]
		switch {
		case !ok:
		case found != "" || !mode.IsRegular():
			return ""
		default:
			found = name
		}
	}
	return found
}

// in is what is in a directory, by name; nothing if a symlink is on the way to it.
func (l *listing) in(dir string) map[string]fs.FileMode {
	if known, ok := l.dirs[dir]; ok {
		return known
	}
	out := map[string]fs.FileMode{}
	if l.isReal(dir) {
		entries, _ := fs.ReadDir(l.req.Repo, dir) // what is not there is not listed
		for _, entry := range entries {
			out[entry.Name()] = entry.Type()
		}
	}
	l.dirs[dir] = out
	return out
}

// isReal reports whether a path is a directory without a symlink on the way to it.
func (l *listing) isReal(dir string) bool {
	if known, ok := l.real[dir]; ok {
		return known
	}
	ok := l.isReal(path.Dir(dir))
	if ok {
		info, err := fs.Lstat(l.req.Repo, dir)
		ok = err == nil && info.IsDir()
	}
	l.real[dir] = ok
	return ok
}

// append reads the objects of a file.
func (l *listing) append(objects []manifest.Object, name string) ([]manifest.Object, bool) {
	data, ok := l.read(name)
	if !ok || !isUsual(data) {
		return nil, false
	}
	objects, err := l.decoder.Append(objects, data, name)
	return objects, err == nil
}

// isUsual reports whether the ends of a file's lines, and of itself, mean the same to
// kustomize and to Argo CD.
func isUsual(data []byte) bool {
	if len(data) == 0 || !utf8.Valid(data) || bytes.HasPrefix(data, []byte("\uFEFF")) || bytes.IndexByte(data, '\r') >= 0 {
		return false
	}
	// Without its line end, the last line of a block scalar has none in kustomize.
	return data[len(data)-1] == '\n' || !bytes.ContainsAny(data, "|>")
}

// read reads a file.
func (l *listing) read(name string) ([]byte, bool) {
	if l.ctx.Err() != nil {
		return nil, false
	}
	data, err := l.reader.read(name, mostListed)
	l.size += len(data)
	return data, err == nil && l.size <= mostListed
}
