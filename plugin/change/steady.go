package change

import (
	"reflect"
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// Steady returns the changes from old to new without those that are chance: again
// is new, rendered once more, and what differs between these two, such as a
// password that a chart makes, says nothing about old. A value counts as soon as
// it is the same in both.
func Steady(changes []Change, old, new, again []manifest.Object) []Change {
	before, first, second := fields(old), fields(new), fields(again)
	chance := func(c Change) bool {
		id := manifest.Ref{Group: c.Group, Kind: c.Kind, Namespace: c.Namespace, Name: c.Name}
		switch b, has := second[id]; {
		case c.What == Added:
			return !has // its name is another one each time
		case c.What == Changed && has:
			return agree(before[id], first[id], b)
		}
		return false
	}
	return slices.DeleteFunc(slices.Clone(changes), chance)
}

// fields are those of each object.
func fields(objects []manifest.Object) map[manifest.Ref]any {
	out := make(map[manifest.Ref]any, len(objects))
	for _, o := range objects {
		out[identity(o)] = o.Fields()
	}
	return out
}

// agree reports whether old has what a and b have in common.
func agree(old, a, b any) bool {
	if reflect.DeepEqual(a, b) {
		return reflect.DeepEqual(old, a)
	}
	switch a := a.(type) {
	case map[string]any:
		if b, ok := b.(map[string]any); ok {
			was, isMap := old.(map[string]any)
			return isMap && agreeByKey(was, a, b)
		}
	case []any:
		if b, ok := b.([]any); ok && len(a) == len(b) {
			was, isList := old.([]any)
			return isList && len(was) == len(a) && agreeByPlace(was, a, b)
		}
	}
	return true
}

// agreeByKey wants what both a and b have, and nothing that neither has.
func agreeByKey(old, a, b map[string]any) bool {
	for key, value := range a {
		other, both := b[key]
		was, had := old[key]
		if both && (!had || !agree(was, value, other)) {
			return false
		}
	}
	for key := range old {
		_, inA := a[key]
		_, inB := b[key]
		if !inA && !inB {
			return false
		}
	}
	return true
}

func agreeByPlace(old, a, b []any) bool {
	for i := range a {
		if !agree(old[i], a[i], b[i]) {
			return false
		}
	}
	return true
}
