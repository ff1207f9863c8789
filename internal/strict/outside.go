package strict

import (
	"encoding/json"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// NodeOf returns a text from outside the document as a node: the text itself
// where text is wanted, elsewhere what it means in YAML. A list or a mapping is
// written as JSON or in lines; other text with brackets, such as a template, is
// text.
func NodeOf(s string, text bool) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: s}
	if text {
		n.Tag, n.Style = "!!str", yaml.DoubleQuotedStyle
		return n
	}
	if isJSON(s) || isLines(s) {
		if c := collection(s); c != nil {
			return c
		}
	}
	n.Tag = n.ShortTag()
	return n
}

// CollectionOf returns a text from outside the document as the list or mapping that is
// wanted, which it writes in any way of YAML; nil if it is none, or a template. Where
// text is wanted in it, single values are texts.
func CollectionOf(s string, want yaml.Kind, text bool) *yaml.Node {
	c := collection(s)
	if c == nil || c.Kind != want || strings.HasPrefix(strings.TrimSpace(s), "{{") {
		return nil
	}
	for i, entry := range c.Content {
		if text && entry.Kind == yaml.ScalarNode && (want == yaml.SequenceNode || i%2 == 1) {
			c.Content[i] = NodeOf(entry.Value, true)
		}
	}
	return c
}

// isJSON reports whether s is a list or a mapping in JSON.
func isJSON(s string) bool {
	s = strings.TrimSpace(s)
	return s != "" && strings.Contains("[{", s[:1]) && json.Valid([]byte(s))
}

// isLines reports whether s looks like a list or a mapping in lines of YAML.
func isLines(s string) bool {
	s = strings.TrimSpace(s)
	first, _, _ := strings.Cut(s, "\n")
	switch {
	case s == "" || strings.Contains("[{\"'", s[:1]):
		return false
	case strings.HasPrefix(s, "- "):
		return true
	}
	return strings.HasSuffix(first, ":") || strings.Contains(first, ": ")
}

// collection is the list or mapping that s writes; nil if it is none.
func collection(s string) *yaml.Node {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(s), &doc); err != nil || len(doc.Content) == 0 || doc.Content[0].Kind == yaml.ScalarNode {
		return nil
	}
	return doc.Content[0]
}

// Keys splits a dotted path, such as retry.limit, into keys of the document that
// T describes, and says whether the value there, or each entry of the list or
// mapping there, is text. Keys that are the user's own, such as those of labels,
// may have dots in them.
func Keys[T any](path string) (keys []string, text bool) {
	keys, t := typeOf[T](path)
	return keys, isText(t)
}

// Shape says of the value at a dotted path, and of each entry there if it is a list or
// a mapping, whether it is a list or a mapping; 0 is neither, or not known.
func Shape[T any](path string) (value, entry yaml.Kind) {
	_, t := typeOf[T](path)
	value = kindAt(t)
	if t = direct(t); value != 0 && t.Kind() != reflect.Struct {
		entry = kindAt(t.Elem())
	}
	return value, entry
}

// kindAt is the kind of node that a value of type t is read from.
func kindAt(t reflect.Type) yaml.Kind {
	t = direct(t)
	switch {
	case isScalar(t):
		return 0
	case t.Kind() == reflect.Slice:
		return yaml.SequenceNode
	case t.Kind() == reflect.Map, t.Kind() == reflect.Struct:
		return yaml.MappingNode
	}
	return 0
}

// typeOf splits a dotted path, and returns the type of the value there.
func typeOf[T any](path string) (keys []string, t reflect.Type) {
	t = reflect.TypeFor[T]()
	parts := strings.Split(path, ".")
	for i, key := range parts {
		t = direct(t)
		if t.Kind() == reflect.Map && t.Elem().Kind() != reflect.Interface {
			return append(keys, strings.Join(parts[i:], ".")), t.Elem()
		}
		keys = append(keys, key)
		t = typeAt(t, key)
	}
	return keys, t
}

// typeAt is the type of the value at key of the struct t; a mapping of anything
// where t has no such key, or none of its own.
func typeAt(t reflect.Type, key string) reflect.Type {
	if t.Kind() == reflect.Struct {
		for _, f := range fieldsOf(t) {
			if f.key == key {
				return f.typ
			}
		}
	}
	return reflect.TypeFor[map[string]any]()
}

func direct(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

func isText(t reflect.Type) bool {
	for t = direct(t); t.Kind() == reflect.Slice || t.Kind() == reflect.Map; {
		t = direct(t.Elem())
	}
	return t.Kind() == reflect.String && !isScalar(t)
}

// isScalar reports whether a value of type t knows its own form.
func isScalar(t reflect.Type) bool { return reflect.PointerTo(t).Implements(reflect.TypeFor[Scalar]()) }
