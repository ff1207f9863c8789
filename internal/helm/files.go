package helm

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/loader/archive"
	"helm.sh/helm/v4/pkg/ignore"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

const (
	// maxChart bounds the files of a chart and of all charts in it, unpacked:
	// Helm's own limit for one chart.
	maxChart = 100 << 20
	// maxYAML bounds each file that is parsed as a whole, such as values: parsing
	// takes twenty times the memory of the text.
	maxYAML = 10 << 20
	// maxFiles and maxDepth bound a directory whose symlinks make it endless.
	maxFiles = 50_000
	maxDepth = 32
)

// escapes is in the reason of os.Root for a path that leads out of it, which has
// no value to compare with.
const escapes = "escapes"

var byteOrderMark = []byte("\xef\xbb\xbf")

// parsed are the files of a chart that Helm reads as YAML or JSON.
var parsed = []string{chartFile, "Chart.lock", "values.yaml", "values.schema.json", "requirements.yaml", "requirements.lock"}

// A budget is what a chart may still take, with the charts in it.
type budget struct{ bytes, files int }

func newBudget() *budget { return &budget{bytes: maxChart, files: maxFiles} }

// take counts one more file of this size.
func (b *budget) take(at diag.Pos, name string, size int) error {
	b.bytes -= size
	b.files--
	switch {
	case b.bytes < 0:
		return at.Problemf("want a chart of at most %d MB with all its files and charts, got more with this file", maxChart>>20)
	case b.files < 0:
		return at.Problemf("want charts of at most %d files, got more with this one", maxFiles)
	case size > maxYAML && slices.Contains(parsed, path.Base(name)):
		return at.Problemf("want at most %d MB, got more", maxYAML>>20)
	}
	return nil
}

// A collection reads the files of a chart's directory, as Helm does: in the order
// of their names, without what .helmignore names, and through symlinks as long as
// they stay in the repository.
type collection struct {
	run   *run
	dir   string
	rules *ignore.Rules
	files []*archive.BufferedFile
}

// collect reads the files of the chart in dir, a path in the repository.
func (r *run) collect(dir string) ([]*archive.BufferedFile, error) {
	c := &collection{run: r, dir: dir, rules: ignore.Empty()}
	at := diag.Pos{File: path.Join(dir, ignore.HelmIgnore)}
	switch data, err := r.readFile(at); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		if c.rules, err = ignore.Parse(bytes.NewReader(data)); err != nil {
			return nil, at.Problemf("%s", short(err.Error()))
		}
	}
	c.rules.AddDefaults()
	return c.files, c.walk("", 0)
}

// walk reads a folder; name is its path in the chart.
func (c *collection) walk(name string, depth int) error {
	folder := path.Join(c.dir, name)
	if depth > maxDepth {
		return diag.Pos{File: folder}.Problemf("want folders at most %d deep, got deeper ones (does a symlink lead back?)", maxDepth)
	}
	entries, err := fs.ReadDir(c.run.repo.FS(), folder)
	if err != nil {
		return diag.Pos{File: folder}.Problemf("want a chart's directory: %s", plain(err))
	}
	for _, entry := range entries {
		if err := c.visit(path.Join(name, entry.Name()), entry, depth); err != nil {
			return err
		}
	}
	return nil
}

func (c *collection) visit(name string, entry fs.DirEntry, depth int) error {
	at := diag.Pos{File: path.Join(c.dir, name)}
	info, err := c.run.look(at, entry)
	if err != nil {
		return at.Problemf("%s", unreadable(entry, err))
	}
	switch {
	case c.rules.Ignore(name, info):
		return nil
	case info.IsDir():
		return c.walk(name, depth+1)
	case !info.Mode().IsRegular():
		return at.Problemf("want a file, got something else (%s)", info.Mode().Type())
	}
	if err := c.run.budget.take(at, name, int(min(info.Size(), maxChart+1))); err != nil {
		return err
	}
	data, err := c.run.readKnown(at, info, maxChart)
	if err != nil {
		return err
	}
	c.files = append(c.files, &archive.BufferedFile{Name: name, Data: bytes.TrimPrefix(data, byteOrderMark)})
	return nil
}

// look is what is known of an entry of a directory, or of what a link leads to.
func (r *run) look(at diag.Pos, entry fs.DirEntry) (fs.FileInfo, error) {
	if entry.Type().IsRegular() || entry.IsDir() {
		return entry.Info()
	}
	return r.repo.Stat(at.File)
}

// unreadable says why a file that is listed cannot be looked at.
func unreadable(entry fs.DirEntry, err error) string {
	switch {
	case entry.Type()&fs.ModeSymlink == 0:
		return "want a readable file: " + plain(err).Error()
	case errors.Is(err, fs.ErrNotExist):
		return "want a symlink to a file of the repository, got one to nothing"
	case !strings.Contains(err.Error(), escapes):
		return "want a symlink to a file of the repository: " + plain(err).Error()
	default:
		return "want a symlink to a file of the repository, got one that leads elsewhere"
	}
}

// readFile reads a file of the repository that is to be parsed. Its error is
// fs.ErrNotExist or a problem.
func (r *run) readFile(at diag.Pos) ([]byte, error) {
	info, err := r.repo.Stat(at.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fs.ErrNotExist
	case err != nil && strings.Contains(err.Error(), escapes):
		return nil, at.Problemf("want a file inside the repository, got a path that leads out of it")
	case err != nil:
		return nil, at.Problemf("want a readable file: %s", plain(err))
	}
	return r.readKnown(at, info, maxYAML)
}

// readKnown is readFile for a file that was looked at.
func (r *run) readKnown(at diag.Pos, info fs.FileInfo, most int) ([]byte, error) {
	switch {
	case info.IsDir():
		return nil, at.Problemf("want a file, got a directory")
	case !info.Mode().IsRegular():
		return nil, at.Problemf("want a file, got something else (%s)", info.Mode().Type())
	case info.Size() > int64(most):
		return nil, at.Problemf("want at most %d MB, got more", most>>20)
	}
	f, err := r.repo.Open(at.File)
	if err != nil {
		return nil, at.Problemf("want a readable file: %s", plain(err))
	}
	defer f.Close()
	buf := bytes.NewBuffer(make([]byte, 0, info.Size()+bytes.MinRead))
	if _, err := buf.ReadFrom(io.LimitReader(f, int64(most)+1)); err != nil {
		return nil, at.Problemf("want a readable file: %s", plain(err))
	}
	if buf.Len() > most {
		return nil, at.Problemf("want at most %d MB, got more", most>>20)
	}
	return buf.Bytes(), nil
}

// plain drops the operation and the path from an error of the file system: the
// caller names them.
func plain(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
