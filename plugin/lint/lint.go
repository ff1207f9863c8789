// Package lint judges applications: it finds in their finished objects what
// Argo CD and Kubernetes accept and people regret, and writes the findings in
// the forms that people, editors and CI systems read.
//
// It has one function for each rule, in one list. It knows what Argo CD and
// Kubernetes make of an object; it renders nothing, knows no policy language and
// changes nothing.
package lint

import (
	"fmt"
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// UnknownNamespace stands in for the destination of an application that needs
// one, where nobody knows it.
const UnknownNamespace = "unknown-namespace"

// An App is one application to judge.
type App struct {
	// Dir is its directory in the repository, with slashes; "." is the root.
	Dir string
	// Namespace is where objects without one go; "" if that is not known.
	Namespace string
	// To is where Applications of the repository put it.
	To []Destination
	// PolicyFile is its policy's path in the repository, and PolicyText what is in
	// it; nil if it could not be read.
	PolicyFile string
	PolicyText []byte
	// Rendered are the application's own objects, and Again the same rendered a
	// second time; nil if that was not done.
	Rendered, Again []manifest.Object
	// Objects are what Argo CD syncs: Rendered where the policy's part could not
	// be made.
	Objects []manifest.Object
	// Problems are what the pipeline said about the application.
	Problems []diag.Problem
	// Read returns what is in a file of the repository, and nothing of one that it
	// cannot read; nil leaves findings at the beginning of their objects.
	Read func(file string) []byte
	// subjects are the objects by what findings tell of them, and sources the files
	// that Read has returned.
	subjects map[subject]manifest.Object
	sources  map[string][]*sourceDocument
}

// Judge asks every rule about app. Each finding has the name of its rule; those
// of the rules in off are left out.
func Judge(app App, off []string) []Finding {
	var out []Finding
	add := func(p diag.Problem) {
		if !slices.Contains(off, p.Rule) {
			out = append(out, Finding{Problem: app.placed(p), Apps: []string{app.Dir}})
		}
	}
	for _, p := range app.Problems {
		if p.Rule == "" {
			p.Rule = Generate
		}
		add(p)
	}
	for _, r := range rules {
		if r.ask == nil || slices.Contains(off, r.Name) {
			continue
		}
		for _, p := range r.ask(&app) {
			p.Rule = r.Name
			add(p)
		}
	}
	return out
}

// at is the place of a field: the object's, with the path in it.
func at(o manifest.Object, path ...any) diag.Pos {
	p := o.Origin()
	p.Path = manifest.PathString(path...)
	return p
}

// called is how messages call o: one without a name, by what its name begins
// with, or by its kind.
func called(o manifest.Object) string {
	r := o.Ref()
	if r.Name != "" {
		return r.String()
	}
	if prefix := o.Text("metadata", "generateName"); prefix != "" {
		return fmt.Sprintf("%s %q…", r.Kind, prefix)
	}
	return r.Kind
}

// along is path with more at its end, in a list of its own.
func along(path []any, more ...any) []any { return append(slices.Clone(path), more...) }

// listAt is the list at a path; nil if there is none.
func listAt(o manifest.Object, path ...any) []any {
	value, _ := o.Get(path...)
	list, _ := value.([]any)
	return list
}

// textAt is the text under a key of what should be a mapping.
func textAt(value any, key string) string {
	m, _ := value.(map[string]any)
	text, _ := m[key].(string)
	return text
}

// has reports whether there is something at a path, null aside.
func has(o manifest.Object, path ...any) bool {
	value, _ := o.Get(path...)
	return value != nil
}
