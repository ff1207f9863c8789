package inject

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

const groupArgo = "argoproj.io"

// specPaths says where the kinds of Argo CD keep the spec of an Application. An
// ApplicationSet has a syncPolicy of its own too, which means something else.
var specPaths = map[string][]any{
	"Application":    {"spec"},
	"ApplicationSet": {"spec", "template", "spec"},
}

// specPath is where o keeps the spec of an Application; nil if it is no such
// object. Other groups have an Application too.
func specPath(o manifest.Object) []any {
	if r := o.Ref(); r.Group == groupArgo {
		return specPaths[r.Kind]
	}
	return nil
}

// applications is what is known about the Applications among the objects.
type applications struct {
	env      Env
	children map[string]Child
}

// policies are the policies of the Application at spec in o, in the order of its
// sources.
func (a applications) policies(o manifest.Object, spec []any) []Child {
	if len(a.children) == 0 {
		return nil
	}
	var out []Child
	for _, source := range sources(o, spec) {
		if dir, ok := sourceDir(o, source, a.env); ok {
			if c, ok := a.children[dir]; ok {
				out = append(out, c)
			}
		}
	}
	return out
}

// ChildPaths returns the directories of this repository that rendered
// Applications have as their sources: clean, relative to its root, sorted and
// without repeats. A source is of this repository if its repoURL names the one of
// env, whatever the protocol and user; without one in env, every source is.
func ChildPaths(objects []manifest.Object, env Env) []string {
	seen := map[string]bool{}
	for _, o := range objects {
		for _, source := range sources(o, specPath(o)) {
			if dir, ok := sourceDir(o, source, env); ok {
				seen[dir] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// sources are the paths of the sources of the Application at spec. Argo CD does
// not look at source when there are sources.
func sources(o manifest.Object, spec []any) [][]any {
	if spec == nil {
		return nil
	}
	var out [][]any
	for i := range listAt(o, along(spec, "sources")...) {
		out = append(out, along(spec, "sources", i))
	}
	if out == nil {
		out = [][]any{along(spec, "source")}
	}
	return out
}

// sourceDir is the directory of this repository that the source is, if it is
// one. A templated path is opaque: which directories it means is not known here.
func sourceDir(o manifest.Object, source []any, env Env) (string, bool) {
	dir := o.Text(along(source, "path")...)
	chart := o.Text(along(source, "chart")...)
	if dir == "" || chart != "" || strings.Contains(dir, "{{") || path.IsAbs(dir) {
		return "", false
	}
	dir = path.Clean(dir)
	if dir == ".." || strings.HasPrefix(dir, "../") {
		return "", false
	}
	url := o.Text(along(source, "repoURL")...)
	return dir, env.RepoURL == "" || repository(url) == repository(env.RepoURL)
}

// SameRepository reports whether two Git URLs name the same repository, whatever
// the protocol and user.
func SameRepository(a, b string) bool { return repository(a) == repository(b) }

// repository is what a Git URL names: host and path, without the protocol and
// user, which differ for people and for machines.
func repository(url string) string {
	url = strings.ToLower(strings.TrimSpace(url))
	_, rest, hasScheme := strings.Cut(url, "://")
	rest = cmp.Or(rest, url)
	host, file, _ := strings.Cut(rest, "/")
	if _, after, ok := strings.Cut(host, "@"); ok {
		host = after
	}
	if !hasScheme { // git@host:path
		host = strings.Replace(host, ":", "/", 1)
	}
	return strings.TrimSuffix(strings.TrimSuffix(host+"/"+file, "/"), ".git")
}
