package preset

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// maxCandidates bounds how many places a message lists.
const maxCandidates = 8

// maxQuoted is how much of a text a message repeats: enough to find it.
const maxQuoted = 80

// inputs is where inputs come from, beside the policy's with.
type inputs struct {
	objects []manifest.Object
	// rendered is false where nothing was rendered, so that nothing can be found.
	rendered bool
	env      Env
}

// resolve returns a value for each input of p that sections need.
func (in inputs) resolve(p policy.Preset, use policy.PresetUse, sections []string) (map[string]any, error) {
	r := in.resolver(p, use, sections)
	return r.values, r.problems.Err()
}

// resolver gives each input of p that sections need a value, as far as it can.
func (in inputs) resolver(p policy.Preset, use policy.PresetUse, sections []string) resolver {
	r := resolver{inputs: in, use: use, values: map[string]any{}, places: map[string]candidate{}}
	r.known("app.name", in.env.AppName)
	r.known("app.namespace", in.env.AppNamespace)
	needed := needs(p, sections)
	if in.rendered {
		r.unknown(p.Inputs)
	}
	for _, input := range p.Inputs {
		if needed[input.Name] {
			r.input(input)
		}
	}
	return r
}

// needs lists the inputs that sections refer to, and those that their defaults
// refer to. An input refers only to inputs above it.
func needs(p policy.Preset, sections []string) map[string]bool {
	out := map[string]bool{}
	for _, name := range p.InputsOf(sections...) {
		out[name] = true
	}
	for _, input := range slices.Backward(p.Inputs) {
		if !out[input.Name] {
			continue
		}
		for _, text := range input.Texts() {
			names, _ := policy.References(text) // ParsePreset has seen them
			for _, name := range names {
				out[name] = true
			}
		}
	}
	return out
}

// A resolver gives inputs their values, one after the other.
type resolver struct {
	inputs
	use      policy.PresetUse
	values   map[string]any
	places   map[string]candidate // of the inputs that were found
	problems diag.List
}

func (r *resolver) known(name, value string) {
	if value != "" {
		r.values[name] = value
	}
}

// unknown reports what the policy gives and the preset does not have.
func (r *resolver) unknown(all []policy.Input) {
	var names []string
	for _, input := range all {
		if !input.Internal {
			names = append(names, input.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.use.With)) {
		if !slices.Contains(names, name) {
			r.problems.Add(withAt(r.use, name).Problemf("unknown input").WithHint("%s", strict.Suggest(name, names, "inputs")))
		}
	}
}

// input finds a value. An input that gets none has its problem reported, here
// or with the input that it refers to.
func (r *resolver) input(input policy.Input) {
	if v, given := r.use.With[input.Name]; given && !input.Internal {
		r.set(input, v, "")
		return
	}
	if input.Find != nil && r.rendered {
		if r.found(input) {
			return
		}
	}
	if input.Default == nil {
		r.missing(input)
		return
	}
	v, err := policy.SubstituteAll(input.Default, r.values)
	if err != nil {
		r.noValue(input, "default", err)
		return
	}
	r.set(input, v, " as the default")
}

// set takes v as the value of input. From completes the message if it is of
// another type.
func (r *resolver) set(input policy.Input, v any, from string) {
	value, ok := input.Take(v)
	if !ok {
		r.problems.Add(r.at(input).Problemf("want %s, got %s%s", input.Wanted(), got(v), from))
		return
	}
	r.values[input.Name] = value
}

func (r *resolver) at(input policy.Input) diag.Pos { return withAt(r.use, input.Name) }

// got names a value in a message.
func got(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case map[string]any:
		return "a mapping"
	case []any:
		return "a list"
	case string:
		if len(v) > maxQuoted {
			v = strings.ToValidUTF8(v[:maxQuoted], "") + "…"
		}
		return fmt.Sprintf("%q", v)
	}
	return fmt.Sprint(v)
}

