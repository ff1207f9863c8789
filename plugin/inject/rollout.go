package inject

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// A workload says how a kind rolls.
type workload struct {
	// group is its API group; apps without one.
	group string
	// strategy is the key of spec that holds it.
	strategy string
	// partition: pods are numbered, and those below it keep the old revision.
	partition bool
	// surge and unavailable are what the API fills in; an empty surge means that
	// the kind has none.
	surge, unavailable string
}

var workloads = map[string]workload{
	"Deployment":  {strategy: "strategy", surge: "25%", unavailable: "25%"},
	"StatefulSet": {strategy: "updateStrategy", unavailable: "1", partition: true},
	"DaemonSet":   {strategy: "updateStrategy", surge: "0", unavailable: "1"},
	// The operator hands it on to the StatefulSet that it makes, and that nobody
	// else may change.
	"Prometheus": {group: "monitoring.coreos.com", strategy: "updateStrategy", unavailable: "1"},
}

// rollouts returns the objects with the rolling update of the first entry that
// matches each.
func rollouts(objects []manifest.Object, entries []policy.Rollout, env Env, said *diag.List) []manifest.Object {
	out := slices.Clone(objects)
	used := make([]bool, len(entries))
	for i, o := range objects {
		first := -1
		for j, entry := range entries {
			if matches(entry.Match, o, env) {
				used[j] = true
				if first < 0 {
					first = j
				}
			}
		}
		if first >= 0 {
			r := rolling{object: o, entry: entries[first], kind: workloads[o.Ref().Kind], claims: claims{objects, env}}
			out[i] = r.roll(said)
		}
	}
	for j, entry := range entries {
		if !used[j] && !entry.Optional {
			said.Add(unmatched(entry, objects, env))
		}
	}
	return out
}

// matches reports whether all that m gives holds for o.
func matches(m policy.Match, o manifest.Object, env Env) bool {
	id := identityOf(o, env)
	if id.group != cmp.Or(workloads[m.Kind].group, "apps") || id.kind != m.Kind {
		return false
	}
	if m.Name != "" && m.Name != id.name || m.Namespace != "" && m.Namespace != id.namespace {
		return false
	}
	for k, v := range m.Labels {
		if o.Label(k) != v {
			return false
		}
	}
	return true
}

// unmatched says what there is instead: most often a name has changed.
func unmatched(entry policy.Rollout, objects []manifest.Object, env Env) diag.Problem {
	var there []string
	for _, o := range objects {
		if matches(policy.Match{Kind: entry.Match.Kind}, o, env) {
			there = append(there, place(o))
		}
	}
	slices.Sort(there)
	p := under(entry.At, "match").Problemf("no rendered %s matches", entry.Match.Kind)
	if len(there) == 0 {
		return p.WithHint("none is rendered at all; optional: true accepts that")
	}
	return p.WithHint("rendered: %s; optional: true accepts that none matches", strings.Join(there, ", "))
}

// A rolling is a workload and the entry that it gets.
type rolling struct {
	object manifest.Object
	entry  policy.Rollout
	kind   workload
	claims claims
}

// roll sets what the entry gives, unless that would break the application.
func (r rolling) roll(said *diag.List) manifest.Object {
	if r.refused(said) {
		return r.object
	}
	e := edit{object: r.object, asked: r.entry.At, said: said}
	if r.touchesStrategy() {
		// Before the change, while what was read of the object is still there.
		r.checkNumbers(said)
		r.warn(said)
		r.setStrategy(&e)
	}
	if s := r.entry.MinReadySeconds; s != nil {
		path := []any{"spec", "minReadySeconds"}
		if old, _ := r.object.Get(path...); old == int64(0) && *s != 0 {
			e.set(*s, path...) // charts write the 0 that Kubernetes has without it
		} else {
			e.put(*s, path...)
		}
		r.checkDeadline(*s, said)
	}
	return e.object
}

func (r rolling) touchesStrategy() bool {
	return r.entry.MaxSurge != nil || r.entry.MaxUnavailable != nil || r.entry.Partition != nil
}

// setStrategy sets as much as it can at once: the text is read again after each change.
func (r rolling) setStrategy(e *edit) {
	const kind = "RollingUpdate"
	numbers := r.asked()
	if _, has := e.object.Get("spec", r.kind.strategy); !has {
		e.set(manifest.Ordered{{Key: "type", Value: kind}, {Key: "rollingUpdate", Value: numbers}}, "spec", r.kind.strategy)
		return
	}
	e.put(kind, "spec", r.kind.strategy, "type")
	all := []any{"spec", r.kind.strategy, "rollingUpdate"}
	if _, has := e.object.Get(all...); !has && !e.broken {
		e.set(numbers, all...)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(numbers)) {
		e.put(numbers[key], r.number(key)...)
	}
}

