package inject

import (
	"cmp"
	"iter"
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// why stands in the object, for whoever comes across it.
const why = "Argo CD waits before it looks at what a wave has made, unless the wave is the last one. " +
	"There it can see the Job of the sync before, and take its end for that of the new one. " +
	"This object makes the wave of the hooks the last but one."

// A moment is a phase of a sync, by its place in argocd.Phases, and a wave of it.
type moment struct{ phase, wave int }

func (m moment) compare(other moment) int {
	return cmp.Or(cmp.Compare(m.phase, other.phase), cmp.Compare(m.wave, other.wave))
}

// moments are those at which a sync applies an object.
func moments(o manifest.Object) iter.Seq[moment] {
	return func(yield func(moment) bool) {
		for _, name := range argocd.RoleOf(o).Phases {
			if inSync(name) && !yield(moment{phase: slices.Index(argocd.Phases, name), wave: argocd.WaveOf(o)}) {
				return
			}
		}
	}
}

// endOf is the last moment at which a sync applies one of the objects, and whether
// a Job or a Pod is applied then.
func endOf(objects iter.Seq[manifest.Object]) (end moment, runs bool) {
	some := false
	for o := range objects {
		for m := range moments(o) {
			if !some || m.compare(end) > 0 {
				end, runs, some = m, false, true
			}
			runs = runs || m == end && runsToAnEnd(o)
		}
	}
	return end, runs
}

// last returns an object that comes after the last hook, if one of the objects that
// are applied last is a Job or a Pod.
//
// Argo CD judges a hook by a cache that is late by some tenths of a second. After
// every wave but the last it waits for two seconds (delayBetweenSyncWaves in its
// controller/sync.go); after the last it looks at once, may find the Job that it has
// just deleted, Succeeded, and be done before the new one has begun.
func last(objects iter.Seq[manifest.Object], pol policy.Policy, env Env, ns string) []manifest.Object {
	if len(pol.Hooks) == 0 && pol.HelmTests == "" {
		return nil
	}
	end, runs := endOf(objects)
	if !runs {
		return nil
	}
	annotations := hookAnnotations([]string{argocd.Phases[end.phase]}, []string{policy.BeforeHookCreation, hookSucceeded}, end.wave+1)
	metadata := map[string]any{
		"name":        ownName(env.App, "safesync-last"),
		"labels":      map[string]any{labelManagedBy: managedBy},
		"annotations": annotations,
	}
	if ns != "" {
		metadata["namespace"] = ns
	}
	return []manifest.Object{manifest.New(map[string]any{
		"apiVersion": "v1", "kind": kindConfigMap, "metadata": metadata, "data": map[string]any{"why": why},
	}, pol.At)}
}

// runsToAnEnd reports whether o is a hook whose end Argo CD waits for.
func runsToAnEnd(o manifest.Object) bool {
	return (o.Ref().Is("batch", kindJob) || o.Ref().Is("", kindPod)) && argocd.RoleOf(o).IsHook
}
