package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gobwas/glob"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

const (
	// skipMarker anywhere in a file takes it out of the application.
	skipMarker = "+argocd:skip-file-rendering"
	// maxCombined is Argo CD's default for --max-combined-directory-manifests-size.
	maxCombined = 10_000_000
)

// isManifest is Argo CD's own test, ^.*\.(yaml|yml|json|jsonnet)$: a name that holds a
// line feed is none.
func isManifest(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json", jsonnetExt}, path.Ext(name)) && !strings.Contains(name, "\n")
}

// directory renders a plain directory.
func directory(ctx context.Context, req Request) ([]manifest.Object, error) {
	w, err := newWalk(req)
	if err != nil {
		return nil, err
	}
	if err := fs.WalkDir(req.Repo, req.App, w.visit); err != nil {
		return nil, err
	}
	evaluated, err := jsonnet(ctx, req, w.jsonnet)
	if err != nil {
		return nil, err
	}
	if err := w.problems.Err(); err != nil {
		return nil, err
	}
	return w.with(evaluated), nil
}

// A walk reads the files of a directory that may be manifests, one after another.
type walk struct {
	req              Request
	include, exclude glob.Glob // nil is no restriction
	size             int64
	reader           reader
	decoder          manifest.Decoder
	objects          []manifest.Object
	problems         diag.List
	// jsonnet are the files that a program evaluates; before are the numbers of
	// objects that stand before each.
	jsonnet []string
	before  []int
}

// with returns the objects with those of the Jsonnet files where these stand.
func (w *walk) with(evaluated map[string][]manifest.Object) []manifest.Object {
	if w.jsonnet == nil {
		return w.objects
	}
	var out []manifest.Object
	done := 0
	for i, name := range w.jsonnet {
		out = append(append(out, w.objects[done:w.before[i]]...), evaluated[name]...)
		done = w.before[i]
	}
	return append(out, w.objects[done:]...)
}

// A file is one that may hold manifests. Its name is relative to the repository.
type file struct {
	name string
	data []byte
}

func newWalk(req Request) (*walk, error) {
	w := &walk{req: req, reader: req.reader(), decoder: manifest.Decoder{Store: req.Store}}
	var err error
	if w.include, err = compile("include", req.Source.Directory.Include); err != nil {
		return nil, err
	}
	w.exclude, err = compile("exclude", req.Source.Directory.Exclude)
	return w, err
}

// compile reads a glob as Argo CD does, without a separator: * matches slashes.
// Argo CD takes a broken one for one that matches nothing, and so renders no
// object at all, or what should have been left out.
func compile(field, pattern string) (glob.Glob, error) {
	if pattern == "" {
		return nil, nil
	}
	g, err := glob.Compile(pattern)
	if err != nil {
		return nil, diag.Pos{Path: "source.directory." + field}.Problemf("want a glob, got %q", pattern).
			WithHint("%v", err)
	}
	return g, nil
}

// visit takes files in the order of their names, folder by folder, as Argo CD
// does: that order decides which of two equal objects wins.
func (w *walk) visit(name string, entry fs.DirEntry, err error) error {
	if err != nil {
		return fmt.Errorf("read the application's directory: %w", err)
	}
	if entry.IsDir() {
		if name != w.req.App && !w.req.Source.Directory.Recurse {
			return fs.SkipDir
		}
		return nil
	}
	relative := name
	if w.req.App != "." {
		relative = strings.TrimPrefix(name, w.req.App+"/")
	}
	if !isManifest(path.Base(name)) || slices.Contains(w.req.Skip, relative) {
		return nil
	}
	if ok, err := w.isFile(name, entry); !ok {
		return err
	}
	if w.exclude != nil && w.exclude.Match(relative) || w.include != nil && !w.include.Match(relative) {
		return nil
	}
	return w.read(name)
}

// isFile follows symlinks. A link to nothing is passed over, as Argo CD does; one
// that leaves the repository is a problem.
func (w *walk) isFile(name string, entry fs.DirEntry) (bool, error) {
	if entry.Type().IsRegular() {
		return true, nil
	}
	info, err := fs.Stat(w.req.Repo, name)
	switch {
	case err == nil:
		return info.Mode().IsRegular(), nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	}
	link, linkErr := fs.Lstat(w.req.Repo, name)
	if linkErr == nil && link.Mode()&fs.ModeSymlink != 0 {
		return false, diag.Pos{File: name}.Problemf("want a symlink to a file of the repository, got one that leads elsewhere")
	}
	return false, diag.Pos{File: name}.Problemf("want a readable file: %s", plain(err))
}

// read takes a file unless it holds the marker, within the limit on all of them.
// The sizes of jsonnet files do not count.
func (w *walk) read(name string) error {
	data, err := w.reader.read(name, maxCombined)
	if err != nil {
		return diag.Pos{File: name}.Problemf("want a readable file: %s", plain(err))
	}
	f := file{name: name, data: manifest.UTF8(data)}
	if bytes.Contains(f.data, []byte(skipMarker)) {
		return nil
	}
	if path.Ext(name) != jsonnetExt {
		w.size += int64(len(data))
	}
	if w.size > maxCombined || len(data) > maxCombined {
		return diag.Pos{File: name}.Problemf("want manifests of at most %d MB in the directory, got more with this file", maxCombined/1_000_000).
			WithHint("leave files out with source.directory.exclude, or mark them with a comment # %s", skipMarker)
	}
	if path.Ext(name) == jsonnetExt {
		w.jsonnet, w.before = append(w.jsonnet, name), append(w.before, len(w.objects))
		return nil
	}
	before := len(w.objects)
	w.objects, err = f.objects(&w.decoder, w.objects)
	if err != nil && len(w.objects) == before && f.isPassedOver() {
		if !f.isYAML() {
			w.req.passedOver(err)
		}
		return nil
	}
	return w.problems.AddErr(err)
}

// LeftOut is the rule of a file that Argo CD passes over.
const LeftOut = "left-out"

// passedOver warns of a file that Argo CD passes over although somebody may have
// meant it to be read. One that is YAML, such as values for a chart, is fine.
func (req Request) passedOver(err error) {
	if req.Warn == nil {
		return
	}
	for _, p := range diag.Problems(err) {
		p.Severity, p.Rule = diag.Warning, LeftOut
		p.Msg += ": Argo CD leaves the file out without a word"
		req.Warn(p.WithHint("mend it; if it is no manifest, mark it with a comment # %s", skipMarker))
	}
}

// plain drops the operation and the path from an error of the file system: the
// caller names them.
func plain(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// objects reads the file as Argo CD does, and appends to objects.
func (f file) objects(decoder *manifest.Decoder, objects []manifest.Object) ([]manifest.Object, error) {
	if path.Ext(f.name) == ".json" {
		found, err := manifest.DecodeJSON(f.data, f.name)
		return append(objects, found...), err
	}
	return decoder.Append(objects, f.data, f.name)
}

// isPassedOver reports whether Argo CD goes on without the file where it cannot
// read it.
func (f file) isPassedOver() bool {
	return path.Ext(f.name) != ".json" && !f.looksLikeManifest() && !f.hasKind()
}
