package draft

import (
	"fmt"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// A workload is one that no preset is for.
type workload struct {
	kind, name string
	// namespace is where it is, if that is not where the application goes.
	namespace string
	front     front
	// leave says why its rolling update stays as it is; empty where it can be set.
	leave string
	// stays says why waiting for its rollout would not end; mostly empty.
	stays string
	// never says why no hook after the sync would ever run; mostly empty.
	never string
	// held is the partition that keeps pods as they are, all of them if stuck;
	// mostly empty.
	held  string
	stuck bool
	// like is the preset that its image is called like; mostly empty.
	like string
}

// hasHook reports whether there is something to wait for or to ask.
func (w workload) hasHook() bool { return w.never == "" && (w.stays == "" || w.front.does != "") }

// workloads are those of objects that no preset knows.
func workloads(objects []manifest.Object, known []system, env preset.Env) []workload {
	var out []workload
	never := never(objects)
	for _, o := range objects {
		r := o.Ref()
		if r.Group != "apps" || !slices.Contains([]string{"Deployment", "StatefulSet", "DaemonSet"}, r.Kind) ||
			slices.ContainsFunc(known, func(k system) bool { return k.Has(o) }) {
			continue
		}
		w := workload{kind: r.Kind, name: r.Name, front: frontOf(o, objects, env), leave: leave(o), stays: stays(o), never: never}
		w.held, w.stuck = held(o)
		if r.Namespace != env.AppNamespace {
			w.namespace = r.Namespace
		}
		if w.like, _ = like(o); w.like != "" && w.front.does == "" {
			w.front = front{says: fmt.Sprintf("They run an image of %s, and the preset %s knows what to ask", w.like, w.like)}
		}
		out = append(out, w)
	}
	return out
}

// stays finds what keeps old pods for as long as somebody wants.
func stays(o manifest.Object) string {
	if o.Text("spec", "updateStrategy", "type") == "OnDelete" {
		return "its updateStrategy is OnDelete, so that old pods stay until somebody deletes them"
	}
	return ""
}

// never finds what a sync with a hook after it would wait for without end.
func never(objects []manifest.Object) string {
	for _, o := range objects {
		if path, value := argocd.SwitchedOff(o); len(path) > 0 {
			return fmt.Sprintf("%s is switched off (%v: %s), and as long as it is, a sync with a hook after it does not end", o.Ref(), path[len(path)-1], value)
		}
	}
	return ""
}

// held is the partition of a StatefulSet, where there is one: pods with a lower
// number stay old. All says that these are all.
func held(o manifest.Object) (partition string, all bool) {
	p, replicas := 0, 1
	for field, path := range map[*int][]any{&p: {"spec", "updateStrategy", "rollingUpdate", "partition"}, &replicas: {"spec", "replicas"}} {
		if v, ok := o.Get(path...); ok {
			_, _ = fmt.Sscan(fmt.Sprint(v), field) // another type stays the default
		}
	}
	if p == 0 || o.Ref().Kind != "StatefulSet" {
		return "", false
	}
	return fmt.Sprint(p), p >= replicas
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
			fmt.Fprintf(b, "\n# %s runs an image of %s, but has not the labels by which the preset\n# %s knows it: %s.\n", r, name, name, labels)
			if parts := preset.Parts(name); parts != "" {
				fmt.Fprintf(b, "# It tells the parts apart by %s.\n", parts)
			}
			b.WriteString("# Label the workload and its Service, delete this file, because init overwrites none,\n# and run init again: it proposes the preset then, and asks for what it does not find.\n")
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

// web writes a rolling update for each Deployment and a hook for each workload.
// The rolling update of one that is rendered elsewhere is set there.
func web(b *strings.Builder, list []workload, hooksOnly bool) {
	if !hooksOnly {
		rollouts(b, list)
	}
	hooks(b, list)
}

// rollouts leaves other kinds alone: what they lose while a pod is replaced only
// who runs them knows.
func rollouts(b *strings.Builder, list []workload) {
	first, header := "\n", "# A new pod is ready before an old one goes.\nrollout:\n"
	for _, w := range list {
		if w.kind != "Deployment" {
			continue
		}
		b.WriteString(first)
		first = ""
		if w.leave != "" {
			fmt.Fprintf(b, "# Deployment %s is left alone: %s.\n", w.name, w.leave)
			continue
		}
		fmt.Fprintf(b, "%s- match: {kind: Deployment, name: %s}\n  maxSurge: 1\n  maxUnavailable: 0\n", header, scalar(w.name))
		header = ""
	}
}

// maxHook is how long the name of a hook may be.
const maxHook = 52

// hooks writes a hook for each workload, named after what it does.
func hooks(b *strings.Builder, list []workload) {
	first, header := "\n", "# After the sync:\nhooks:\n"
	used := map[string]int{}
	for _, w := range list {
		b.WriteString(first)
		first = ""
		if !w.hasHook() {
			fmt.Fprintf(b, "# %s %s gets no hook: %s.\n", w.kind, w.name, firstOf(w.never, w.stays))
			continue
		}
		b.WriteString(header)
		header = ""
		does := firstOf(w.front.does, "rollout")
		name := hookName(w.name, does)
		if used[name]++; used[name] > 1 {
			name = hookName(w.name, fmt.Sprintf("%s-%d", does, used[name]))
		}
		fmt.Fprintf(b, "# %s\n- name: %s\n  phase: PostSync\n  steps:\n", w.proof(), name)
		steps(b, w)
	}
}

// proof is what a hook proves, in a sentence.
func (w workload) proof() string {
	switch {
	case w.stays != "":
		return fmt.Sprintf("%s. The rollout of %s is not waited for: %s.", w.front.says, w.name, w.stays)
	case w.front.does == "":
		return w.left() + "."
	}
	return fmt.Sprintf("%s, and %s.", w.left(), w.front.says)
}

// left is what waiting for the rollout proves.
func (w workload) left() string {
	if w.stuck {
		return fmt.Sprintf("All pods of %s are available; none of them is new, because its partition, %s, keeps them all as they are", w.name, w.held)
	}
	if w.held != "" {
		return fmt.Sprintf("All pods of %s are available, those from number %s on are new, and its partition keeps the others as they are", w.name, w.held)
	}
	return fmt.Sprintf("Only new pods of %s are left", w.name)
}

// hookName puts what a hook does behind the name of its workload.
func hookName(name, does string) string {
	name = strings.ReplaceAll(name, ".", "-")
	if most := maxHook - len(does) - 1; len(name) > most {
		name = strings.TrimRight(name[:most], "-")
	}
	return name + "-" + does
}

func steps(b *strings.Builder, w workload) {
	namespace := ""
	if w.namespace != "" {
		namespace = ", namespace: " + scalar(w.namespace)
	}
	if w.stays == "" {
		fmt.Fprintf(b, "  - name: rollout\n    rollout: {kind: %s, name: %s%s}\n", w.kind, scalar(w.name), namespace)
	}
	switch {
	case w.front.does != "":
		fmt.Fprintf(b, "  - name: %s\n    for: 3\n%s", w.front.does, w.front.step)
	case w.like != "":
		fmt.Fprintf(b, "  # %s.\n", w.front.says)
	default:
		fmt.Fprintf(b, "  # %s; ask whatever shows that it works:\n  # - name: answers\n  #   http: {url: \"http://…\"}\n", w.front.says)
	}
}

// silent counts the workloads whose hook asks nothing but the rollout.
func silent(list []workload) int {
	n := 0
	for _, w := range list {
		if w.front.does == "" && w.hasHook() {
			n++
		}
	}
	return n
}
