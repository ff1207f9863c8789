package strict

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// A Scalar is a value that is written as text: a duration, a set of status
// codes. Form completes "want …" in the message about a value that
// UnmarshalText refuses, and Example is one that it takes.
type Scalar interface {
	encoding.TextUnmarshaler
	Form() (form, example string)
}

// A Checker finds what no single key can show, such as two keys that exclude
// each other. It reports by key; the empty key is the value itself.
type Checker interface {
	Check(report func(key, msg, hint string))
}

// Decode reads d into the struct that into points to. Its error holds every
// mistake of the document, in file order.
func (d *Document) Decode(into any) error {
	return d.DecodeNode(d.Root, "", into)
}

// DecodeNode reads the node n, which is at path in d, into what into points to.
func (d *Document) DecodeNode(n *yaml.Node, path string, into any) error {
	dec := decoder{doc: d}
	dec.value(n, path, reflect.ValueOf(into).Elem(), "")
	return dec.problems.Err()
}

type decoder struct {
	doc      *Document
	problems diag.List
}

func (d *decoder) reportf(n *yaml.Node, path, hint, format string, args ...any) {
	p := d.doc.Pos(n, path).Problemf(format, args...)
	p.Hint = hint
	d.problems.Add(p)
}

var scalarType = reflect.TypeFor[Scalar]()

// value reads n into v. Tag is the struct tag of the field that holds v.
func (d *decoder) value(n *yaml.Node, path string, v reflect.Value, tag reflect.StructTag) {
	n = follow(n)
	if v.Kind() != reflect.Pointer && v.Addr().Type().Implements(scalarType) {
		d.scalar(n, path, v)
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
		d.free(n, path, v)
	default:
		d.plain(n, path, v, tag)
	}
}

// scalar reads a value that knows its own form.
func (d *decoder) scalar(n *yaml.Node, path string, v reflect.Value) {
	s, _ := v.Addr().Interface().(Scalar)
	form, example := s.Form()
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		d.reportf(n, path, "", "want %s, got %s", form, KindName(n))
		return
	}
	if err := s.UnmarshalText([]byte(n.Value)); err != nil {
		hint := ""
		if example != "" {
			hint = "write it like " + example
		}
		d.reportf(n, path, hint, "want %s, got %q", form, n.Value)
	}
}

// free reads any value, for keys whose content is somebody else's language.
func (d *decoder) free(n *yaml.Node, path string, v reflect.Value) {
	var out any
	if err := n.Decode(&out); err != nil {
		d.reportf(n, path, "", "want YAML values, got ones that cannot be read: %s", strings.TrimPrefix(err.Error(), "yaml: "))
		return
	}
	if out != nil {
		v.Set(reflect.ValueOf(out))
	}
}

func (d *decoder) object(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.reportf(n, path, "", "want a mapping, got %s", KindName(n))
		return
	}
	if at := v.FieldByName("At"); at.IsValid() && at.Type() == reflect.TypeFor[diag.Pos]() {
		at.Set(reflect.ValueOf(d.doc.Pos(n, path)))
	}
	fields := fieldsOf(v.Type())
	places := map[string]*yaml.Node{}
	understood := true
	for key, value := range d.pairs(n, path) {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == key.Value })
		if i < 0 {
			d.unknown(key, join(path, key.Value), fields)
			understood = false
			continue
		}
		places[key.Value] = value
		d.value(value, join(path, key.Value), v.FieldByIndex(fields[i].index), fields[i].tag)
	}
	for _, f := range fields {
		if f.need && places[f.key] == nil {
			d.reportf(n, join(path, f.key), "", "required")
		}
	}
	if understood {
		d.check(n, path, v, places)
	}
}

// check asks v itself. With an unknown key it is not asked: what it misses may
// be that very key, spelled wrong.
func (d *decoder) check(n *yaml.Node, path string, v reflect.Value, places map[string]*yaml.Node) {
	c, ok := v.Addr().Interface().(Checker)
	if !ok {
		return
	}
	c.Check(func(key, msg, hint string) {
		at, full := n, path
		if key != "" {
			full = join(path, key)
			if p := places[key]; p != nil {
				at = p
			}
		}
		d.reportf(at, full, hint, "%s", msg)
	})
}

