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
	Dir string
	To  []Destination
	// refs are the objects of a known namespace or of none, and lost the others.
	refs, lost []emitted
	// applications are where the Applications stand that it renders: their objects,
	// or their files where the renderer knows no more.
	applications []diag.Pos
}

// An emitted is an object without its version, in the namespace it ends up in.
type emitted struct {
	ref manifest.Ref
	at  diag.Pos
}

// Summarise keeps what Shared needs of app.
func Summarise(app App) Summary {
	s := Summary{Dir: app.Dir, To: app.To}
	for _, o := range app.Objects {
		if applicationSpec(o) != nil {
			s.applications = append(s.applications, o.Origin())
		}
		r := o.Ref()
		if r.Name == "" || len(argocd.RoleOf(o).Phases) == 0 {
			continue
		}
		r.Version, r.Namespace = "", app.home(r)
		wide := clusterWide(r)
		if wide {
			r.Namespace = ""
		}
		if wide || r.Namespace != "" {
			s.refs = append(s.refs, emitted{r, o.Origin()})
		} else {
			s.lost = append(s.lost, emitted{r, o.Origin()})
		}
	}
	return s
}

// wide are Kubernetes' own kinds that are in no namespace. Of others nobody here
// knows it.
var wide = map[string][]string{
	"":                             {"Namespace", "PersistentVolume"},
	"admissionregistration.k8s.io": {"MutatingWebhookConfiguration", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration"},
	"apiextensions.k8s.io":         {"CustomResourceDefinition"},
	"apiregistration.k8s.io":       {"APIService"},
	"networking.k8s.io":            {"IngressClass"},
	"node.k8s.io":                  {"RuntimeClass"},
	"rbac.authorization.k8s.io":    {"ClusterRole", "ClusterRoleBinding"},
	"scheduling.k8s.io":            {"PriorityClass"},
	"storage.k8s.io":               {"CSIDriver", "StorageClass", "VolumeAttributesClass"},
}

func clusterWide(r manifest.Ref) bool { return slices.Contains(wide[r.Group], r.Kind) }

// Shared finds what more than one application emits. Argo CD lets them take it
// from each other, and deletes it for all when one of them lets go. Applications
// that are known to go to different clusters do not meet. Of objects whose
// namespace nobody knows there is one note: they may meet.
//
// Two sources of one Application do not meet: what they both emit is one object.
func Shared(all []Summary) []Finding {
	var out []Finding
	for _, p := range inCommon(all, func(s Summary) []emitted { return s.refs }, mayMeet) {
		out = append(out, shared(all[p.first], all[p.second], p.what))
	}
	return slices.Concat(out, maybeShared(all), ofSources(all))
}

// A pair is what two applications have in common, by their numbers.
type pair struct {
	first, second int
	what          []emitted
}

// inCommon finds what applications emit that meet, in their order. What a third
// one has too is told once, with the first.
func inCommon(all []Summary, refs func(Summary) []emitted, meet func(a, b Summary) bool) []pair {
	owners := map[manifest.Ref][]int{}
	for i, s := range all {
		for _, e := range refs(s) {
			if list := owners[e.ref]; len(list) == 0 || list[len(list)-1] != i {
				owners[e.ref] = append(list, i)
			}
		}
	}
	found := map[[2]int][]emitted{}
	for i, s := range all {
		for _, e := range refs(s) {
			for _, other := range owners[e.ref] {
				if other < i && meet(all[other], s) {
					found[[2]int{other, i}] = append(found[[2]int{other, i}], e)
					break
				}
			}
		}
	}
	var out []pair
	for _, of := range slices.SortedFunc(maps.Keys(found), func(a, b [2]int) int {
		return cmp.Or(cmp.Compare(a[1], b[1]), cmp.Compare(a[0], b[0]))
	}) {
		out = append(out, pair{of[0], of[1], found[of]})
	}
	return out
}

// maybeShared is one note about all objects whose namespace is not known: to
// tell each would be to guess each time.
func maybeShared(all []Summary) []Finding {
	pairs := inCommon(all, func(s Summary) []emitted { return s.lost }, mayMeet)
	if len(pairs) == 0 {
		return nil
	}
	refs := map[manifest.Ref]bool{}
	for _, p := range pairs {
		for _, e := range p.what {
			refs[e.ref] = true
		}
	}
	first, second, e := all[pairs[0].first], all[pairs[0].second], pairs[0].what[0]
	more := ""
	if n := len(refs) - 1; n > 0 {
		more = fmt.Sprintf(" (and %s more)", many(n, "object"))
	}
	p := e.at.Notef("%s: %s and %s emit it%s, and nobody knows their namespaces: in one, each sync would take it from the other", e.ref, first.Dir, second.Dir, more).
		WithHint("keep the Applications in this repository, or give --namespace")
	p.Rule = sharedObject
	return []Finding{{Problem: p, Apps: []string{second.Dir}}}
}

// shared is the finding about the objects that two applications emit.
func shared(first, second Summary, what []emitted) Finding {
	p := what[0].at.Warningf("%s: want one application for an object, got %s and %s: each sync takes it from the other, and who is deleted takes it along", named(what), first.Dir, second.Dir).
		WithHint("give it to one of them; if they go to different clusters, keep their Applications in this repository, or use --disable %s", sharedObject)
	p.Rule = sharedObject
	return Finding{Problem: p, Apps: []string{second.Dir}}
}

func named(what []emitted) string {
	var names []string
	for _, e := range what {
		names = append(names, e.ref.String())
	}
	return firstOf(names)
}

// firstOf is the first of what is named, and how much more there is.
func firstOf(names []string) string {
	const shown = 3
	list := strings.Join(names[:min(len(names), shown)], ", ")
	if more := len(names) - shown; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}

// mayMeet reports whether two directories can be those of two applications in one
// cluster.
func mayMeet(a, b Summary) bool {
	if _, same := oneApplication(a, b); same {
		return false
	}
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
