package lint

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// A Summary is what is kept of an application once it is judged: who it is and
// what it emits.
type Summary struct {
	Dir  string
	To   []Destination
	refs []emitted
}

// An emitted is an object of a known namespace, without its version.
type emitted struct {
	ref manifest.Ref
	at  diag.Pos
}

// Summarise keeps what Shared needs of app. Objects whose namespace is not known
// are not kept: nobody can say what they meet.
func Summarise(app App, to []Destination) Summary {
	s := Summary{Dir: app.Dir, To: to}
	for _, o := range app.Objects {
		r := o.Ref()
		r.Version, r.Namespace = "", app.home(r)
		if r.Name == "" || r.Namespace == "" || len(argocd.RoleOf(o).Phases) == 0 {
			continue
		}
		s.refs = append(s.refs, emitted{r, o.Origin()})
	}
	return s
}

// Shared finds what more than one application emits. Argo CD lets them take it
// from each other, and deletes it for all when one of them lets go. Applications
// that are known to go to different clusters do not meet.
func Shared(all []Summary) []Finding {
	owners := map[manifest.Ref][]int{}
	for i, s := range all {
		for _, e := range s.refs {
			if list := owners[e.ref]; len(list) == 0 || list[len(list)-1] != i {
				owners[e.ref] = append(list, i)
			}
		}
	}
	// What two applications have in common is told once.
	pairs := map[[2]int][]emitted{}
	for i, s := range all {
		for _, e := range s.refs {
			for _, other := range owners[e.ref] {
				if other < i && mayMeet(all[other], s) {
					pairs[[2]int{other, i}] = append(pairs[[2]int{other, i}], e)
					break
				}
			}
		}
	}
	var out []Finding
	for _, pair := range slices.SortedFunc(maps.Keys(pairs), func(a, b [2]int) int {
		return cmp.Or(cmp.Compare(a[1], b[1]), cmp.Compare(a[0], b[0]))
	}) {
		out = append(out, shared(all[pair[0]], all[pair[1]], pairs[pair]))
	}
	return out
}

// shared is the finding about the objects that two applications emit.
func shared(first, second Summary, what []emitted) Finding {
	const shown = 3
	var names []string
	for _, e := range what[:min(len(what), shown)] {
		names = append(names, e.ref.String())
	}
	list := strings.Join(names, ", ")
	if more := len(what) - shown; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	p := what[0].at.Warningf("%s: want one application for an object, got %s and %s: each sync takes it from the other, and who is deleted takes it along", list, first.Dir, second.Dir).
		WithHint("give it to one of them; if they go to different clusters, keep their Applications in this repository, or use --disable %s", sharedObject)
	p.Rule = sharedObject
	return Finding{Problem: p, Apps: []string{second.Dir}}
}

// mayMeet reports whether two applications can be in one cluster.
func mayMeet(a, b Summary) bool {
	if len(a.To) == 0 || len(b.To) == 0 {
		return true
	}
	for _, x := range a.To {
		for _, y := range b.To {
			if x.Cluster == y.Cluster {
				return true
			}
		}
	}
	return false
}
