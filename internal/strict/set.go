package strict

import (
	"encoding/json"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// Set puts value at a path of mapping keys and makes the mappings on the way.
// What stood there before is gone. Messages about the value name from instead of
// a line of the file. Something else than a mapping in the way is a problem.
func (d *Document) Set(keys []string, value *yaml.Node, from string) error {
	d.mark(value, from)
	at, path := d.Root, ""
	for _, key := range keys[:len(keys)-1] {
		if at.Kind != yaml.MappingNode {
			return d.inTheWay(at, path, from)
		}
		path = join(path, key)
		at = d.mappingAt(at, key, from)
	}
	if at.Kind != yaml.MappingNode {
		return d.inTheWay(at, path, from)
	}
	d.put(at, keys[len(keys)-1], value, from)
	return nil
}

func (d *Document) inTheWay(n *yaml.Node, path, from string) error {
	return diag.Pos{File: from, Path: path}.Problemf("want a mapping in %s, got %s", d.File, KindName(n))
}

// mappingAt returns the value at key of n; a new mapping if there is none.
func (d *Document) mappingAt(n *yaml.Node, key, from string) *yaml.Node {
	if c := Child(n, key); c != nil && c.Tag != "!!null" {
		return c
	}
	made := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	d.mark(made, from)
	d.put(n, key, made, from)
	return made
}

func (d *Document) put(n *yaml.Node, key string, value *yaml.Node, from string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content[i+1] = value
			return
		}
	}
	k := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}
	d.mark(k, from)
	n.Content = append(n.Content, k, value)
}

func (d *Document) mark(n *yaml.Node, from string) {
	d.from[n] = from
	for _, c := range n.Content {
		d.mark(c, from)
	}
}

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
	t := reflect.TypeFor[T]()
	parts := strings.Split(path, ".")
	for i, key := range parts {
		t = direct(t)
		if t.Kind() == reflect.Map && t.Elem().Kind() != reflect.Interface {
			return append(keys, strings.Join(parts[i:], ".")), isText(t.Elem())
		}
		keys = append(keys, key)
		t = typeAt(t, key)
	}
	return keys, isText(t)
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
