package plan

import (
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

func stepOf(t task) Step {
	ref := t.object.Ref()
	s := Step{Group: ref.Group, Kind: ref.Kind, Namespace: ref.Namespace, Name: ref.Name, Hook: t.hook}
	if s.Name == "" {
		s.GenerateName = t.object.Text("metadata", "generateName")
	}
	if !t.hook {
		return s
	}
	s.DeletePolicy = argocd.DeletePolicies(t.object)
	if s.runs() {
		deadline, _ := t.object.Get("spec", "activeDeadlineSeconds")
		s.Deadline, _ = deadline.(int64)
		spec := specOf(t.object)
		s.Checks = checks(spec)
		if spec.Changed != nil {
			s.Run = "Changed"
		}
	}
	return s
}

// runs reports whether s is something that ends.
func (s Step) runs() bool {
	return s.Hook && (s.Group == "batch" && s.Kind == "Job" || s.isPod())
}

func (s Step) isPod() bool { return s.Group == "" && s.Kind == "Pod" }

// specOf is what a Job or Pod of ours carries in its arguments; empty for anybody
// else's.
func specOf(hook manifest.Object) hookspec.Spec {
	args, ok := hook.Get("spec", "template", "spec", "containers", 0, "args")
	if !ok {
		args, _ = hook.Get("spec", "containers", 0, "args")
	}
	list, _ := args.([]any)
	i := slices.Index(list, any("--spec"))
	if i < 0 || i+1 >= len(list) {
		return hookspec.Spec{}
	}
	text, _ := list[i+1].(string)
	spec, err := hookspec.Parse("spec", []byte(text))
	if err != nil {
		return hookspec.Spec{} // somebody else's --spec
	}
	return spec
}

// checks are the steps of a spec: the name of each, and its kind where that says
// more.
func checks(spec hookspec.Spec) []string {
	var out []string
	for i := range spec.Steps {
		_, kind := spec.Steps[i].Kind()
		name := spec.Steps[i].Name
		if kind != name {
			name += " (" + kind + ")"
		}
		out = append(out, name)
	}
	return out
}