// found looks for the input in the objects. It is false if the default counts.
func (r *resolver) found(input policy.Input) bool {
	s, err := newSearch(*input.Find, r.values)
	if err != nil {
		r.noValue(input, "find", err)
		return true
	}
	found, looked := s.find(r.objects)
	switch first, same := agree(found); {
	case len(found) == 0 && input.Default != nil:
		return false
	case len(found) == 0:
		r.absent(input, looked)
	case !same:
		r.problems.Add(r.at(input).Problemf("want one value, found more in the rendered objects: %s", list(found)).
			WithHint("give %s a value under with; it is the %s", input.Name, input.Description))
	default:
		r.places[input.Name] = first
		r.set(input, first.value, " in "+where(first.object))
	}
	return true
}

// agree returns the first candidate, and whether all have its value.
func agree(found []candidate) (first candidate, same bool) {
	for i, c := range found {
		if i == 0 {
			first = c
		}
		if !reflect.DeepEqual(c.value, first.value) {
			return first, false
		}
	}
	return first, true
}

func list[T fmt.Stringer](items []T) string {
	parts := make([]string, 0, len(items))
	for _, item := range items[:min(len(items), maxCandidates)] {
		parts = append(parts, item.String())
	}
	if len(items) > maxCandidates {
		parts = append(parts, fmt.Sprintf("and %d more", len(items)-maxCandidates))
	}
	return strings.Join(parts, ", ")
}

// place renders where an object is.
type place manifest.Object

func (p place) String() string { return where(manifest.Object(p)) }

// absent reports an input that is nowhere in the objects and has no default.
func (r *resolver) absent(input policy.Input, looked []manifest.Object) {
	places := make([]place, len(looked))
	for i, o := range looked {
		places[i] = place(o)
	}
	if r.env.Unrendered != "" {
		r.problems.Add(r.at(input).Problemf("want a value: nothing is rendered here to find a %s in", described(input.Find.Select)).
			WithHint("give %s a value under with; it is the %s; %s", input.Name, input.Description, r.env.Unrendered))
		return
	}
	p := r.at(input).Problemf("want a value, found no %s in the rendered objects", described(input.Find.Select))
	if len(looked) > 0 {
		p = r.at(input).Problemf("want a value, found no %s in %s", input.Find.FieldPath, list(places))
	}
	r.problems.Add(p.WithHint("give %s a value under with; it is the %s", input.Name, input.Description))
}

// described names what a select looks for.
func described(s policy.Select) string {
	var parts []string
	for _, word := range []struct{ before, text string }{
		{"", strings.TrimSuffix(s.Kind+"."+s.Group, ".")},
		{"with name ", s.Name},
		{"in namespace ", s.Namespace},
		{"with labels ", s.LabelSelector},
		{"with annotations ", s.AnnotationSelector},
	} {
		if word.text != "" {
			parts = append(parts, word.before+word.text)
		}
	}
	return strings.Join(parts, " ")
}

// missing reports an input that nobody gave where nothing can be found.
func (r *resolver) missing(input policy.Input) {
	p := r.at(input).Problemf("required: %s", input.Description)
	if input.Find != nil {
		p = p.WithHint("the application's Application is rendered without its objects, so nothing can be found in them")
	}
	r.problems.Add(p)
}

// noValue reports that what input refers to has no value. Where that is another
// input, its own problem says enough. Any other error is the fault of what the
// preset says at key.
func (r *resolver) noValue(input policy.Input, key string, err error) {
	name, ok := isNoValue(err)
	switch {
	case !ok:
		pos := input.At
		pos.Path += "." + key
		r.problems.Add(pos.Problemf("%s", err))
	case name == "app.namespace" && r.env.Unrendered != "":
		r.problems.Add(r.at(input).Problemf("want a value, because the application's namespace is not known").
			WithHint("give %s a value under with, or set --namespace", input.Name))
	case name == "app.namespace":
		r.problems.Add(r.at(input).Problemf("want a value, because the application's namespace is not known").
			WithHint("give %s a value under with, or say where it goes with --namespace", input.Name))
	case name == "app.name":
		r.problems.Add(r.at(input).Problemf("want a value, because the application's name is not known").
			WithHint("give %s a value under with, or set ARGOCD_APP_NAME", input.Name))
	}
}
