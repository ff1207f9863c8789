package lint

import (
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// hookStays: applying a hook that is still there changes nothing, and Argo CD
// takes the old verdict for the new one. What has no verdict may stay, and hooks of
// a deletion have no next sync.
func hookStays(o manifest.Object) []diag.Problem {
	policies := argocd.DeletePolicies(o)
	if !ends(o) || !runsInSync(o) || o.Ref().Name == "" || slices.Contains(policies, "BeforeHookCreation") {
		return nil
	}
	key := deletePolicyKey(o)
	where := at(o, "metadata", "annotations", key)
	warn := func(why string) diag.Problem {
		return where.Warningf("%s: want BeforeHookCreation beside %s: %s", called(o), policies[0], why)
	}
	onlyInFailed := !slices.ContainsFunc(argocd.RoleOf(o).Phases, func(phase string) bool { return phase != "SyncFail" })
	var found diag.Problem
	switch succeeded, failed := slices.Contains(policies, "HookSucceeded"), slices.Contains(policies, "HookFailed"); {
	case failed && (succeeded || onlyInFailed):
		found = where.Notef("%s: want BeforeHookCreation beside %s: if a sync is terminated after the hook, it stays, and the next sync takes its old result", called(o), strings.Join(policies, " and "))
	case failed:
		found = warn("once a sync has succeeded the hook stays, and later syncs take its old success without running it")
	case onlyInFailed:
		found = warn("the hook stays until a sync succeeds, and a sync that fails before that does not run it")
	default:
		found = warn("once the hook has failed it stays, and every later sync fails on it at once")
	}
	advice := "BeforeHookCreation,HookSucceeded"
	if key == argocd.HelmDeletePolicy {
		advice = "before-hook-creation,hook-succeeded"
	}
	return []diag.Problem{found.WithHint("write %s", advice)}
}

// ends reports whether o is of a kind that runs to an end, which Argo CD takes for
// the verdict of a hook.
func ends(o manifest.Object) bool {
	r := o.Ref()
	return r.Is("batch", "Job") || r.Is("", "Pod") || r.Is("argoproj.io", "Workflow")
}
