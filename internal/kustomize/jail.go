package kustomize

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// maxFile bounds one file that a kustomization reads.
const maxFile = 100 << 20

// A jail is kustomize's view of the repository: read only, and without anything
// outside of it. Paths are absolute, as kustomize wants them. Along the way it
// looks at each kustomization, because it knows better than kustomize's errors
// what is missing.
type jail struct {
	opts Options
	// root is the repository without symlinks.
	root string
	dir  *os.Root
	// edited are the files that read differently from what the repository has, by
	// their paths in it.
	edited map[string][]byte
	// problem is the first that was found on the way.
	problem *diag.Problem
	// seen are the kustomizations that were read, by their names in the repository.
	seen []seenFile
	// uses are those of the files that they name.
	uses uses
	// remotes are the entries that look like addresses of other hosts.
	remotes []diag.Pos
	// origins are the objects of the other files.
	origins origins
	// charts are those of Helm; without them there are none.
	charts *charts
	// hidden are schemas that nothing looks at; nil hides none.
	hidden *hidden
	// read is how many bytes of files were read for the build.
	read int
	// culprit is the entry because of which kustomize gave up; nil if it is not known.
	culprit *culprit
	// cleaned are the paths that CleanedAbs has found: each is asked for many times,
	// and following its links takes a call of the system for each part of it.
	cleaned map[string]place
}

type seenFile struct {
	name string
	data []byte
}

// noGit is how kustomize says that it cannot clone.
const noGit = "no 'git' program on path"

var (
	errOutside  = errors.New("is outside the repository")
	errReadOnly = errors.New("nothing may be written")
)

func newJail(opts Options) (*jail, error) {
	root, err := filepath.EvalSymlinks(opts.RepoRoot)
	if err != nil {
		return nil, fmt.Errorf("find the repository: %w", err)
	}
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("open the repository: %w", err)
	}
	return &jail{opts: opts, root: root, dir: dir, uses: uses{}, cleaned: map[string]place{}}, nil
}

func (j *jail) close() { _ = j.dir.Close() }

// open opens a file of the repository, or of a chart that was pulled.
func (j *jail) open(relative string) (*os.File, error) {
	f, err := j.dir.Open(relative)
	if j.charts != nil && errors.Is(err, fs.ErrNotExist) {
		return j.charts.pulled.Open(relative)
	}
	return f, err
}

// inside returns a path relative to the root.
func (j *jail) inside(name string) (string, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(j.root, name)
	}
	relative, err := filepath.Rel(j.root, name)
	if err != nil || !filepath.IsLocal(relative) {
		return "", &fs.PathError{Op: "open", Path: path.Base(name), Err: errOutside}
	}
	return relative, nil
}

// shortError is an error of the file system with a path in the repository.
func shortError(relative string, err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return fmt.Errorf("%s: %w", relative, err)
}

// ReadFile reads a file of bounded size.
func (j *jail) ReadFile(name string) ([]byte, error) {
	relative, err := j.inside(name)
	if err != nil {
		return nil, err
	}
	if data, ok := j.edited[relative]; ok {
		return data, nil
	}
	if data, ok := j.hidden.known(relative); ok {
		return data, j.look(filepath.ToSlash(relative), data)
	}
	f, err := j.open(relative)
	if err != nil {
		return nil, shortError(relative, err)
	}
	defer f.Close()
	var buf bytes.Buffer
	if info, err := f.Stat(); err == nil {
		buf.Grow(int(min(info.Size(), maxFile)) + bytes.MinRead)
	}
	if _, err := buf.ReadFrom(io.LimitReader(f, maxFile+1)); err != nil {
		return nil, shortError(relative, err)
	}
	data := buf.Bytes()
	j.read += len(data)
	slash := filepath.ToSlash(relative)
	if len(data) > maxFile {
		return nil, j.found(diag.Pos{File: slash}.Problemf("want a file of at most %d MB, got a larger one", maxFile>>20))
	}
	if err := j.refuseGrowth(slash, data); err != nil {
		return nil, err
	}
	data = j.hidden.without(relative, data)
	return data, j.look(slash, data)
}

