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
	// url answers when the workload does; empty where no Service leads to it.
	url string
	// leave says why its rolling update stays as it is; empty where it can be set.
	leave string
	// like is the preset that its image is called like; mostly empty.
	like string
}

// deployments are those of objects that no preset knows.
func deployments(objects []manifest.Object, known []preset.Recognised, env preset.Env) []deployment {
	var out []deployment
	for _, o := range objects {
		if !o.Ref().Is("apps", "Deployment") || slices.ContainsFunc(known, func(k preset.Recognised) bool { return k.Has(o) }) {
			continue
		}
		like, _ := like(o)
		out = append(out, deployment{name: o.Ref().Name, url: url(o, objects, env), leave: leave(o), like: like})
	}
	return out
}

// like is the preset that an image of o is called like, and the labels that the
// preset knows its workload by.
func like(o manifest.Object) (name, labels string) {
	list, _ := o.Get("spec", "template", "spec", "containers")
	containers, _ := list.([]any)
	for i := range containers {
		if name, labels := preset.Like(o.Text("spec", "template", "spec", "containers", i, "image")); name != "" {
			return name, labels
		}
	}
	return "", ""
}

// alike says which workloads a preset would be for, if it knew them.
func alike(b *strings.Builder, objects []manifest.Object, known []preset.Recognised) {
	for _, o := range objects {
		r := o.Ref()
		if r.Group != "apps" || slices.ContainsFunc(known, func(k preset.Recognised) bool { return k.Has(o) }) {
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
	volumes, _ := o.Get("spec", "template", "spec", "volumes")
	list, _ := volumes.([]any)
	for i := range list {
		if claim := o.Text("spec", "template", "spec", "volumes", i, "persistentVolumeClaim", "claimName"); claim != "" {
			return fmt.Sprintf("it mounts the volume claim %s, which two pods may not share", claim)
		}
	}
	if network, _ := o.Get("spec", "template", "spec", "hostNetwork"); network == true {
		return "it uses the network of its node, where two pods collide"
	}
	return ""
}

// url is the first port of the first Service that selects o's pods, with the
// path of its readiness probe.
func url(o manifest.Object, objects []manifest.Object, env preset.Env) string {
	for _, s := range objects {
		if !s.Ref().Is("", "Service") || s.Ref().Namespace != o.Ref().Namespace || !selects(s, o) {
			continue
		}
		port, ok := s.Get("spec", "ports", 0, "port")
		if !ok {
			continue
		}
		host := s.Ref().Name
		if ns := firstOf(s.Ref().Namespace, env.AppNamespace); ns != "" {
			host += "." + ns + ".svc"
		}
		path := o.Text("spec", "template", "spec", "containers", 0, "readinessProbe", "httpGet", "path")
		return fmt.Sprintf("http://%s:%v%s", host, port, firstOf(path, "/"))
	}
	return ""
}

// selects reports whether every label that s selects by is on o's pods.
func selects(s, o manifest.Object) bool {
	selector, _ := s.Get("spec", "selector")
	want, _ := selector.(map[string]any)
	for key, value := range want {
		if got, ok := o.Get("spec", "template", "metadata", "labels", key); !ok || got != value {
			return false
		}
	}
	return len(want) > 0
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
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
	b.WriteString("\n# A new pod is ready before an old one goes, so that no request is lost.\n")
	header := "rollout:\n"
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

func hooks(b *strings.Builder, list []deployment) {
	b.WriteString("\n# After the sync: only new pods are left, and the Service in front answers.\nhooks:\n")
	for _, d := range list {
		name := d.name
		if most := maxHook - len("-answers"); len(name) > most {
			name = strings.TrimRight(name[:most], "-.")
		}
		fmt.Fprintf(b, "- name: %s-answers\n  phase: PostSync\n  steps:\n", strings.ReplaceAll(name, ".", "-"))
		fmt.Fprintf(b, "  - name: rollout\n    rollout: {kind: Deployment, name: %s}\n", scalar(d.name))
		if d.like != "" {
			fmt.Fprintf(b, "  # What it answers on its first port says little; the preset %s knows what to ask.\n", d.like)
			continue
		}
		if d.url == "" {
			b.WriteString("  # No Service leads to it; ask whatever shows that it works:\n  # - name: answers\n  #   http: {url: \"http://…\"}\n")
			continue
		}
		fmt.Fprintf(b, "  - name: answers\n    for: 3\n    http: {url: %q}\n", d.url)
	}
}
