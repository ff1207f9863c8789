package lint

import (
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// podSpec is where the pod of o is described; nil if o makes no pods.
func podSpec(o manifest.Object) []any {
	r := o.Ref()
	switch {
	case r.Is("", "Pod"):
		return []any{"spec"}
	case r.Is("batch", "CronJob"):
		return []any{"spec", "jobTemplate", "spec", "template", "spec"}
	case r.Is("batch", "Job"), r.Is("apps", "Deployment"), r.Is("apps", "StatefulSet"), r.Is("apps", "DaemonSet"), r.Is("apps", "ReplicaSet"):
		return []any{"spec", "template", "spec"}
	}
	return nil
}

// A container is one of a pod, with its place in the object.
type container struct {
	path   []any
	fields map[string]any
}

// containers are those of the pod at spec: the ones that start it, if init, and
// the others.
func containers(o manifest.Object, spec []any, init bool) []container {
	keys := []string{"containers"}
	if init {
		keys = []string{"initContainers", "containers"}
	}
	var out []container
	for _, key := range keys {
		for i, c := range listAt(o, along(spec, key)...) {
			if fields, ok := c.(map[string]any); ok {
				out = append(out, container{path: along(spec, key, i), fields: fields})
			}
		}
	}
	return out
}

// list is the list under a key of the container.
func (c container) list(key string) []any {
	list, _ := c.fields[key].([]any)
	return list
}
