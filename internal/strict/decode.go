package strict

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// A Checker finds what no single key can show, such as two keys that exclude
// each other. It reports by key, or by a longer path below the value; the empty
// path is the value itself.
type Checker interface {
	Check(report func(path, msg, hint string))
}

// Decode reads d into the struct that into points to. Its error holds every
// mistake of the document, in file order; what could be read is in into.
func (d *Document) Decode(into any) error {
	return d.DecodeNode(d.Root, "", into)
}

// DecodeNode reads the node n, which is at path in d, into what into points to.
func (d *Document) DecodeNode(n *yaml.Node, path string, into any) error {
	dec := decoder{doc: d, unread: map[string]bool{}}
	dec.value(n, path, reflect.ValueOf(into).Elem(), "")
	return dec.problems.Err()
}

type decoder struct {
	doc      *Document
	problems diag.List
	// unread holds the paths of values that could not be read: a Checker that
	// misses one of them would only repeat what was said about it.
	unread map[string]bool
}

func (d *decoder) reportf(n *yaml.Node, path, hint, format string, args ...any) {
	p := d.doc.Pos(n, path).Problemf(format, args...)
	p.Hint = hint
	d.problems.Add(p)
}

// refusef reports that the value n at path cannot be read.
func (d *decoder) refusef(n *yaml.Node, path, hint, format string, args ...any) {
	d.unread[path] = true
	d.reportf(n, path, hint, format, args...)
}

// inParameter is the hint for a mapping that a plugin parameter gives as other text;
// a document has its own ways to write one.
func (d *decoder) inParameter(n *yaml.Node) string {
	if _, isOutside := d.doc.from[n]; !isOutside {
		return ""
	}
	return `write {key: value}, or key: value in lines, or use the parameter's map`
}

// value reads n into v. Tag is the struct tag of the field that holds v.
func (d *decoder) value(n *yaml.Node, path string, v reflect.Value, tag reflect.StructTag) {
	if s, ok := scalarOf(v); ok {
		d.scalar(n, path, s, tag)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, path, v.Elem(), tag)
	case reflect.Struct:
		d.object(n, path, v)
	case reflect.Map:
		d.mapping(n, path, v)
	case reflect.Slice:
		d.list(n, path, v, tag)
	case reflect.Interface:
		if free, ok := d.free(n, path); ok && free != nil {
			v.Set(reflect.ValueOf(free))
		}
	default:
		d.plain(n, path, v, tag)
	}
}

// object reads a mapping whose keys are known.
func (d *decoder) object(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.refusef(n, path, d.inParameter(n), "want a mapping, got %s", KindName(n))
		return
	}
	fields := fieldsOf(v.Type())
	given := map[string]bool{}
	understood := true
	for key, value := range d.pairs(n, path) {
		full := join(path, key.Value)
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == key.Value })
		if i < 0 {
			d.reportf(key, full, Suggest(key.Value, keysOf(fields), "known keys"), "unknown key")
			understood = false
			continue
		}
		given[key.Value] = true
		d.value(value, full, v.FieldByIndex(fields[i].index), fields[i].tag)
	}
	for _, f := range fields {
		if f.need && !given[f.key] {
			d.reportf(n, join(path, f.key), "", "required")
		}
	}
	d.places(n, path, v)
	if understood {
		d.check(n, path, v)
	}
}

// places notes where v stands, in its field At, and where its keys stand, in the
// fields with an at tag.
func (d *decoder) places(n *yaml.Node, path string, v reflect.Value) {
	for _, p := range placesOf(v.Type()) {
		at, full := n, path
		if p.key != "" {
			full = join(path, p.key)
			if at = Child(n, p.key); at == nil {
				at = n
			}
		}
		v.FieldByIndex(p.index).Set(reflect.ValueOf(d.doc.Pos(at, full)))
	}
}

// check asks v itself. With an unknown key it is not asked: what it misses may
// be that very key, spelled wrong.
func (d *decoder) check(n *yaml.Node, path string, v reflect.Value) {
	c, ok := v.Addr().Interface().(Checker)
	if !ok {
		return
	}
	c.Check(func(below, msg, hint string) {
		at, full := n, path
		if below != "" {
			at, full = find(n, below), strings.TrimPrefix(path+"."+below, ".")
		}
		if !d.unread[full] {
			d.reportf(at, full, hint, "%s", msg)
		}
	})
}

// pairs yields the keys and values of n and reports keys that are not text or
// are given twice.
func (d *decoder) pairs(n *yaml.Node, path string) func(yield func(k, v *yaml.Node) bool) {
	return func(yield func(k, v *yaml.Node) bool) {
		seen := map[string]*yaml.Node{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			first := seen[key.Value]
			switch {
			case key.Kind != yaml.ScalarNode:
				d.reportf(key, path, "", "want text as a key, got %s", KindName(key))
			case key.Tag == "!!merge":
				d.reportf(key, join(path, key.Value), "write the keys out", "merge keys are not part of this language")
			case first != nil:
				d.reportf(key, join(path, key.Value), firstGiven(first), "key given twice")
			default:
				seen[key.Value] = key
				if !yield(key, value) {
					return
				}
			}
		}
	}
}

func firstGiven(n *yaml.Node) string { return fmt.Sprintf("first given in line %d", n.Line) }

// mapping reads a mapping whose keys are the user's own.
func (d *decoder) mapping(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.refusef(n, path, d.inParameter(n), "want a mapping, got %s", KindName(n))
		return
	}
	out := reflect.MakeMap(v.Type())
	for key, value := range d.pairs(n, path) {
		elem := reflect.New(v.Type().Elem()).Elem()
		d.value(value, join(path, key.Value), elem, "")
		out.SetMapIndex(reflect.ValueOf(key.Value), elem)
	}
	v.Set(out)
}

func (d *decoder) list(n *yaml.Node, path string, v reflect.Value, tag reflect.StructTag) {
	if n.Kind != yaml.SequenceNode {
		hint := "put a dash and a space before each entry"
		if _, isOutside := d.doc.from[n]; isOutside {
			hint = "write [a, b], or a dash and a space before each entry in lines, or use the parameter's array"
		}
		d.refusef(n, path, hint, "want a list, got %s", KindName(n))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, c := range n.Content {
		d.value(c, fmt.Sprintf("%s[%d]", path, i), out.Index(i), tag)
	}
	v.Set(out)
}
