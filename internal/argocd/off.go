package argocd

import (
	"maps"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// off are what operators call the annotation that switches an object off, after
// their domain, and the value that does.
var off = map[string]string{"hibernation": "on", "reconciliationLoop": "disabled"}

// kueue is the label of a Job that is made suspended, and started by Kueue.
const kueue = "kueue.x-k8s.io/queue-name"

// SwitchedOff is what in o makes Argo CD call it Suspended, which is never Healthy:
// the path of a field or an annotation, and its value. The path is empty for an
// object that is on, and for a hook, which has no health of its own.
func SwitchedOff(o manifest.Object) (path []any, value string) {
	r := o.Ref()
	switch {
	case RoleOf(o).IsHook:
		return nil, ""
	case r.Is("apps", "Deployment"):
		path = []any{"spec", "paused"}
	case r.Is("batch", "Job") && o.Label(kueue) == "":
		path = []any{"spec", "suspend"}
	}
	if v, _ := o.Get(path...); len(path) > 0 && v == true {
		return path, "true"
	}
	v, _ := o.Get("metadata", "annotations")
	annotations, _ := v.(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		if value, _ := annotations[key].(string); switchesOff(r, key, value) {
			return []any{"metadata", "annotations", key}, value
		}
	}
	return nil, ""
}

// switchesOff knows KEDA's annotations, which hold a ScaledObject at a number of
// replicas or at the one that it has, besides those of any operator.
func switchesOff(r manifest.Ref, key, value string) bool {
	domain, name, _ := strings.Cut(key, "/")
	if r.Group == "keda.sh" && domain == "autoscaling.keda.sh" {
		return name == "paused" && value == "true" || name == "paused-replicas" && r.Kind == "ScaledObject"
	}
	return off[name] != "" && off[name] == value
}
