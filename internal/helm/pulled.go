package helm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	texttemplate "text/template"

	"github.com/Masterminds/sprig/v3"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// keepPulled gets a chart and unpacks it into dir, a slash path below the
// directory for charts of other hosts.
func (c Command) keepPulled(ctx context.Context, d dependency, dir string) error {
	address, err := url.Parse(d.repository)
	if err != nil || !slices.Contains([]string{"http", "https", "oci"}, strings.ToLower(address.Scheme)) {
		return d.at.Problemf("want an https or oci address of the repository of the chart %s, got %q", d.name, d.repository)
	}
	opts := Options{HTTP: c.HTTP}
	opts.RepoRoot, opts.App, opts.CacheDir = c.Pulled, ".", c.CacheDir
	r, err := newRun(opts)
	if err != nil {
		return err
	}
	defer r.close()
	data, err := r.archive(ctx, d, address)
	if err != nil {
		return err
	}
	files, err := unpack(data)
	if err != nil {
		return d.notAnArchive(err)
	}
	b, err := c.left()
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := b.take(diag.Pos{File: path.Join(dir, f.Name)}, f.Name, len(f.Data)); err != nil {
			return err
		}
		if err := put(r.repo, path.Join(dir, f.Name), f.Data); err != nil {
			return fmt.Errorf("unpack the chart %s: %w", d.name, err)
		}
	}
	return nil
}

// noHosts refuses to ask any.
type noHosts struct{}

func (noHosts) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("only the sidecar's configuration can allow other hosts")
}

// left is what the charts of other hosts may still take: those of one kustomization
// together as much as one chart.
func (c Command) left() (*budget, error) {
	b := newBudget()
	err := filepath.WalkDir(c.Pulled, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		b.bytes -= int(info.Size())
		b.files--
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look at the charts of other hosts: %w", err)
	}
	return b, nil
}

func put(dir *os.Root, name string, data []byte) error {
	if err := dir.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	return dir.WriteFile(name, data, 0o600)
}

// isDir reports whether there is a directory in another one, out of which no
// symlink leads.
func isDir(dir, name string) bool {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return false
	}
	defer root.Close()
	info, err := root.Stat(name)
	return err == nil && info.IsDir()
}

// note leaves a file for whoever called kustomize.
func (c Command) note(name string, data []byte) error {
	if c.Notes == "" {
		return nil
	}
	if err := os.WriteFile(filepath.Join(c.Notes, name), data, 0o600); err != nil {
		return fmt.Errorf("note what is rendered: %w", err)
	}
	return nil
}

// noteStart notes which chart is worked on, for the case that it never ends.
func (c Command) noteStart(dir string) (done func(), err error) {
	return func() {
		if c.Notes != "" {
			_ = os.Remove(filepath.Join(c.Notes, renderer.InflatingFile))
		}
	}, c.note(renderer.InflatingFile, []byte(dir))
}

// noteMade notes the objects of a chart, after those of the charts before it.
func (c Command) noteMade(r *run, made []renderer.Made) error {
	if c.Notes == "" {
		return nil
	}
	for i := range made {
		made[i].File = r.fileOf(made[i].File)
	}
	data, err := json.Marshal(made)
	if err != nil {
		return fmt.Errorf("note what is rendered: %w", err)
	}
	before, err := filepath.Glob(filepath.Join(c.Notes, "made-*"))
	if err != nil {
		return fmt.Errorf("note what is rendered: %w", err)
	}
	return c.note(renderer.NotesFile(len(before)), data)
}

// vendored refuses a chart without the charts that it depends on: kustomize has
// Helm render what is there.
func vendored(c *chart.Chart, r *run) error {
	for i, d := range c.Metadata.Dependencies {
		if !has(c, d) {
			return r.dependencyAt(i).Problemf("the chart %s is not in charts/", d.Name).
				WithHint("commit what helm dependency build puts there: kustomize does not ask for it")
		}
	}
	return nil
}

// values merges files: those of the repository, and those that kustomize made of
// an entry's values.
func (c Command) values(chart string, files []string) (map[string]any, error) {
	merged := map[string]any{}
	for _, name := range files {
		at, data, err := c.readValues(chart, name)
		if err != nil {
			return nil, err
		}
		values, err := loader.LoadValues(bytes.NewReader(bytes.TrimPrefix(data, byteOrderMark)))
		if err != nil {
			return nil, yamlProblem(at, short(err.Error()))
		}
		merged = loader.MergeMaps(merged, values)
	}
	return merged, nil
}

func (c Command) readValues(chart, name string) (at diag.Pos, data []byte, err error) {
	from := c.RepoRoot
	at = entry(chart, "valuesFile")
	relative, isInRepo := c.inRepo(name)
	if isInRepo {
		at = diag.Pos{File: relative}
	} else {
		from = c.Scratch
		if relative, err = filepath.Rel(from, name); err != nil || !filepath.IsLocal(relative) {
			return at, nil, at.Problemf("want a file inside the repository, got one outside")
		}
	}
	opts := Options{}
	opts.RepoRoot = from
	r, err := newRun(opts)
	if err != nil {
		return at, nil, err
	}
	defer r.close()
	data, err = r.readFile(diag.Pos{File: filepath.ToSlash(relative)})
	switch p, ok := errors.AsType[diag.Problem](err); {
	case errors.Is(err, fs.ErrNotExist):
		return at, nil, at.Problemf("want a file, got none")
	case ok:
		p.Pos = at
		return at, nil, p
	}
	return at, data, err
}

// nameFrom makes a name from a template. Functions that read the environment, or ask
// a name server, are not among those that it has: a name must be the same wherever it
// is made.
func nameFrom(text string) (string, error) {
	functions := sprig.TxtFuncMap()
	for _, name := range []string{"env", "expandenv", "getHostByName"} {
		delete(functions, name)
	}
	t, err := texttemplate.New("nameTemplate").Funcs(functions).Parse(text)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, nil)
	return out.String(), err
}
