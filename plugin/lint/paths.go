package lint

import (
	"path"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// manifestGeneratePaths is Argo CD's annotation on an Application.
const manifestGeneratePaths = "argocd." + argoGroup + "/manifest-generate-paths"

// generatePaths judges what is certain: the files that objects come from, which is
// a preset for those of its hooks, and the policies of the application and of the
// children of an app of apps. What else a renderer reads, such as values, nobody
// here knows.
func generatePaths(app *App) []diag.Problem {
	var out []diag.Problem
	for _, to := range app.To {
		paths := to.paths()
		if paths == nil {
			continue
		}
		missing := slices.DeleteFunc(app.madeOf(to), func(file string) bool { return counts(paths, "/"+file) })
		if len(missing) == 0 {
			continue
		}
		out = append(out, app.elsewhere(to, at(to.object, "metadata", "annotations", manifestGeneratePaths).
			Warningf("%s: want a path to each file that it is made of, got none to %s: after a commit that touches nothing else Argo CD keeps the old manifests", called(to.object), firstOf(missing)).
			WithHint("add %s", strings.Join(directoriesOf(missing), ";"))))
	}
	return out
}

// paths reads the annotation; nil if there is none, or if Argo CD takes the paths
// from elsewhere. That of an ApplicationSet is not its Applications'.
func (d Destination) paths() []string {
	if !d.object.Ref().Is(argoGroup, "Application") || has(d.object, "spec", "sourceHydrator") {
		return nil
	}
	var out []string
	for item := range strings.SplitSeq(d.object.Annotation(manifestGeneratePaths), ";") {
		item = strings.TrimSpace(item)
		switch {
		case item == "":
		case path.IsAbs(item):
			out = append(out, path.Clean(item))
		default:
			out = append(out, path.Join("/", d.Dir, item))
		}
	}
	return out
}

// madeOf lists files that the application is made of, sorted.
func (app *App) madeOf(to Destination) []string {
	out := []string{app.PolicyFile}
	for _, o := range slices.Concat(app.Rendered, app.Objects) {
		out = append(out, o.Origin().File)
	}
	for _, o := range app.Objects {
		for _, child := range destinations(o) {
			if child.RepoURL == to.RepoURL {
				out = append(out, path.Join(child.Dir, path.Base(app.PolicyFile)))
			}
		}
	}
	slices.Sort(out)
	// The origin of what comes from elsewhere is no file of the repository.
	return slices.DeleteFunc(slices.Compact(out), func(file string) bool { return app.Read == nil || app.Read(file) == nil })
}

// counts reports whether Argo CD looks at an application with these paths when the
// file has changed: a path is a file, a directory or a pattern.
func counts(paths []string, file string) bool {
	return slices.ContainsFunc(paths, func(p string) bool {
		match, err := path.Match(p, file)
		return p == "/" || file == p || strings.HasPrefix(file, p+"/") || err == nil && match
	})
}

// directoriesOf names where files are, from the root of the repository: a file in
// the root by itself.
func directoriesOf(files []string) []string {
	var out []string
	for _, file := range files {
		if dir := path.Dir(file); dir != "." {
			file = dir
		}
		out = append(out, "/"+file)
	}
	return slices.Compact(out)
}
