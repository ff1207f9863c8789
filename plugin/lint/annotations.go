package lint

import (
	"slices"
	"strconv"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

func helmAndArgoHook(o manifest.Object) []diag.Problem {
	argo, helm := o.Annotation(argocd.Hook), o.Annotation(argocd.HelmHook)
	if argo == "" || helm == "" {
		return nil
	}
	return []diag.Problem{at(o, "metadata", "annotations", argocd.HelmHook).
		Warningf("%s: want a hook of Argo CD or of Helm, got both (%q and %q): Argo CD does not look at Helm's, but still at its weight and delete policy", called(o), argo, helm).
		WithHint("keep %s, and remove the helm.sh annotations", argocd.Hook)}
}

// hookedCustomResource: a hook is not a part of the application, and what a
// custom resource stands for goes away with it.
func hookedCustomResource(o manifest.Object) []diag.Problem {
	helm := o.Annotation(argocd.HelmHook)
	if helm == "" || o.Annotation(argocd.Hook) != "" || !runs(o) || !isCustom(o.Ref().Group) {
		return nil
	}
	if !slices.Contains(argocd.DeletePolicies(o), "BeforeHookCreation") {
		return nil
	}
	return []diag.Problem{at(o, "metadata", "annotations", argocd.HelmHook).
		Warningf("%s: want a part of the application, got a hook (%q): Argo CD deletes it and makes it again in every sync, and does not see when somebody changes it", called(o), helm).
		WithHint("remove %s; if it must come before others, give it an %s", argocd.HelmHook, argocd.Wave)}
}

// isCustom reports whether an API group is neither Kubernetes' own nor one whose
// objects are made to be run once.
func isCustom(group string) bool {
	return strings.Contains(group, ".") && !strings.HasSuffix(group, ".k8s.io") && group != "argoproj.io" && group != "tekton.dev"
}

// hookOnPodTemplate: what is on a pod template is for pods, which Argo CD does
// not apply. A copy of the object's own annotation, as kustomize makes them, does
// no harm.
func hookOnPodTemplate(o manifest.Object) []diag.Problem {
	spec := podSpec(o)
	if spec == nil || o.Ref().Kind == "Pod" {
		return nil
	}
	var out []diag.Problem
	for _, key := range []string{argocd.Hook, argocd.HelmHook} {
		path := along(spec[:len(spec)-1], "metadata", "annotations", key)
		if o.Text(path...) == "" || o.Annotation(key) != "" {
			continue
		}
		out = append(out, at(o, path...).
			Warningf("%s: want the annotation in metadata.annotations, got it on the pod template: the object is no hook", called(o)))
	}
	return out
}

// waveNotANumber: text is another rule's business.
func waveNotANumber(o manifest.Object) []diag.Problem {
	key := argocd.Wave
	if o.Annotation(key) == "" {
		key = argocd.HelmWeight
	}
	wave := o.Annotation(key)
	if _, err := strconv.Atoi(wave); wave == "" || err == nil {
		return nil
	}
	return []diag.Problem{at(o, "metadata", "annotations", key).
		Warningf("%s: want a whole number, got %q: Argo CD counts it as 0", called(o), wave)}
}
