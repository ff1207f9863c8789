package draft

import (
	"fmt"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// maxPrefix is how long the beginning of a hook's name may be, so that what presets
// put behind it fits.
const maxPrefix = 30

// each is a system for each of the objects that show r, where the preset is for one
// of them; else r alone. A name of its own keeps the hooks of each apart.
func each(r preset.Recognised, objects []manifest.Object, env preset.Env) ([]system, error) {
	p, err := preset.Load(r.Name)
	if err != nil {
		return nil, err
	}
	which, name := oneOf(p, r), slices.IndexFunc(p.Inputs, func(in policy.Input) bool { return in.Name == "name" })
	if which < 0 || name < 0 || !apart(r.Because) {
		return []system{{Recognised: r}}, nil
	}
	var out []system
	for i, o := range r.Because {
		s := system{Recognised: r}
		if err := s.recogniseAgain(without(objects, r.Because, i), env); err != nil {
			return nil, err
		}
		is := func(f preset.Found) bool { return f.Name == p.Inputs[which].Name }
		s.Found = slices.DeleteFunc(slices.Clone(s.Found), is)
		s.chosen = []chosen{
			{preset.Found{Name: p.Inputs[which].Name, Description: p.Inputs[which].Description, Value: o.Ref().Name}, "One of several, each with an entry and a name of its own"},
			{preset.Found{Name: "name", Description: p.Inputs[name].Description, Value: prefix(r.Name, o.Ref().Name, i)}, ""},
		}
		out = append(out, s)
	}
	return out, nil
}

// oneOf is the input that says which of r's objects is meant, if they are the system
// themselves and it is not clear; -1 if there is none. Workloads with a label are
// parts of a system: their Services would have to be told apart as well.
func oneOf(p policy.Preset, r preset.Recognised) int {
	return slices.IndexFunc(p.Inputs, func(in policy.Input) bool {
		return in.Find != nil && in.Find.FieldPath == "metadata.name" && in.Find.Select.LabelSelector == "" &&
			slices.Contains(p.Detect, in.Find.Select) && unclear(r, in.Name)
	})
}

// unclear reports whether r has a problem with an input.
func unclear(r preset.Recognised, input string) bool {
	for _, p := range r.Problems {
		if strings.HasSuffix(p.Path, "with."+input) {
			return true
		}
	}
	return false
}

// apart reports whether the names of the objects tell them apart.
func apart(objects []manifest.Object) bool {
	names := map[string]bool{}
	for _, o := range objects {
		names[o.Ref().Name] = true
	}
	return len(objects) > 1 && len(names) == len(objects)
}

// without are the objects with only one of those that are alike.
func without(objects, alike []manifest.Object, keep int) []manifest.Object {
	return slices.DeleteFunc(slices.Clone(objects), func(o manifest.Object) bool {
		i := slices.IndexFunc(alike, func(a manifest.Object) bool { return a.Ref() == o.Ref() })
		return i >= 0 && i != keep
	})
}

// prefix begins the names of the hooks for an object; a long name gives way to its
// number.
func prefix(system, object string, i int) string {
	out := system + "-" + strings.ReplaceAll(object, ".", "-")
	if len(out) > maxPrefix {
		return fmt.Sprintf("%s-%d", system, i+1)
	}
	return out
}
