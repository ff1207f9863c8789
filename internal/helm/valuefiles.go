package helm

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// A valueFile is one that was asked for.
type valueFile struct {
	// name is its path in the repository, or its address if it is remote.
	name         string
	remote, glob bool
	// shown is the address as messages have it.
	shown string
	// at is the place that asks for it.
	at diag.Pos
}

// missing is the problem that there is no such file.
func (f valueFile) missing() diag.Problem {
	return f.at.Problemf("want a file of the repository, got %q, which does not exist", f.name)
}

// valueFiles are the value files in the order in which they are merged, as Argo
// CD finds them: a glob stands for the files that it matches, sorted, without
// those that have an entry of their own; a file counts once, where it comes first.
func (r *run) valueFiles() ([]valueFile, error) {
	asked := make([]valueFile, len(r.opts.ValueFiles))
	own := map[string]bool{}
	for i, text := range r.opts.ValueFiles {
		f, err := r.resolve(diag.Pos{Path: fmt.Sprintf("source.helm.valueFiles[%d]", i)}, text)
		if err != nil {
			return nil, err
		}
		asked[i] = f
		own[f.name] = own[f.name] || !f.glob
	}
	var files []valueFile
	seen := map[string]bool{}
	for _, f := range asked {
		found, err := r.find(f, own)
		if err != nil {
			return nil, err
		}
		for _, one := range found {
			if !seen[one.name] {
				files = append(files, one)
			}
			seen[one.name] = true
		}
	}
	return files, nil
}

// resolve says which file a text means, without looking whether there is one.
func (r *run) resolve(at diag.Pos, text string) (valueFile, error) {
	if address, err := url.Parse(text); err == nil && address.Scheme != "" {
		web := strings.EqualFold(address.Scheme, "https") || strings.EqualFold(address.Scheme, "http")
		if !web || !r.opts.RemoteValues {
			return valueFile{}, at.Problemf("want a path in the repository, got %q on another host", shown(address)).
				WithHint("copy it into the repository; only the sidecar's configuration can allow other hosts (guardrails.allowRemoteBases)")
		}
		return valueFile{name: text, shown: shown(address), remote: true, at: at}, nil
	}
	name := path.Join(escapeGlob(r.app, text), text)
	if strings.HasPrefix(text, "/") {
		name = path.Clean(strings.TrimLeft(text, "/"))
	}
	if name == "." || !fs.ValidPath(name) {
		return valueFile{}, at.Problemf("want a file inside the repository, got %q", text)
	}
	return valueFile{name: name, glob: strings.ContainsAny(text, globSigns), at: at}, nil
}

// find looks for what an entry stands for. Own are the entries that are no globs.
func (r *run) find(f valueFile, own map[string]bool) ([]valueFile, error) {
	if f.glob {
		return r.matches(f, own)
	}
	if _, err := r.repo.Stat(f.name); !f.remote && errors.Is(err, fs.ErrNotExist) && r.opts.IgnoreMissingValues {
		return nil, nil
	}
	return []valueFile{f}, nil
}

// matches are the files that a glob stands for, in doublestar's own order, as for
// Argo CD: what matches in a directory comes before what is below it. A directory
// among them, which Helm cannot read, or a symlink to nothing is a problem there too.
func (r *run) matches(f valueFile, own map[string]bool) ([]valueFile, error) {
	names, err := doublestar.Glob(r.repo.FS(), f.name)
	if err != nil {
		return nil, f.at.Problemf("want a glob, got %q", f.name)
	}
	if len(names) == 0 && !r.opts.IgnoreMissingValues {
		return nil, f.at.Problemf("want a glob that matches a file of the repository, got %q, which matches none", f.name)
	}
	var files []valueFile
	for _, name := range names {
		info, err := r.repo.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, f.at.Problemf("want a glob that matches files, got %q, which matches %s, a symlink to nothing", f.name, name)
		case own[name]:
		case err == nil && info.IsDir():
			return nil, f.at.Problemf("want a glob that matches files, got %q, which matches the directory %s", f.name, name).
				WithHint("let it end as the files do, such as with *.yaml")
		default:
			files = append(files, valueFile{name: name, at: f.at})
		}
	}
	return files, nil
}

// globSigns are what makes a path a glob for Argo CD.
const globSigns = "*?["

// escapeGlob keeps the chart's own path plain text in front of a glob.
func escapeGlob(dir, pattern string) string {
	if !strings.ContainsAny(pattern, globSigns) {
		return dir
	}
	var b strings.Builder
	for _, r := range dir {
		if strings.ContainsRune(`*?[]{}\`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
