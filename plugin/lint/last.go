package lint

import (
	"slices"
	"strconv"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// lastWave: Argo CD judges a hook by a cache that is late by some tenths of a
// second. After every wave but the last it waits; after the last it looks at once,
// and may find what it has just deleted. Nothing can be found of a hook that was
// deleted when it had succeeded.
//
// Where a hook before the sync is the last that is to be seen, what comes after it
// is in another source.
func lastWave(app *App) []diag.Problem {
	var end moment
	for _, o := range app.Objects {
		for _, m := range moments(o) {
			if m.after(end) {
				end = m
			}
		}
	}
	if argocd.Phases[end.phase] == "PreSync" {
		return nil
	}
	var out []diag.Problem
	for _, o := range app.Objects {
		if isLeft(o) && slices.Contains(moments(o), end) {
			out = append(out, at(o, "metadata", "annotations", hookKey(o)).
				Warningf("%s: want an object after the last hook of a sync, got none: Argo CD can take what the sync before left of it for the new one, which passes then without having run", called(o)).
				WithHint("write %s, which takes the log of a good run away; or add a ConfigMap with %s: %s and %s: %q, as a policy with hooks does",
					goneAtTheEnd(o), argocd.Hook, argocd.Phases[end.phase], argocd.Wave, strconv.Itoa(end.wave+1)))
		}
	}
	return out
}

// isLeft reports whether o is a hook whose end Argo CD waits for, and of which a
// sync that succeeds leaves what the next one deletes and makes again.
func isLeft(o manifest.Object) bool {
	if !runs(o) || !o.Ref().Is("batch", "Job") && !o.Ref().Is("", "Pod") || o.Ref().Name == "" {
		return false
	}
	policies := argocd.DeletePolicies(o)
	return slices.Contains(policies, "BeforeHookCreation") && !slices.Contains(policies, "HookSucceeded")
}

// goneAtTheEnd is the annotation by which nothing is left of o, in the words of
// the one that makes it a hook.
func goneAtTheEnd(o manifest.Object) string {
	if hookKey(o) == argocd.HelmHook {
		return argocd.HelmDeletePolicy + ": before-hook-creation,hook-succeeded"
	}
	return argocd.DeletePolicy + ": BeforeHookCreation,HookSucceeded"
}

// moments are those at which a sync applies o.
func moments(o manifest.Object) (out []moment) {
	for _, name := range argocd.RoleOf(o).Phases {
		if phase := slices.Index(argocd.Phases, name); phase <= slices.Index(argocd.Phases, "PostSync") {
			out = append(out, moment{phase, argocd.WaveOf(o)})
		}
	}
	return out
}
