package strict

import (
	"bytes"
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
)

// Encode writes v, a struct that Decode reads, as YAML that Decode reads back to
// the same: what was given, in the order of the struct's fields, without
// defaults. The same v gives the same bytes.
//
// It builds the nodes itself, because go-yaml's encoder chooses block scalars
// for texts that its own parser then reads differently.
func Encode(v any) []byte {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	_ = enc.Encode(nodeOf(reflect.ValueOf(v))) // nodes of these kinds always encode; fuzz tests hold that
	return b.Bytes()
}

// nodeOf is the node that v is written as.
func nodeOf(v reflect.Value) *yaml.Node {
	if n := ownForm(v); n != nil {
		return n
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return scalar("!!null", "null")
		}
		return nodeOf(v.Elem())
	case reflect.Struct:
		return structNode(v)
	case reflect.Map:
		return mapNode(v)
	case reflect.Slice:
		out := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for i := range v.Len() {
			out.Content = append(out.Content, nodeOf(v.Index(i)))
		}
		return out
	case reflect.String:
		return textNode(v.String())
	case reflect.Bool:
		return scalar("!!bool", strconv.FormatBool(v.Bool()))
	case reflect.Float64:
		return scalar("!!float", strconv.FormatFloat(v.Float(), 'g', -1, 64))
	default:
		return scalar("!!int", fmt.Sprint(v.Interface()))
	}
}

// ownForm is how a value that knows its own form is written; nil for others.
func ownForm(v reflect.Value) *yaml.Node {
	if v.Kind() == reflect.Pointer {
		return nil // its element is asked
	}
	switch own := v.Interface().(type) {
	case yaml.Marshaler:
		inner, err := own.MarshalYAML()
		if err == nil {
			return nodeOf(reflect.ValueOf(inner))
		}
	case encoding.TextMarshaler:
		text, err := own.MarshalText()
		if err == nil {
			return textNode(string(text))
		}
	}
	return nil
}

func structNode(v reflect.Value) *yaml.Node {
	out := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, f := range fieldsOf(v.Type()) {
		value := v.FieldByIndex(f.index)
		if f.optional && isEmpty(value) {
			continue
		}
		out.Content = append(out.Content, textNode(f.key), nodeOf(value))
	}
	return out
}

func isEmpty(v reflect.Value) bool {
	if v.Kind() == reflect.Slice || v.Kind() == reflect.Map {
		return v.Len() == 0
	}
	return v.IsZero()
}

func mapNode(v reflect.Value) *yaml.Node {
	values := map[string]reflect.Value{}
	for _, key := range v.MapKeys() {
		values[key.String()] = v.MapIndex(key)
	}
	out := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		k := textNode(key)
		if k.Style == yaml.LiteralStyle {
			k.Style = yaml.DoubleQuotedStyle
		}
		out.Content = append(out.Content, k, nodeOf(values[key]))
	}
	return out
}

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

// isOtherWord reports whether readers of YAML 1.1 take a text for something else.
func isOtherWord(s string) bool {
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "=", "<<":
		return true
	}
	return strings.Contains(s, ":") && s[0] <= '9' && sexagesimal().MatchString(s)
}

// sexagesimal is a number to the base of 60.
var sexagesimal = lazy.Regexp(`^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$`)

// textNode is text in a style that every reader takes for that text.
func textNode(s string) *yaml.Node {
	n := scalar("!!str", s)
	switch {
	case strings.Contains(s, "\n") && isBlock(s):
		n.Style = yaml.LiteralStyle
	case isOtherWord(s) || strings.ContainsFunc(s, isOdd) || strings.TrimSpace(s) != s:
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// isBlock reports whether s can stand as an indented block: it begins with no
// white space, which would be taken for indentation, and each line ends where it
// seems to.
func isBlock(s string) bool {
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		if line == "" || strings.TrimSpace(line) != strings.TrimLeft(line, " ") || strings.ContainsFunc(line, isOdd) {
			return false
		}
	}
	return s[0] != ' '
}

// isOdd reports whether r needs an escape to be seen.
func isOdd(r rune) bool {
	return r == unicode.ReplacementChar || r == '\ufeff' || !unicode.IsGraphic(r) || (unicode.IsSpace(r) && r != ' ')
}
