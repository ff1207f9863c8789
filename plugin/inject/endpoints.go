package inject

import (
	"maps"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// endpoints finds hooks whose pods a Service of the application would select: it
// would send them requests that are meant for the application.
func endpoints(objects, added []manifest.Object, env Env, said *diag.List) {
	for _, o := range added {
		labels := hookLabels(o)
		if labels == nil {
			continue
		}
		for _, service := range objects {
			id := identityOf(service, env)
			if id.group == "" && id.kind == "Service" && id.namespace == o.Ref().Namespace && selects(mapAt(service, "spec", "selector"), labels) {
				said.Add(o.Origin().Problemf("%s selects the pod of this hook: it would get the application's requests", place(service)).
					WithHint("leave out the labels of job.labels that the Service selects"))
			}
		}
	}
}

// hookLabels are the labels of the pod that an added object runs; none if it runs
// none.
func hookLabels(o manifest.Object) map[string]any {
	switch o.Ref().Kind {
	case kindPod:
		return mapAt(o, "metadata", "labels")
	case kindJob:
		// The Job controller adds these.
		labels := map[string]any{"job-name": o.Ref().Name, "batch.kubernetes.io/job-name": o.Ref().Name}
		maps.Copy(labels, mapAt(o, "spec", "template", "metadata", "labels"))
		return labels
	}
	return nil
}

// selects reports whether a pod with these labels belongs to a Service. A
// selector without entries selects nothing.
func selects(selector, labels map[string]any) bool {
	for k, v := range selector {
		if labels[k] != v {
			return false
		}
	}
	return len(selector) > 0
}
