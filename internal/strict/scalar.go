package strict

import (
	"cmp"
	"encoding"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A Scalar is a value that is written as text: a duration, a set of status
// codes. Form completes "want …" in the message about a value that
// UnmarshalText refuses, and Example is one that it takes.
type Scalar interface {
	encoding.TextUnmarshaler
	Form() (form, example string)
}

// scalarOf returns v as a Scalar, if it is one. A pointer to one is not: it
// must be made first.
func scalarOf(v reflect.Value) (Scalar, bool) {
	if v.Kind() == reflect.Pointer || !v.CanAddr() {
		return nil, false
	}
	s, ok := v.Addr().Interface().(Scalar)
	return s, ok
}

// scalar reads a value that knows its own form.
func (d *decoder) scalar(n *yaml.Node, path string, s Scalar, tag reflect.StructTag) {
	form, example := s.Form()
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		d.refusef(n, path, "", "want %s, got %s", form, KindName(n))
		return
	}
	if err := s.UnmarshalText([]byte(n.Value)); err != nil {
		hint := ""
		if example != "" {
			hint = "write it like " + example
		}
		d.refusef(n, path, hint, "want %s, got %s", form, quote(n.Value))
		return
	}
	if low, ok := tag.Lookup("min"); ok && compare(s, low) < 0 {
		d.refusef(n, path, "", "want %s of at least %s, got %s", form, low, n.Value)
	}
	if high, ok := tag.Lookup("max"); ok && compare(s, high) > 0 {
		d.refusef(n, path, "", "want %s of at most %s, got %s", form, high, n.Value)
	}
}

// compare holds s, a number in its core, against the bound of a struct tag.
func compare(s Scalar, bound string) int {
	v := reflect.ValueOf(s).Elem()
	if v.Kind() != reflect.Int64 {
		return 0
	}
	other := reflect.New(v.Type())
	if o, ok := other.Interface().(Scalar); !ok || o.UnmarshalText([]byte(bound)) != nil {
		return 0
	}
	return cmp.Compare(v.Int(), other.Elem().Int())
}

// plain reads the scalars that Go itself has.
func (d *decoder) plain(n *yaml.Node, path string, v reflect.Value, tag reflect.StructTag) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		d.refusef(n, path, "", "want %s, got %s", formOf(v.Kind()), KindName(n))
		return
	}
	switch v.Kind() {
	case reflect.String:
		d.text(n, path, v, tag)
	case reflect.Bool:
		d.boolean(n, path, v)
	case reflect.Int, reflect.Int64:
		d.integer(n, path, v, tag)
	}
}

// formOf completes "want …" for a kind of Go value.
func formOf(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	default:
		return "text"
	}
}

const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle

// unquote is the hint about a value that is text only because of its quotes.
func unquote(n *yaml.Node) string {
	if n.Style&quoted != 0 {
		return "write it without quotes"
	}
	return ""
}

func (d *decoder) text(n *yaml.Node, path string, v reflect.Value, tag reflect.StructTag) {
	if n.Tag != "!!str" && n.Style&quoted == 0 {
		d.refusef(n, path, "write it in quotes: "+quote(n.Value), "want text, got %s", n.Value)
		return
	}
	if enum, ok := tag.Lookup("enum"); ok {
		allowed := strings.Split(enum, "|")
		if !slices.Contains(allowed, n.Value) {
			d.refusef(n, path, Suggest(n.Value, allowed, ""), "want %s, got %s", oneOf(allowed), quote(n.Value))
			return
		}
	}
	if n.Value == "" && tag.Get("need") == "true" {
		d.refusef(n, path, "", "want text, got none")
		return
	}
	v.SetString(n.Value)
}

func oneOf(allowed []string) string {
	if len(allowed) == 1 {
		return allowed[0]
	}
	return "one of " + strings.Join(allowed, ", ")
}

func (d *decoder) boolean(n *yaml.Node, path string, v reflect.Value) {
	if n.Tag != "!!bool" {
		d.refusef(n, path, unquote(n), "want true or false, got %s", quote(n.Value))
		return
	}
	v.SetBool(strings.EqualFold(n.Value, "true"))
}

// isWhole leaves out what readers of YAML disagree about, such as 010, and +1.
func isWhole(number string) bool {
	digits := strings.TrimPrefix(number, "-")
	return digits == "0" || digits != "" && digits[0] >= '1' && digits[0] <= '9'
}

func (d *decoder) integer(n *yaml.Node, path string, v reflect.Value, tag reflect.StructTag) {
	i, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil || n.Tag != "!!int" || !isWhole(n.Value) {
		d.refusef(n, path, unquote(n), "want a whole number, got %s", quote(n.Value))
		return
	}
	if low, ok := tag.Lookup("min"); ok && i < atoi(low) {
		d.refusef(n, path, "", "want a number of at least %s, got %d", low, i)
		return
	}
	if high, ok := tag.Lookup("max"); ok && i > atoi(high) {
		d.refusef(n, path, "", "want a number of at most %s, got %d", high, i)
		return
	}
	v.SetInt(i)
}

// atoi reads a number of a struct tag, which our own tests have seen.
func atoi(s string) int64 {
	i, _ := strconv.ParseInt(s, 10, 64)
	return i
}

// free reads any value, for keys whose content is somebody else's language. It
// gives what a JSON document can hold: map[string]any, []any, string, bool, int,
// float64 and nil. False means that something in it could not be read.
func (d *decoder) free(n *yaml.Node, path string) (any, bool) {
	switch n.Kind {
	case yaml.MappingNode:
		out := make(map[string]any, len(n.Content)/2)
		for key, value := range d.pairs(n, path) {
			out[key.Value], _ = d.free(value, join(path, key.Value))
		}
		return out, true
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, c := range n.Content {
			out[i], _ = d.free(c, path+"["+strconv.Itoa(i)+"]")
		}
		return out, true
	}
	return d.freeScalar(n, path)
}

func (d *decoder) freeScalar(n *yaml.Node, path string) (any, bool) {
	switch n.Tag {
	case "!!null", "!!bool", "!!int", "!!float":
	default: // dates and foreign tags too: JSON has only text for them
		return n.Value, true
	}
	var out any
	if err := n.Decode(&out); err != nil {
		d.refusef(n, path, "", "want %s, got %s", strings.TrimPrefix(n.Tag, "!!"), quote(n.Value))
		return nil, false
	}
	f, ok := out.(float64)
	switch {
	case !ok:
		return out, true
	case math.IsNaN(f) || math.IsInf(f, 0):
		d.refusef(n, path, "", "want a number that JSON can hold, got %s", n.Value)
		return nil, false
	case f == math.Trunc(f) && math.Abs(f) < 1<<53:
		return int(f), true // as in JSON, 1.0 is 1
	}
	return f, true
}
