package manifest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Get returns the value at a path, whose elements are the keys of mappings
// (string) and the indexes of lists (int); ok is false if there is none. The
// value is shared with the object: callers must not change it.
func (o Object) Get(path ...any) (value any, ok bool) {
	if o.doc != nil {
		return o.doc.get(path)
	}
	value = o.fields
	for _, step := range path {
		if value, ok = child(value, step); !ok {
			return nil, false
		}
	}
	return value, true
}

func child(parent, step any) (any, bool) {
	switch step := step.(type) {
	case string:
		m, _ := parent.(map[string]any)
		v, ok := m[step]
		return v, ok
	case int:
		list, _ := parent.([]any)
		if step < 0 || step >= len(list) {
			return nil, false
		}
		return list[step], true
	default:
		return nil, false
	}
}

// Text returns the text at a path; "" if it is absent or not text.
func (o Object) Text(path ...any) string {
	if o.doc != nil {
		return o.doc.Text(path...)
	}
	v, _ := o.Get(path...)
	s, _ := v.(string)
	return s
}

// OnlyText reports whether there is nothing at a path, or a mapping whose values
// are all text. Nothing is made, unlike by Get.
func (o Object) OnlyText(path ...any) bool {
	if o.doc != nil {
		return o.doc.onlyText(path)
	}
	value, ok := o.Get(path...)
	entries, isMap := value.(map[string]any)
	for _, entry := range entries {
		if _, isText := entry.(string); !isText {
			return false
		}
	}
	return !ok || isMap
}

// Annotation returns the value of an annotation; "" if there is none.
func (o Object) Annotation(key string) string {
	if o.doc != nil {
		return o.doc.entry(o.doc.annotations, key)
	}
	return o.Text("metadata", "annotations", key)
}

// Label returns the value of a label; "" if there is none.
func (o Object) Label(key string) string {
	if o.doc != nil {
		return o.doc.entry(o.doc.labels, key)
	}
	return o.Text("metadata", "labels", key)
}

// Fields returns a deep copy of the object's fields.
func (o Object) Fields() map[string]any {
	if o.doc != nil {
		return o.doc.fields()
	}
	if o.fields == nil {
		return map[string]any{}
	}
	return deepCopy(o.fields).(map[string]any)
}

func deepCopy(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[key] = deepCopy(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = deepCopy(value)
		}
		return out
	default:
		return v
	}
}

// An Ordered is a new mapping for Set, each of whose keys is another. It is written in
// this order where the object keeps its own text; a map is in the order of its keys.
type Ordered []Entry

// An Entry is a key of a mapping and its value.
type Entry struct {
	Key   string
	Value any
}

// Set returns a copy of the object with value, which belongs to the copy from
// now on, at a path as Get takes it. Mappings on the way are made where there is
// nothing, or null. An index that equals the length of its list appends to it.
// An index beyond that, or something else where a mapping or a list is needed,
// is a problem that names the object and the path. Everything off the path is
// shared by the two objects.
func (o Object) Set(value any, path ...any) (Object, error) {
	if len(path) == 0 {
		return o, fmt.Errorf("set a field of %s: want a path, got none", o.Ref())
	}
	same := o
	if changed, ok := o.splice(value, path); ok {
		return changed, nil
	}
	if o.doc != nil {
		o.fields, o.doc = o.doc.fields(), nil
	}
	changed, at, wrong := set(o.fields, normal(value), path)
	if wrong != "" {
		pos := o.origin
		pos.Path = PathString(path[:at+1]...)
		return same, pos.Problemf("%s: %s", o.Ref(), wrong)
	}
	o.fields, o.text = changed.(map[string]any), nil
	return o, nil
}

// set returns a copy of parent that holds value at path. When it cannot, wrong
// says why and at is the index of the path's element that has no place.
func set(parent, value any, path []any) (changed any, at int, wrong string) {
	if len(path) == 0 {
		return value, 0, ""
	}
	old, _ := child(parent, path[0])
	inner, at, wrong := set(old, value, path[1:])
	if wrong != "" {
		return nil, at + 1, wrong
	}
	changed, wrong = with(parent, path[0], inner)
	return changed, 0, wrong
}

// with returns a copy of parent in which the element at step is value.
func with(parent, step, value any) (changed any, wrong string) {
	switch step := step.(type) {
	case string:
		m, ok := parent.(map[string]any)
		if !ok && parent != nil {
			return nil, "want it in a mapping, got it in " + kindOf(parent)
		}
		m = maps.Clone(m)
		if m == nil {
			m = map[string]any{}
		}
		m[step] = value
		return m, ""
	case int:
		list, ok := parent.([]any)
		if !ok && parent != nil {
			return nil, "want it in a list, got it in " + kindOf(parent)
		}
		if step < 0 || step > len(list) {
			return nil, fmt.Sprintf("want an index up to %d, got %d", len(list), step)
		}
		list = slices.Clone(list)
		if step == len(list) {
			return append(list, value), ""
		}
		list[step] = value
		return list, ""
	default:
		return nil, fmt.Sprintf("want a path of keys and indexes, got a %T", step)
	}
}

// kindOf names the kind of a value as messages to users do.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "a mapping"
	case []any:
		return "a list"
	case string:
		return "text"
	case bool:
		return "true or false"
	default:
		return "a number"
	}
}

// PathString renders a path as messages do: spec.containers[0].image. Keys that
// hold anything but letters, digits, "-" and "_" are quoted in brackets.
func PathString(path ...any) string {
	var b strings.Builder
	for _, step := range path {
		key, ok := step.(string)
		switch {
		case !ok:
			fmt.Fprintf(&b, "[%v]", step)
		case !plainKey(key):
			b.WriteString("[" + strconv.Quote(key) + "]")
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(key)
		}
	}
	return b.String()
}

func plainKey(key string) bool {
	odd := func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}
	return key != "" && strings.IndexFunc(key, odd) < 0
}
