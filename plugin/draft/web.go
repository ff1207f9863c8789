package draft

import (
	"fmt"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// A deployment is a workload that no preset is for.
type deployment struct {
	name string
	// namespace is where it is, if that is not where the application goes.
	namespace string
	front     front
	// leave says why its rolling update stays as it is; empty where it can be set.
	leave string
	// like is the preset that its image is called like; mostly empty.
	like string
}

// deployments are those of objects that no preset knows.
func deployments(objects []manifest.Object, known []system, env preset.Env) []deployment {
	var out []deployment
	for _, o := range objects {
		if !o.Ref().Is("apps", "Deployment") || slices.ContainsFunc(known, func(k system) bool { return k.Has(o) }) {
			continue
		}
		d := deployment{name: o.Ref().Name, front: frontOf(o, objects, env), leave: leave(o)}
		if ns := o.Ref().Namespace; ns != env.AppNamespace {
			d.namespace = ns
		}
		if d.like, _ = like(o); d.like != "" && d.front.does == "" {
			d.front = front{says: fmt.Sprintf("They run the image %s, and the preset %s knows what to ask", d.like, d.like)}
		}
		out = append(out, d)
	}
	return out
}

// like is the preset that an image of o is called like, and the labels that the
// preset knows its workload by.
func like(o manifest.Object) (name, labels string) {
	for i := range containers(o) {
		if name, labels := preset.Like(o.Text("spec", "template", "spec", "containers", i, "image")); name != "" {
			return name, labels
		}
	}
	return "", ""
}

// alike says which workloads a preset would be for, if it knew them.
func alike(b *strings.Builder, objects []manifest.Object, known []system) {
	for _, o := range objects {
		r := o.Ref()
		if r.Group != "apps" || slices.ContainsFunc(known, func(k system) bool { return k.Has(o) }) {
			continue
		}
		if name, labels := like(o); name != "" {
			fmt.Fprintf(b, "\n# %s runs the image %s, but has not the labels by which the preset\n# %s knows it: %s. With them on the workload and its Service:\n# presets:\n# - name: %s\n", r, name, name, labels, name)
		}
	}
}

// leave finds what makes two pods of one workload dangerous at the same time.
func leave(o manifest.Object) string {
	if o.Text("spec", "strategy", "type") == "Recreate" {
		return "its strategy is Recreate"
	}
	for i := range list(o, "spec", "template", "spec", "volumes") {
		if claim := o.Text("spec", "template", "spec", "volumes", i, "persistentVolumeClaim", "claimName"); claim != "" {
			return fmt.Sprintf("it mounts the volume claim %s, which two pods may not share", claim)
		}
	}
	if network, _ := o.Get("spec", "template", "spec", "hostNetwork"); network == true {
		return "it uses the network of its node, where two pods collide"
	}
	return ""
}

// web writes a rolling update and a hook for each deployment. The rolling update
// of one that is rendered elsewhere is set there.
func web(b *strings.Builder, list []deployment, hooksOnly bool) {
	if len(list) == 0 {
		return
	}
	if !hooksOnly {
		rollouts(b, list)
	}
	hooks(b, list)
}

func rollouts(b *strings.Builder, list []deployment) {
	b.WriteString("\n")
	header := "# A new pod is ready before an old one goes.\nrollout:\n"
	for _, d := range list {
		if d.leave != "" {
			fmt.Fprintf(b, "# Deployment %s is left alone: %s.\n", d.name, d.leave)
			continue
		}
		fmt.Fprintf(b, "%s- match: {kind: Deployment, name: %s}\n  maxSurge: 1\n  maxUnavailable: 0\n", header, scalar(d.name))
		header = ""
	}
}

// maxHook is how long the name of a hook may be.
const maxHook = 52

// hooks writes a hook for each deployment, named after what it does.
func hooks(b *strings.Builder, list []deployment) {
	b.WriteString("\n# After the sync:\nhooks:\n")
	used := map[string]int{}
	for _, d := range list {
		name := hookName(d.name, firstOf(d.front.does, "rollout"))
		if used[name]++; used[name] > 1 {
			name = hookName(d.name, fmt.Sprintf("%s-%d", firstOf(d.front.does, "rollout"), used[name]))
		}
		if d.front.does == "" {
			fmt.Fprintf(b, "# Only new pods of %s are left.\n", d.name)
		} else {
			fmt.Fprintf(b, "# Only new pods of %s are left, and %s.\n", d.name, d.front.says)
		}
		fmt.Fprintf(b, "- name: %s\n  phase: PostSync\n  steps:\n", name)
		steps(b, d)
	}
}

// hookName puts what a hook does behind the name of its workload.
func hookName(workload, does string) string {
	name := strings.ReplaceAll(workload, ".", "-")
	if most := maxHook - len(does) - 1; len(name) > most {
		name = strings.TrimRight(name[:most], "-")
	}
	return name + "-" + does
}

func steps(b *strings.Builder, d deployment) {
	namespace := ""
	if d.namespace != "" {
		namespace = ", namespace: " + scalar(d.namespace)
	}
	fmt.Fprintf(b, "  - name: rollout\n    rollout: {kind: Deployment, name: %s%s}\n", scalar(d.name), namespace)
	switch {
	case d.front.does != "":
		fmt.Fprintf(b, "  - name: %s\n    for: 3\n%s", d.front.does, d.front.step)
	case d.like != "":
		fmt.Fprintf(b, "  # %s.\n", d.front.says)
	default:
		fmt.Fprintf(b, "  # %s; ask whatever shows that it works:\n  # - name: answers\n  #   http: {url: \"http://…\"}\n", d.front.says)
	}
}

// silent counts the deployments whose hook asks nothing but the rollout.
func silent(list []deployment) int {
	n := 0
	for _, d := range list {
		if d.front.does == "" {
			n++
		}
	}
	return n
}
