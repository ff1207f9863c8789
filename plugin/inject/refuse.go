package inject

import (
	"fmt"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// A danger is a reason not to set a rolling update; "" if there is none.
type danger func(rolling) string

// dangers lists what would break an application, or have no effect. Whoever
// knows better can force it.
var dangers = []danger{
	isHook, hasOwner, isRecreate, isOnDelete, inRolloutGroup, surgeOnHostPort, surgeOnHostNetwork, surgeOnVolume,
}

// refused reports every reason against what the entry asks for. An entry that
// need not match need not be followed either: a preset cannot know the workload.
func (r rolling) refused(said *diag.List) bool {
	if !r.touchesStrategy() {
		return false
	}
	no := false
	for _, d := range dangers {
		why := d(r)
		switch {
		case why == "" || r.entry.Force:
		case r.entry.Optional:
			said.Add(r.entry.At.Warningf("%s keeps its %s: %s", place(r.object), r.kind.strategy, why))
			no = true
		default:
			said.Add(r.entry.At.Problemf("%s: %s", place(r.object), why).
				WithHint("force: true sets it all the same; an entry before this one with nothing but minReadySeconds leaves its %s alone", r.kind.strategy))
			no = true
		}
	}
	return no
}

func isHook(r rolling) string {
	for _, key := range []string{argocd.Hook, argocd.HelmHook} {
		if v := r.object.Annotation(key); v != "" {
			return fmt.Sprintf("it is a hook (%s: %s), which is deleted and created in every sync and never rolls", key, v)
		}
	}
	return ""
}

func hasOwner(r rolling) string {
	if len(listAt(r.object, "metadata", "ownerReferences")) > 0 {
		return "it has an owner, whose controller would set it back"
	}
	return ""
}

func isRecreate(r rolling) string {
	if r.object.Text("spec", r.kind.strategy, "type") == "Recreate" {
		return "its strategy is Recreate: its author wants no two versions at the same time"
	}
	return ""
}

func isOnDelete(r rolling) string {
	if r.object.Text("spec", r.kind.strategy, "type") == "OnDelete" {
		return "its updateStrategy is OnDelete: somebody else replaces its pods, in an order that Kubernetes does not know"
	}
	return ""
}

// inRolloutGroup knows the label of an operator that rolls StatefulSets of
// several zones one after the other.
func inRolloutGroup(r rolling) string {
	const label = "rollout-group"
	group := r.object.Label(label)
	if group == "" {
		group = r.object.Text("spec", "template", "metadata", "labels", label)
	}
	if group != "" {
		return fmt.Sprintf("it is in the %s %s: an operator rolls the members one after the other", label, group)
	}
	return ""
}

// surge is how many pods beside the old ones the rolling update wants; "" for
// none. With maxUnavailable 0 that is also what the object or the API says: no
// old pod goes before a new one is ready. Otherwise only the entry's own number
// counts, because without it the policy makes nothing worse.
func (r rolling) surge() string {
	surge, unavailable := r.numbers()
	if zero(surge) || (r.entry.MaxSurge == nil && !zero(unavailable)) {
		return ""
	}
	return surge
}

func surgeOnHostPort(r rolling) string {
	for _, key := range []string{"containers", "initContainers"} {
		for _, c := range listAt(r.object, "spec", "template", "spec", key) {
			container, _ := c.(map[string]any)
			ports, _ := container["ports"].([]any)
			for _, p := range ports {
				port, _ := p.(map[string]any)
				if n := port["hostPort"]; r.surge() != "" && n != nil && n != int64(0) {
					return fmt.Sprintf("maxSurge %s wants a second pod, and port %v of a node can be taken only once: use maxSurge 0 with maxUnavailable 1", r.surge(), n)
				}
			}
		}
	}
	return ""
}

func surgeOnHostNetwork(r rolling) string {
	if on, _ := r.object.Get("spec", "template", "spec", "hostNetwork"); r.surge() != "" && on == true {
		return fmt.Sprintf("maxSurge %s wants a second pod, and it uses the network of its node, whose ports can be taken only once: use maxSurge 0 with maxUnavailable 1", r.surge())
	}
	return ""
}

func surgeOnVolume(r rolling) string {
	volume, why := r.onceVolume()
	if volume == "" || r.surge() == "" {
		return ""
	}
	return fmt.Sprintf("maxSurge %s wants a second pod on its volume %s, and %s", r.surge(), volume, why)
}

// onceVolume is the first volume that two pods may not have, and why; "" if
// there is none.
func (r rolling) onceVolume() (volume, why string) {
	for _, v := range listAt(r.object, "spec", "template", "spec", "volumes") {
		v, _ := v.(map[string]any)
		claim, _ := v["persistentVolumeClaim"].(map[string]any)
		name, _ := claim["claimName"].(string)
		if name == "" {
			continue
		}
		if why := r.claims.once(name, identityOf(r.object, r.claims.env).namespace); why != "" {
			return fmt.Sprint(v["name"]), why
		}
	}
	return "", ""
}

// claims finds the volume claims among the objects.
type claims struct {
	objects []manifest.Object
	env     Env
}

// once says why a claim may not have two pods; "" if it may.
func (c claims) once(name, ns string) string {
	want := identity{kind: "PersistentVolumeClaim", namespace: ns, name: name}
	for _, o := range c.objects {
		if identityOf(o, c.env) != want {
			continue
		}
		var modes []string
		for _, m := range listAt(o, "spec", "accessModes") {
			modes = append(modes, fmt.Sprint(m))
		}
		if slices.Contains(modes, "ReadWriteMany") || slices.Contains(modes, "ReadOnlyMany") {
			return ""
		}
		return fmt.Sprintf("%s is %s", place(o), strings.Join(modes, ", "))
	}
	return fmt.Sprintf("its claim %s is not rendered here, so that nobody knows how many pods may mount it", name)
}
