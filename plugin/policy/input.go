package policy

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// An Input is a value that a preset needs. It comes from the policy's with, or
// is found in the rendered objects, or is the default.
type Input struct {
	At          diag.Pos `yaml:"-"`
	Name        string   `yaml:"name" need:"true" doc:"name, such as apiPort"`
	Description string   `yaml:"description" need:"true" doc:"one sentence: what it is"`
	Type        string   `yaml:"type,omitempty" enum:"string|integer|number|boolean|intOrPercent|list|mapping" default:"string" doc:"type of the value; a key whose whole value is an empty list or mapping is left out"`
	Enum        []string `yaml:"enum,omitempty" doc:"the only values that a string may have"`
	Default     any      `yaml:"default,omitempty" doc:"value if nothing was given and nothing found; it may refer to inputs above and to app.name and app.namespace"`
	Find        *Find    `yaml:"find,omitempty" doc:"where the value is in the rendered objects"`
	Internal    bool     `yaml:"internal,omitempty" doc:"whether only the preset itself refers to it: nobody can give it, and nobody is shown it"`
}

// A Find says where in the rendered objects a value is, in kustomize's words.
type Find struct {
	Select    Select `yaml:"select" need:"true" doc:"which objects to look at"`
	FieldPath string `yaml:"fieldPath" need:"true" doc:"which field, such as spec.ports.[name=web].port; a dot in a key is written \\., * stands for every entry of a list, and [key!=value] for those that do not have the value"`
	Match     string `yaml:"match,omitempty" doc:"regular expression that the text of the field must match; a group in it is what is found"`
	Value     any    `yaml:"value,omitempty" doc:"what the input is where the field is there, instead of what the field says"`
}

// A Select chooses objects; all that is given must hold. Group, version, kind,
// name and namespace are regular expressions that must match as a whole.
type Select struct {
	Group              string `yaml:"group,omitempty" doc:"API group"`
	Version            string `yaml:"version,omitempty" doc:"API version"`
	Kind               string `yaml:"kind,omitempty" doc:"kind"`
	Name               string `yaml:"name,omitempty" doc:"name"`
	Namespace          string `yaml:"namespace,omitempty" doc:"namespace, as it stands in the object"`
	LabelSelector      string `yaml:"labelSelector,omitempty" doc:"selector over labels, as kubectl takes it"`
	AnnotationSelector string `yaml:"annotationSelector,omitempty" doc:"the same over annotations"`
}

// Take returns v as an input of this type holds it; ok is false if v is of
// another type. Text may be given as a whole number, because a port or a
// replica count looks like one.
func (in Input) Take(v any) (value any, ok bool) {
	switch in.Type {
	case "integer":
		return wholeNumber(v)
	case "number":
		return number(v)
	case "boolean":
		value, ok = v.(bool)
	case "intOrPercent":
		return intOrPercent(v)
	case "list":
		value, ok = v.([]any)
	case "mapping":
		value, ok = v.(map[string]any)
	default:
		return in.text(v)
	}
	return value, ok
}

func (in Input) text(v any) (value any, ok bool) {
	s, ok := v.(string)
	if i, isInt := wholeNumber(v); isInt {
		s, ok = strconv.FormatInt(i.(int64), 10), true
	}
	return s, ok && (len(in.Enum) == 0 || slices.Contains(in.Enum, s))
}

// Wanted names the type of the input, for "want …" in a message.
func (in Input) Wanted() string {
	switch in.Type {
	case "integer":
		return "a whole number"
	case "number":
		return "a number"
	case "boolean":
		return "true or false"
	case "intOrPercent":
		return "a whole number or a percentage"
	case "list":
		return "a list"
	case "mapping":
		return "a mapping"
	}
	if len(in.Enum) > 0 {
		return "one of " + strings.Join(in.Enum, ", ")
	}
	return "text"
}

// intOrPercent keeps a number a number: Kubernetes takes text only if it is a
// percentage.
func intOrPercent(v any) (any, bool) {
	if i, ok := wholeNumber(v); ok {
		return i, true
	}
	var out IntOrPercent
	s, ok := v.(string)
	if !ok || out.UnmarshalText([]byte(s)) != nil {
		return nil, false
	}
	return out.Value(), true
}

// number keeps a whole number one: 1 is not written out as 1.0.
func number(v any) (any, bool) {
	if i, ok := wholeNumber(v); ok {
		return i, true
	}
	f, ok := v.(float64)
	return f, ok && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// wholeNumber makes one type of those that YAML and JSON decoders use.
func wholeNumber(v any) (any, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v), true
		}
	}
	return int64(0), false
}

// Texts lists the texts of an input that may refer to other inputs.
func (in Input) Texts() []string {
	out := textsIn(in.Default)
	if f := in.Find; f != nil {
		s := f.Select
		out = append(out, f.FieldPath, s.Group, s.Version, s.Kind, s.Name, s.Namespace, s.LabelSelector, s.AnnotationSelector)
	}
	return out
}

func textsIn(v any) []string {
	var out []string
	switch v := v.(type) {
	case string:
		out = append(out, v)
	case []any:
		for _, entry := range v {
			out = append(out, textsIn(entry)...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = append(out, textsIn(v[key])...)
		}
	}
	return out
}
