package lint

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// A Destination is where an Application puts a directory of the repository.
type Destination struct {
	// Name is the Application's, and Dir the source's path.
	Name, Dir string
	// RepoURL is the source's repository, Revision what it asks for of it, and Project
	// the Application's. Of an ApplicationSet they may have its variables in them.
	RepoURL, Revision, Project string
	// Cluster is the destination's server or name, and Namespace its namespace.
	Cluster, Namespace string
	// At is where the Application stands, and Retry what it says of tries after a
	// failure; those of an ApplicationSet are not known.
	At    diag.Pos
	Retry map[string]any
	// Plugin is what the source says of its plugin: parameters and env. What only
	// Argo CD can fill in is left out.
	Plugin map[string]any
	// Says is all that the Application, or its ApplicationSet, says: see Differ.
	Says map[string]any
	// object has the source, at a path in it.
	object manifest.Object
	at     []any
	source map[string]any
}

// defaultProject is that of an Application that names none.
const defaultProject = "default"

// destinations lists what an Application says. Paths that only Argo CD can fill
// in are left out.
func destinations(o manifest.Object) []Destination {
	if !o.Ref().Is(argoGroup, "Application") {
		return nil
	}
	retry, _ := o.Get("spec", "syncPolicy", "retry")
	to := Destination{
		Name:      o.Ref().Name,
		At:        o.Origin(),
		Retry:     mapping(retry),
		Says:      saysOf(o),
		Cluster:   o.Text("spec", "destination", "server") + o.Text("spec", "destination", "name"),
		Namespace: o.Text("spec", "destination", "namespace"),
		Project:   cmp.Or(o.Text("spec", "project"), defaultProject),
	}
	to.object, to.at = o, []any{"spec", "source"}
	sources := listAt(o, "spec", "sources")
	many := sources != nil
	if !many {
		source, _ := o.Get(to.at...)
		sources = []any{source}
	}
	var out []Destination
	for i, s := range sources {
		dir := textAt(s, "path")
		if dir == "" || textAt(s, "chart") != "" || strings.Contains(dir+to.Namespace+to.Cluster, "{{") {
			continue
		}
		if many {
			to.at = []any{"spec", "sources", i}
		}
		to.Dir, to.RepoURL, to.Revision = path.Clean(dir), textAt(s, "repoURL"), textAt(s, "targetRevision")
		to.Plugin, to.source = pluginOf(s), mapping(s)
		out = append(out, to)
	}
	return out
}

// pluginOf is what a source says of its plugin; nil if that has variables of an
// ApplicationSet in it.
func pluginOf(source any) map[string]any {
	p := mapping(mapping(source)["plugin"])
	if strings.Contains(fmt.Sprint(p), "{{") {
		return nil
	}
	return p
}

// NamespaceOf is the namespace that all destinations have; "" if they disagree or
// there is none.
func NamespaceOf(to []Destination) string {
	for _, d := range to {
		if d.Namespace != to[0].Namespace {
			return ""
		}
	}
	if len(to) == 0 {
		return ""
	}
	return to[0].Namespace
}