// found remembers the first problem.
func (j *jail) found(p diag.Problem) error {
	if j.problem == nil {
		j.problem = &p
	}
	return p
}

// IsDir reports whether a path is a directory.
func (j *jail) IsDir(name string) bool {
	info, err := j.stat(name)
	return err == nil && info.IsDir()
}

// Exists reports whether there is something at a path.
func (j *jail) Exists(name string) bool {
	_, err := j.stat(name)
	return err == nil
}

func (j *jail) stat(name string) (fs.FileInfo, error) {
	relative, err := j.inside(name)
	if err != nil {
		return nil, err
	}
	info, err := j.dir.Stat(relative)
	if j.charts != nil && errors.Is(err, fs.ErrNotExist) {
		return j.charts.pulled.Stat(relative)
	}
	return info, err
}

// ReadDir lists the names in a directory.
func (j *jail) ReadDir(name string) ([]string, error) {
	relative, err := j.inside(name)
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(j.dir.FS(), filepath.ToSlash(relative))
	if err != nil {
		return nil, shortError(relative, err)
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names, nil
}

// Glob lists the paths that match a pattern.
func (j *jail) Glob(pattern string) ([]string, error) {
	relative, err := j.inside(pattern)
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(j.dir.FS(), filepath.ToSlash(relative))
	for i, name := range names {
		names[i] = filepath.Join(j.root, filepath.FromSlash(name))
	}
	return names, err
}

// Walk calls f for everything below a path.
func (j *jail) Walk(name string, f filepath.WalkFunc) error {
	relative, err := j.inside(name)
	if err != nil {
		return err
	}
	return fs.WalkDir(j.dir.FS(), filepath.ToSlash(relative), func(at string, entry fs.DirEntry, err error) error {
		var info fs.FileInfo
		if err == nil {
			info, err = entry.Info()
		}
		return f(filepath.Join(j.root, filepath.FromSlash(at)), info, err)
	})
}

// Open opens a file for reading.
func (j *jail) Open(name string) (filesys.File, error) {
	relative, err := j.inside(name)
	if err != nil {
		return nil, err
	}
	return j.open(relative)
}

// Create refuses: the repository is someone else's.
func (*jail) Create(string) (filesys.File, error) { return nil, errReadOnly }

// Mkdir refuses.
func (*jail) Mkdir(string) error { return errReadOnly }

// MkdirAll refuses.
func (*jail) MkdirAll(string) error { return errReadOnly }

// RemoveAll refuses.
func (*jail) RemoveAll(string) error { return errReadOnly }

// WriteFile refuses.
func (*jail) WriteFile(string, []byte) error { return errReadOnly }

// kustomization is the file that was asked for, as far as it is known.
func (j *jail) kustomization() string {
	for _, f := range j.seen {
		if path.Dir(f.name) == path.Clean(j.opts.App) {
			return f.name
		}
	}
	return j.opts.App
}

// explain turns an error of kustomize into a problem: the one that was found on
// the way, or kustomize's own reason without the paths of this machine.
func (j *jail) explain(err error) error {
	if j.problem != nil {
		return *j.problem
	}
	err = plain(err)
	for _, find := range []func(error) (diag.Problem, bool){j.refusal, j.cycle, j.configured, j.unknownKey, j.translated} {
		if p, ok := find(err); ok {
			return j.nearer(p)
		}
	}
	reason := err.Error()
	reason = strings.ReplaceAll(reason, j.root+string(filepath.Separator), "")
	reason = strings.ReplaceAll(reason, j.root, ".")
	reason = j.withoutContent(strings.Join(strings.Fields(reason), " "))
	if strings.Contains(reason, noGit) && len(j.remotes) > 0 {
		return j.remotes[len(j.remotes)-1].Problemf("want a file over https, got a repository: there is no git here").
			WithHint("copy it into this repository")
	}
	return j.nearer(diag.Pos{File: j.kustomization()}.Problemf("%s", reason))
}

// nearer puts a problem that has no better place than the kustomization that was asked
// for at the culprit.
func (j *jail) nearer(p diag.Problem) diag.Problem {
	if j.culprit != nil && p.Line == 0 && p.File == j.kustomization() {
		p.Pos = j.culprit.at
	}
	return p
}
