package manifest

import "fmt"

// addItems records the items of a List as objects of their own: Argo CD
// flattens whatever has a list of items at its top level.
func (s *stream) addItems(list Object, items []any) error {
	for i, item := range items {
		pos := list.origin
		pos.Path = fmt.Sprintf("items[%d]", i)
		fields, ok := item.(map[string]any)
		if !ok {
			return pos.Problemf("want an object, got %s", described(item))
		}
		o := New(fields, list.origin)
		if o.Text("kind") == "" {
			return pos.Problemf("want an object with a kind, got %s", described(fields["kind"]))
		}
		if _, nested := fields["items"].([]any); nested {
			return pos.Problemf("want an object, got a list of objects")
		}
		s.objects = append(s.objects, o)
	}
	return nil
}

// isNullList recognises a List without items, which kubectl prints as
// "items: null" and Argo CD drops.
func isNullList(fields map[string]any) bool {
	items, hasItems := fields["items"]
	_, hasSpec := fields["spec"]
	_, hasStatus := fields["status"]
	return hasItems && items == nil && !hasSpec && !hasStatus
}

func described(v any) string {
	if v == nil {
		return "none"
	}
	return kindOf(v)
}
