package lint

import (
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// runs reports whether o is a hook that Argo CD applies in a phase.
func runs(o manifest.Object) bool {
	role := argocd.RoleOf(o)
	return role.IsHook && len(role.Phases) > 0
}

// isHookJob is the same for Jobs.
func isHookJob(o manifest.Object) bool { return o.Ref().Is("batch", "Job") && runs(o) }

// hookDeadline: Argo CD takes a Job's verdict from its conditions, and a Job
// whose pod cannot start gets one only from its deadline. A Pod by itself has its
// verdict when it ends.
func hookDeadline(o manifest.Object) []diag.Problem {
	isPod := o.Ref().Is("", "Pod") && runs(o)
	if !isPod && !isHookJob(o) || has(o, "spec", "activeDeadlineSeconds") {
		return nil
	}
	where := at(o, "spec", "activeDeadlineSeconds")
	if isPod {
		return []diag.Problem{where.
			Warningf("%s: want a deadline on a hook, got none: if it hangs, the sync never ends and is never tried again", called(o)).
			WithHint("set activeDeadlineSeconds to more than it ever takes, such as 600; better make it a Job, whose deadline counts while no node takes the pod, too")}
	}
	return []diag.Problem{where.
		Warningf("%s: want a deadline on a hook, got none: if its pod cannot start, the sync never ends and is never tried again", called(o)).
		WithHint("set activeDeadlineSeconds to more than it ever takes, such as 600")}
}

func hookTTL(o manifest.Object) []diag.Problem {
	if !isHookJob(o) || !has(o, "spec", "ttlSecondsAfterFinished") {
		return nil
	}
	return []diag.Problem{at(o, "spec", "ttlSecondsAfterFinished").
		Warningf("%s: want no ttlSecondsAfterFinished on a hook: it takes the log away, and before Argo CD 3.0 the sync waits for a Job that is gone", called(o)).
		WithHint("leave the deletion to Argo CD: annotate it with %s: BeforeHookCreation", argocd.DeletePolicy)}
}

func hookGenerateName(o manifest.Object) []diag.Problem {
	if o.Text("metadata", "generateName") == "" || o.Ref().Name != "" || !runs(o) {
		return nil
	}
	return []diag.Problem{at(o, "metadata", "generateName").
		Warningf("%s: want a fixed name for a hook, got generateName: BeforeHookCreation finds nothing to delete, and every sync leaves one more", called(o)).
		WithHint("use metadata.name, and %s: BeforeHookCreation", argocd.DeletePolicy)}
}

// deletePolicyKey is the annotation that says when o is deleted.
func deletePolicyKey(o manifest.Object) string {
	if o.Annotation(argocd.DeletePolicy) == "" && o.Annotation(argocd.HelmDeletePolicy) != "" {
		return argocd.HelmDeletePolicy
	}
	return argocd.DeletePolicy
}

// unknownDeletePolicy: Argo CD drops a value that it does not know, and what is
// left may be nothing, which means BeforeHookCreation.
func unknownDeletePolicy(o manifest.Object) []diag.Problem {
	var out []diag.Problem
	for _, of := range []struct {
		key   string
		known []string
	}{
		{argocd.DeletePolicy, []string{"BeforeHookCreation", "HookSucceeded", "HookFailed"}},
		{argocd.HelmDeletePolicy, []string{"before-hook-creation", "hook-succeeded", "hook-failed"}},
	} {
		for item := range strings.SplitSeq(o.Annotation(of.key), ",") {
			item = strings.TrimSpace(item)
			if item == "" || slices.Contains(of.known, item) {
				continue
			}
			out = append(out, at(o, "metadata", "annotations", of.key).
				Warningf("%s: want one of %s, got %q: Argo CD drops it without a word", called(o), strings.Join(of.known, ", "), item))
		}
	}
	return out
}
