package preset

import (
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// A Recognised is a built-in preset whose system is among the rendered objects.
type Recognised struct {
	Name, Description string
	// Because are the objects that show it.
	Because []manifest.Object
	// Found are the inputs that the preset finds in the objects.
	Found []Found
	// Assumed are those that it looks for and does not find, with what it takes
	// instead.
	Assumed []Found
	// Problems are those of inputs that it cannot find: without them given, the
	// preset cannot be used.
	Problems []diag.Problem
	// Off are the switches of what could not be done here, and of which the preset
	// says so.
	Off []Off
	// Unwatched are those of Because whose rollout the preset does not wait for.
	Unwatched []manifest.Object
	// LeftOut says what the preset leaves out by itself, and why.
	LeftOut []string
}

// An Off is an input with the value that switches something off, and why.
type Off struct {
	Found
	Why string
}

// A Found is an input with its value and the object that holds it.
type Found struct {
	Name, Description string
	Value             any
	Where             string
	// Idle says of an input that was not found that nobody has to look at it: it has
	// the value of another one, or is about an object that is not there.
	Idle bool
}

// Recognise returns the built-in presets that are for these objects, by name.
func Recognise(objects []manifest.Object, env Env) ([]Recognised, error) {
	var out []Recognised
	for _, name := range Names() {
		p, err := Load(name)
		if err != nil {
			return nil, err
		}
		because, err := detected(p, objects)
		if err != nil {
			return nil, err
		}
		if len(because) > 0 {
			r := describe(name, p, because, inputs{objects: objects, rendered: true, env: env})
			r.rehearse(p, inputs{objects: objects, rendered: true, env: env})
			out = append(out, r)
		}
	}
	return out, nil
}

// detected are the objects that one of the preset's selects chooses.
func detected(p policy.Preset, objects []manifest.Object) ([]manifest.Object, error) {
	var out []manifest.Object
	for _, sel := range p.Detect {
		s, err := newSearch(policy.Find{Select: sel, FieldPath: "kind"}, nil)
		if err != nil {
			return nil, err
		}
		_, looked := s.find(objects)
		out = append(out, looked...)
	}
	return out, nil
}

func describe(name string, p policy.Preset, because []manifest.Object, in inputs) Recognised {
	r := in.resolver(p, policy.PresetUse{Name: name}, policy.Sections())
	out := Recognised{Name: name, Description: p.Description, Because: because, Problems: diag.Problems(r.problems.Err())}
	for _, input := range p.Inputs {
		value, ok := r.values[input.Name]
		if input.Internal || !ok {
			continue
		}
		if at, found := r.placeOf(p, input); found {
			out.Found = append(out.Found, Found{Name: input.Name, Description: input.Description, Value: value, Where: where(at.object)})
		} else if input.Find != nil && value != "" && input.Default != "${app.namespace}" {
			out.Assumed = append(out.Assumed, Found{Name: input.Name, Description: input.Description, Value: value, Idle: r.idle(input)})
		}
	}
	return out
}

// placeOf is where the value of an input was found: by itself, or by the internal
// input whose value it has.
func (r resolver) placeOf(p policy.Preset, input policy.Input) (candidate, bool) {
	for {
		if at, ok := r.places[input.Name]; ok {
			return at, true
		}
		next, known := inputOf(p, follows(input))
		if !known || !next.Internal {
			return candidate{}, false
		}
		input = next // above this one, so that this ends
	}
}

// follows is the input whose value this one has if nothing else is said; "" for
// none.
func follows(input policy.Input) string {
	text, _ := input.Default.(string)
	names, _ := policy.References(text) // ParsePreset has seen them
	if len(names) == 1 && text == "${"+names[0]+"}" {
		return names[0]
	}
	return ""
}

// idle reports whether nobody has to look at an input that was not found.
func (r resolver) idle(input policy.Input) bool {
	if follows(input) != "" {
		return true
	}
	names, _ := policy.References(input.Find.Select.Name)
	return slices.ContainsFunc(names, func(name string) bool { return r.values[name] == "" })
}

// Has reports whether o is one of the objects that show the preset.
func (r Recognised) Has(o manifest.Object) bool {
	return slices.ContainsFunc(r.Because, func(b manifest.Object) bool { return b.Ref() == o.Ref() })
}
