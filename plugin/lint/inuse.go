package lint

import (
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// hookInUse: Argo CD deletes a hook to make it again, and with a claim its data.
// Pods that are no hooks still have what is deleted.
func hookInUse(app *App) []diag.Problem {
	used := inUse(app)
	var out []diag.Problem
	for _, o := range app.Objects {
		policy := deletedBy(o)
		if policy == "" || o.Ref().Group != "" {
			continue
		}
		user, found := used[manifest.Ref{Kind: o.Ref().Kind, Namespace: app.home(o.Ref()), Name: o.Ref().Name}]
		comes := "its data goes with it"
		switch {
		case found:
			comes = called(user) + " uses it"
		case !o.Ref().Is("", "PersistentVolumeClaim"):
			continue
		}
		out = append(out, at(o, "metadata", "annotations", hookKey(o)).
			Warningf("%s: want a part of the application, got a hook with %s: Argo CD deletes it in each sync, and %s", called(o), policy, comes).
			WithHint("remove %s; a hook that needs it can run with %s: Sync, in the same wave or a later one", hookKey(o), argocd.Hook))
	}
	return out
}

// deletedBy is the policy by which a hook is deleted in each sync; "" if it is
// not.
func deletedBy(o manifest.Object) string {
	if !runsInSync(o) {
		return ""
	}
	policies := argocd.DeletePolicies(o)
	for _, p := range []string{"BeforeHookCreation", "HookSucceeded"} {
		if slices.Contains(policies, p) {
			return p
		}
	}
	return ""
}

// runsInSync reports whether o is a hook of a sync, and not of a deletion alone.
func runsInSync(o manifest.Object) bool {
	return runs(o) && slices.ContainsFunc(argocd.RoleOf(o).Phases, func(phase string) bool { return !strings.HasSuffix(phase, "Delete") })
}

// hookKey is the annotation that makes o a hook.
func hookKey(o manifest.Object) string {
	if o.Annotation(argocd.Hook) == "" {
		return argocd.HelmHook
	}
	return argocd.Hook
}

// inUse is what pods that are no hooks use, with the first object that makes such
// pods.
func inUse(app *App) map[manifest.Ref]manifest.Object {
	out := map[manifest.Ref]manifest.Object{}
	for _, o := range app.Objects {
		spec := podSpec(o)
		if spec == nil || argocd.RoleOf(o).IsHook {
			continue
		}
		for _, n := range needs(o, spec) {
			if _, ok := out[n.ref(app, o)]; !ok {
				out[n.ref(app, o)] = o
			}
		}
	}
	return out
}