// asked are the numbers that the entry gives.
func (r rolling) asked() map[string]any {
	numbers := map[string]any{}
	if v := r.entry.MaxSurge; v != nil {
		numbers["maxSurge"] = v.Value()
	}
	if v := r.entry.MaxUnavailable; v != nil {
		numbers["maxUnavailable"] = v.Value()
	}
	if v := r.entry.Partition; v != nil {
		numbers["partition"] = *v
	}
	return numbers
}

// number is the path of a number of the rolling update.
func (r rolling) number(key string) []any {
	return []any{"spec", r.kind.strategy, "rollingUpdate", key}
}

// numbers are what the rolling update comes to: the entry's, else the object's
// own, else the API's.
func (r rolling) numbers() (surge, unavailable string) {
	return r.effective("maxSurge", r.entry.MaxSurge, r.kind.surge),
		r.effective("maxUnavailable", r.entry.MaxUnavailable, r.kind.unavailable)
}

func (r rolling) effective(key string, asked *policy.IntOrPercent, otherwise string) string {
	if asked != nil {
		return asked.String()
	}
	if v, _ := r.object.Get(r.number(key)...); v != nil {
		return fmt.Sprint(v)
	}
	return otherwise
}

// checkNumbers finds numbers that the API refuses together, some of which the
// object had before.
func (r rolling) checkNumbers(said *diag.List) {
	surge, unavailable := r.numbers()
	switch {
	case zero(surge) && zero(unavailable):
		said.Add(r.entry.At.Problemf("%s: maxSurge and maxUnavailable are both 0: no pod could ever be replaced", place(r.object)))
	case r.object.Ref().Kind == "DaemonSet" && !zero(surge) && !zero(unavailable):
		said.Add(r.entry.At.Problemf("%s: want one of maxSurge and maxUnavailable to be 0, got %s and %s", place(r.object), surge, unavailable).
			WithHint("a DaemonSet either surges or takes pods away first; write both numbers"))
	}
}

// checkDeadline wants pods to be available before a Deployment gives up, which
// the API wants too. Without a deadline it is 600 seconds.
func (r rolling) checkDeadline(ready int64, said *diag.List) {
	deadline := int64(600)
	v, _ := r.object.Get("spec", "progressDeadlineSeconds")
	if own, ok := v.(int64); ok {
		deadline = own
	}
	if r.object.Ref().Kind == "Deployment" && ready >= deadline {
		said.Add(under(r.entry.At, "minReadySeconds").Problemf("%s: want less than its progressDeadlineSeconds, which is %d, got %d", place(r.object), deadline, ready))
	}
}

// zero reports whether a number of pods is none; a kind without surge has none.
func zero(number string) bool { return strings.TrimSuffix(number, "%") == "0" || number == "" }

// warn says what the numbers do that one may not expect.
func (r rolling) warn(said *diag.List) {
	if r.kind.group != "" {
		said.Add(r.entry.At.Warningf("%s: its updateStrategy needs the Prometheus Operator 0.88 or later; the definition of an older one drops the field, or refuses it", place(r.object)))
	}
	if r.kind.partition && r.entry.MaxUnavailable != nil {
		said.Add(under(r.entry.At, "maxUnavailable").Warningf("%s: Kubernetes before 1.37 drops maxUnavailable of a StatefulSet unless the feature gate MaxUnavailableStatefulSet is on, and Argo CD then shows a difference for ever", place(r.object)))
	}
	if p := r.entry.Partition; p != nil && *p > 0 {
		said.Add(under(r.entry.At, "partition").Warningf("%s: pods with a number below %d keep the old revision, and Argo CD calls it healthy all the same", place(r.object), *p))
	}
	r.warnOne(said)
}

// warnOne says that the only pod goes before the next one comes.
func (r rolling) warnOne(said *diag.List) {
	surge, unavailable := r.entry.MaxSurge, r.entry.MaxUnavailable
	never := r.object.Ref().Kind == "Deployment" && surge != nil && surge.Int == 0 && unavailable != nil && unavailable.Int > 0
	if n, ok := r.object.Get("spec", "replicas"); ok && n != int64(1) || !r.kind.partition && !never {
		return
	}
	why := ""
	if volume, once := r.onceVolume(); volume != "" {
		why = fmt.Sprintf("; a second one beside it would need its volume %s, and %s", volume, once)
	}
	said.Add(r.entry.At.Warningf("%s has one replica: its pod is taken away before the new one starts%s", place(r.object), why))
}
