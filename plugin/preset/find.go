package preset

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// A search is a policy.Find that is ready to be asked.
type search struct {
	patterns            [5]*regexp.Regexp // group, version, kind, name, namespace; nil matches anything
	labels, annotations selector
	path                []segment
	match               *regexp.Regexp // of the field's text; nil takes any
	value               any            // what is found instead of the field; nil for the field
}

// newSearch reads find, whose references stand for values. A reference inside a
// pattern stands for its text, not for a pattern.
func newSearch(find policy.Find, values map[string]any) (search, error) {
	s := search{value: find.Value}
	var err error
	sel := find.Select
	for i, pattern := range []string{sel.Group, sel.Version, sel.Kind, sel.Name, sel.Namespace} {
		if s.patterns[i], err = compile(pattern, values); err != nil {
			return s, err
		}
	}
	if s.labels, err = substituteAnd(parseSelector, sel.LabelSelector, values); err != nil {
		return s, err
	}
	if s.annotations, err = substituteAnd(parseSelector, sel.AnnotationSelector, values); err != nil {
		return s, err
	}
	if s.path, err = substituteAnd(parseFieldPath, find.FieldPath, values); err != nil || find.Match == "" {
		return s, err
	}
	if s.match, err = regexp.Compile(find.Match); err != nil {
		return s, fmt.Errorf("want a regular expression, got %q", find.Match)
	}
	return s, nil
}

// take returns what a field gives; false if it does not match.
func (s search) take(field any) (any, bool) {
	if s.match != nil {
		groups := s.match.FindStringSubmatch(textOf(field))
		if groups == nil {
			return nil, false
		}
		if len(groups) > 1 {
			field = groups[len(groups)-1]
		}
	}
	if s.value != nil {
		return s.value, true
	}
	return field, true
}

// textOf is a field as text; of a list the texts of its entries with a space
// between, as a command line is written.
func textOf(field any) string {
	entries, ok := field.([]any)
	if !ok {
		return fmt.Sprint(field)
	}
	texts := make([]string, len(entries))
	for i, entry := range entries {
		texts[i] = textOf(entry)
	}
	return strings.Join(texts, " ")
}

// compile anchors a pattern as kustomize does.
func compile(pattern string, values map[string]any) (*regexp.Regexp, error) {
	quoted := make(map[string]any, len(values))
	for name, v := range values {
		quoted[name] = regexp.QuoteMeta(fmt.Sprint(v))
	}
	text, err := policy.Substitute(pattern, quoted)
	if err != nil || text == "" {
		return nil, err
	}
	re, err := regexp.Compile(fmt.Sprintf("^(?:%s)$", text))
	if err != nil {
		return nil, fmt.Errorf("want a regular expression, got %q", pattern)
	}
	return re, nil
}

func substituteAnd[T any](parse func(string) (T, error), text string, values map[string]any) (out T, err error) {
	v, err := policy.Substitute(text, values)
	if err != nil {
		return out, err
	}
	s, ok := v.(string)
	if !ok {
		s = fmt.Sprint(v)
	}
	return parse(s)
}

// A candidate is a value that was found, and the object that holds it.
type candidate struct {
	object manifest.Object
	value  any
}

// String tells people where the value is: Kind namespace/name file:line = value.
func (c candidate) String() string {
	return fmt.Sprintf("%s = %s", where(c.object), got(c.value))
}

func where(o manifest.Object) string {
	at := o.Origin()
	if at.File == "" {
		return o.Ref().String()
	}
	return fmt.Sprintf("%s in %s", o.Ref(), at)
}

// find returns the values that s leads to, in the order of objects, and the
// objects that it looked at.
func (s search) find(objects []manifest.Object) (found []candidate, looked []manifest.Object) {
	for _, o := range objects {
		if !s.selects(o) {
			continue
		}
		looked = append(looked, o)
		fields, _ := o.Get()
		for _, v := range lookUp(fields, s.path) {
			if v, ok := s.take(v); ok {
				found = append(found, candidate{o, v})
			}
		}
	}
	return found, looked
}

func (s search) selects(o manifest.Object) bool {
	ref := o.Ref()
	for i, text := range []string{ref.Group, ref.Version, ref.Kind, ref.Name, ref.Namespace} {
		if s.patterns[i] != nil && !s.patterns[i].MatchString(text) {
			return false
		}
	}
	labels, _ := o.Get("metadata", "labels")
	annotations, _ := o.Get("metadata", "annotations")
	return s.labels.matches(labels) && s.annotations.matches(annotations)
}

// isNoValue reports whether err is about an input that has no value, which was
// reported where it should have got one.
func isNoValue(err error) (name string, ok bool) {
	missing, ok := errors.AsType[policy.ErrNoValue](err)
	return string(missing), ok
}