// pairs yields the keys and values of n and reports keys that are not text or
// are given twice.
func (d *decoder) pairs(n *yaml.Node, path string) func(yield func(k, v *yaml.Node) bool) {
	return func(yield func(k, v *yaml.Node) bool) {
		seen := map[string]*yaml.Node{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := follow(n.Content[i]), n.Content[i+1]
			switch {
			case key.Kind != yaml.ScalarNode:
				d.reportf(key, path, "", "want text as a key, got %s", KindName(key))
			case key.Tag == "!!merge":
				d.reportf(key, join(path, key.Value), "write the keys out", "merge keys are not part of this language")
			case seen[key.Value] != nil:
				d.reportf(key, join(path, key.Value), fmt.Sprintf("first given in line %d", seen[key.Value].Line), "key given twice")
			default:
				seen[key.Value] = key
				if !yield(key, value) {
					return
				}
			}
		}
	}
}

func (d *decoder) unknown(key *yaml.Node, path string, fields []field) {
	known := make([]string, len(fields))
	for i, f := range fields {
		known[i] = f.key
	}
	d.reportf(key, path, Suggest(key.Value, known, "known keys"), "unknown key")
}

func (d *decoder) mapping(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.reportf(n, path, "", "want a mapping, got %s", KindName(n))
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
		d.reportf(n, path, "put a dash and a space before each entry", "want a list, got %s", KindName(n))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, c := range n.Content {
		d.value(c, fmt.Sprintf("%s[%d]", path, i), out.Index(i), tag)
	}
	v.Set(out)
}

// plain reads the scalars that Go itself has.
func (d *decoder) plain(n *yaml.Node, path string, v reflect.Value, tag reflect.StructTag) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		d.reportf(n, path, "", "want %s, got %s", formOf(v.Kind()), KindName(n))
		return
	}
	switch v.Kind() {
	case reflect.String:
		d.text(n, path, v, tag)
	case reflect.Bool:
		d.boolean(n, path, v)
	case reflect.Int, reflect.Int64:
		d.integer(n, path, v, tag)
	case reflect.Float64:
		f, err := strconv.ParseFloat(n.Value, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || n.Tag == "!!str" {
			d.reportf(n, path, "", "want a number, got %s", KindName(n))
			return
		}
		v.SetFloat(f)
	}
}

func (d *decoder) text(n *yaml.Node, path string, v reflect.Value, tag reflect.StructTag) {
	if n.Tag != "!!str" && n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) == 0 {
		d.reportf(n, path, fmt.Sprintf("write it in quotes: %q", n.Value), "want text, got %s", n.Value)
		return
	}
	if enum, ok := tag.Lookup("enum"); ok {
		allowed := strings.Split(enum, "|")
		if !slices.Contains(allowed, n.Value) {
			d.reportf(n, path, Suggest(n.Value, allowed, ""), "want one of %s, got %q", strings.Join(allowed, ", "), n.Value)
			return
		}
	}
	v.SetString(n.Value)
}

func (d *decoder) boolean(n *yaml.Node, path string, v reflect.Value) {
	if n.Tag != "!!bool" {
		d.reportf(n, path, "", "want true or false, got %q", n.Value)
		return
	}
	v.SetBool(strings.EqualFold(n.Value, "true"))
}

func (d *decoder) integer(n *yaml.Node, path string, v reflect.Value, tag reflect.StructTag) {
	i, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil || n.Tag != "!!int" {
		d.reportf(n, path, "", "want a whole number, got %q", n.Value)
		return
	}
	if low, ok := tag.Lookup("min"); ok && i < atoi(low) {
		d.reportf(n, path, "", "want a number of at least %s, got %d", low, i)
		return
	}
	if high, ok := tag.Lookup("max"); ok && i > atoi(high) {
		d.reportf(n, path, "", "want a number of at most %s, got %d", high, i)
		return
	}
	v.SetInt(i)
}

// atoi reads a number of a struct tag, which our own tests have seen.
func atoi(s string) int64 {
	i, _ := strconv.ParseInt(s, 10, 64)
	return i
}

func formOf(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	default:
		return "text"
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
