package lint

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// A template is an ApplicationSet that makes an Application of each directory: the
// git generator's directories, as far as its template says no more than the
// directory's path.
type template struct {
	include, exclude []string
	// file has the ApplicationSet.
	file string
	// pattern is what the Applications would be, with the variables in it.
	pattern Destination
}

// templates lists the generators of directories of o.
func templates(o manifest.Object) []template {
	if !o.Ref().Is(argoGroup, "ApplicationSet") || has(o, "spec", "templatePatch") {
		return nil
	}
	at := []any{"spec", "template", "spec", "source"}
	source, _ := o.Get(at...)
	pattern := Destination{
		object:    o,
		at:        at,
		source:    mapping(source),
		Plugin:    pluginOf(source),
		Says:      saysOf(o),
		Name:      o.Text("spec", "template", "metadata", "name"),
		Dir:       o.Text("spec", "template", "spec", "source", "path"),
		RepoURL:   o.Text("spec", "template", "spec", "source", "repoURL"),
		Revision:  o.Text("spec", "template", "spec", "source", "targetRevision"),
		Project:   cmp.Or(o.Text("spec", "template", "spec", "project"), defaultProject),
		Cluster:   o.Text("spec", "template", "spec", "destination", "server") + o.Text("spec", "template", "spec", "destination", "name"),
		Namespace: o.Text("spec", "template", "spec", "destination", "namespace"),
	}
	var out []template
	for i := range listAt(o, "spec", "generators") {
		t := template{file: o.Origin().File, pattern: pattern}
		for _, d := range listAt(o, "spec", "generators", i, "git", "directories") {
			if mapping(d)["exclude"] == true {
				t.exclude = append(t.exclude, textAt(d, "path"))
			} else {
				t.include = append(t.include, textAt(d, "path"))
			}
		}
		if t.include != nil && t.pattern.Dir != "" {
			out = append(out, t)
		}
	}
	return out
}

// of is the Application that t makes of the directory; ok is false if it makes
// none, or if nobody but Argo CD can say so.
func (t template) of(dir string) (to Destination, ok bool) {
	in := func(patterns []string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool {
			match, err := path.Match(p, dir)
			return err == nil && match
		})
	}
	if !in(t.include) || in(t.exclude) {
		return Destination{}, false
	}
	to = t.pattern
	where, known := filledWith(to.Dir, dir)
	if !known || path.Clean(where) != dir {
		return Destination{}, false
	}
	to.Dir = dir
	name, knownName := filledWith(to.Name, dir)
	namespace, knownNamespace := filledWith(to.Namespace, dir)
	to.Name, to.Namespace = name, namespace
	return to, knownName && knownNamespace
}

// variable is one of a template, in either of Argo CD's two languages.
var variable = lazy.Regexp(`\{\{-?\s*(.*?)\s*-?\}\}`)

// segment is a part of the path, in both languages.
var segment = lazy.Regexp(`^(?:index \.path\.segments (\d+)|path\[(\d+)\])$`)

// filledWith fills a directory into a text; ok is false if the text has variables
// of another kind.
func filledWith(text, dir string) (out string, ok bool) {
	ok = true
	out = variable().ReplaceAllStringFunc(text, func(found string) string {
		name := variable().FindStringSubmatch(found)[1]
		value, known := valueOf(name, dir)
		ok = ok && known
		return value
	})
	return out, ok
}

func valueOf(name, dir string) (value string, ok bool) {
	switch name {
	case "path", ".path.path":
		return dir, true
	case "path.basename", ".path.basename":
		return path.Base(dir), true
	case "path.basenameNormalized", ".path.basenameNormalized":
		return normalised(path.Base(dir)), true
	}
	if m := segment().FindStringSubmatch(name); m != nil {
		n, err := strconv.Atoi(m[1] + m[2])
		if parts := strings.Split(dir, "/"); err == nil && n < len(parts) {
			return parts[n], true
		}
	}
	return "", false
}

// normalised is what Argo CD makes of a name that Kubernetes might not take.
func normalised(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(name))
	return strings.Trim(name, "-.")
}
