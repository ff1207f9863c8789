package inject

import (
	"errors"
	"fmt"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// An edit changes one object key by key and says what it takes away.
type edit struct {
	object manifest.Object
	asked  diag.Pos // the place in a policy that asked for it
	said   *diag.List
	broken bool // a value could not be set
}

// put sets a text, number or truth value. A value that is there already stays
// as it was written, so that the object keeps its own text.
func (e *edit) put(value any, path ...any) {
	old, _ := e.object.Get(path...)
	if old == value {
		return
	}
	if old != nil {
		at := e.object.Origin()
		at.Path = manifest.PathString(path...)
		e.said.Add(at.Warningf("%s: %s replaces %s, as %s asks", e.object.Ref(), shown(value), shown(old), e.asked))
	}
	e.set(value, path...)
}

// set sets a value of any kind without a word.
func (e *edit) set(value any, path ...any) {
	changed, err := e.object.Set(value, path...)
	if err != nil {
		_ = e.said.AddErr(e.templated(err, path)) // Set returns problems only
		e.broken = true
		return
	}
	e.object = changed
}

// templated adds a hint where the text that is in the way is one that an
// ApplicationSet makes something else of.
func (e *edit) templated(err error, path []any) error {
	p, ok := errors.AsType[diag.Problem](err)
	if !ok || e.object.Ref().Kind != "ApplicationSet" {
		return err
	}
	for i := range path {
		at := path[:i+1]
		if v, _ := e.object.Get(at...); strings.Contains(fmt.Sprint(v), "{{") {
			if _, isText := v.(string); isText {
				return p.WithHint("what {{…}} makes of %s is not known here: write a mapping with templates in its values, or leave the ApplicationSet out of the policy", manifest.PathString(at...))
			}
		}
	}
	return err
}

// shown is a value of a manifest in a message.
func shown(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "a mapping"
	case []any:
		return "a list"
	}
	return fmt.Sprint(v)
}

// along is path with more steps, in memory of its own.
func along(path []any, more ...any) []any {
	return append(append(make([]any, 0, len(path)+len(more)), path...), more...)
}

// listAt is the list at path; nil if there is none.
func listAt(o manifest.Object, path ...any) []any {
	v, _ := o.Get(path...)
	list, _ := v.([]any)
	return list
}

// mapAt is the mapping at path; nil if there is none.
func mapAt(o manifest.Object, path ...any) map[string]any {
	v, _ := o.Get(path...)
	m, _ := v.(map[string]any)
	return m
}

// place names an object in a message about another place.
func place(o manifest.Object) string {
	if at := o.Origin().String(); at != "" {
		return fmt.Sprintf("%s (%s)", o.Ref(), at)
	}
	return o.Ref().String()
}
