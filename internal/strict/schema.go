package strict

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// Schema writes the grammar of the struct type t as a JSON schema (draft
// 2020-12), for editors. It is made of the same tags that the decoder obeys, in
// the order of the struct's fields, and says the same but for what a Scalar or a
// Checker knows and Ruled does not say: a document that the schema refuses is refused by the decoder
// too. Each object is written out where it is used, because editors show that
// best. The rules may be nil.
func Schema(t reflect.Type, id, title string, r Rules) []byte {
	out := members{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", id},
		{"title", title},
	}
	out = append(out, r.objectSchema(t)...)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(out) // it holds text, numbers and members only
	return b.Bytes()
}

// Rules are in JSON Schema and about values of a struct type, which itself does not
// know what they say. They refuse nothing that is taken where it is known.
type Rules map[reflect.Type][]string

// members are a JSON object that keeps its order.
type members []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in their order.
func (m members) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, e := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := enc.Encode(e.name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := enc.Encode(e.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (r Rules) objectSchema(t reflect.Type) members {
	var properties members
	var required []string
	for _, f := range fieldsOf(t) {
		properties = append(properties, member{f.key, r.fieldSchema(f)})
		if f.need {
			required = append(required, f.key)
		}
	}
	out := members{{"type", "object"}, {"additionalProperties", false}}
	if required != nil {
		out = append(out, member{"required", required})
	}
	if keys := choice(t); keys != nil {
		out = append(out, member{"oneOf", oneRequired(keys)})
	}
	rules := rulesOf(t)
	for _, rule := range r[t] {
		rules = append(rules, json.RawMessage(rule))
	}
	if rules != nil {
		out = append(out, member{"allOf", rules})
	}
	return append(out, member{"properties", properties})
}

// A Ruled is a Checker that says in JSON Schema what it can of its check. It
// refuses nothing that Check takes.
type Ruled interface{ SchemaRules() []string }

// rulesOf are those of t, else those of the structs in it.
func rulesOf(t reflect.Type) []json.RawMessage {
	if r, ok := reflect.New(t).Interface().(Ruled); ok {
		var out []json.RawMessage
		for _, rule := range r.SchemaRules() {
			out = append(out, json.RawMessage(rule))
		}
		return out
	}
	var out []json.RawMessage
	for f := range t.Fields() {
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			out = append(out, rulesOf(f.Type)...)
		}
	}
	return out
}

// oneRequired are the alternatives of which exactly one holds.
func oneRequired(keys []string) []members {
	out := make([]members, len(keys))
	for i, key := range keys {
		out[i] = members{{"required", []string{key}}}
	}
	return out
}

func (r Rules) fieldSchema(f field) members {
	out := members{{"description", sentence(f.tag.Get("doc"))}}
	if text, ok := f.tag.Lookup("default"); ok {
		out = append(out, member{"default", defaultValue(f.typ, text)})
	}
	return append(out, r.typeSchema(f.typ, f.tag)...)
}

// sentence makes a doc tag one.
func sentence(doc string) string {
	if doc == "" {
		return ""
	}
	return strings.ToUpper(doc[:1]) + doc[1:] + "."
}

// defaultValue is the text of a default tag as JSON has it.
func defaultValue(t reflect.Type, text string) any {
	switch t = direct(t); {
	case isScalar(t):
		return text
	case t.Kind() == reflect.Bool:
		return text == "true"
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		return atoi(text)
	}
	return text
}

func (r Rules) typeSchema(t reflect.Type, tag reflect.StructTag) members {
	t = direct(t)
	if isScalar(t) {
		return scalarSchema(t)
	}
	switch t.Kind() {
	case reflect.Struct:
		return r.objectSchema(t)
	case reflect.Map:
		return members{{"type", "object"}, {"additionalProperties", r.typeSchema(t.Elem(), "")}}
	case reflect.Slice:
		return members{{"type", "array"}, {"items", r.typeSchema(t.Elem(), tag)}}
	case reflect.Bool:
		return members{{"type", "boolean"}}
	case reflect.Int, reflect.Int64:
		return bounds(members{{"type", "integer"}}, tag)
	case reflect.String:
		return textSchema(tag)
	default:
		return nil // anything
	}
}

func bounds(out members, tag reflect.StructTag) members {
	if low, ok := tag.Lookup("min"); ok {
		out = append(out, member{"minimum", atoi(low)})
	}
	if high, ok := tag.Lookup("max"); ok {
		out = append(out, member{"maximum", atoi(high)})
	}
	return out
}

func textSchema(tag reflect.StructTag) members {
	out := members{{"type", "string"}}
	enum, ok := tag.Lookup("enum")
	switch values := strings.Split(enum, "|"); {
	case ok && len(values) == 1:
		out = append(out, member{"const", enum})
	case ok:
		out = append(out, member{"enum", values})
	case tag.Get("need") == "true":
		out = append(out, member{"minLength", 1})
	}
	if pattern, ok := tag.Lookup("pattern"); ok {
		out = append(out, member{"pattern", pattern})
	}
	if longest, ok := tag.Lookup("longest"); ok {
		out = append(out, member{"maxLength", atoi(longest)})
	}
	return out
}

// probes are texts that YAML reads as something else than text.
var probes = []struct{ jsonType, text string }{
	{"integer", "1"},
	{"integer", "200"},
	{"number", "1.5"},
	{"boolean", "true"},
}

// scalarSchema asks the type itself what it takes without quotes.
func scalarSchema(t reflect.Type) members {
	types := []string{"string"}
	for _, p := range probes {
		s, ok := reflect.New(t).Interface().(Scalar)
		if ok && s.UnmarshalText([]byte(p.text)) == nil && !slices.Contains(types, p.jsonType) {
			types = append(types, p.jsonType)
		}
	}
	out := members{{"type", types}}
	if len(types) == 1 {
		out = members{{"type", "string"}}
	}
	if p, ok := reflect.New(t).Interface().(patterned); ok {
		out = append(out, member{"pattern", p.Pattern()})
	}
	return out
}

// patterned is a Scalar whose text has a regular expression, for editors. It
// takes all that UnmarshalText takes, and hardly more.
type patterned interface{ Pattern() string }

// choice lists the keys of t of which exactly one must be given: those with the
// tag one:"true", and those of embedded structs with it.
func choice(t reflect.Type) []string {
	var out []string
	var within [][]int
	for _, f := range reflect.VisibleFields(t) {
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		inChoice := f.Tag.Get("one") == "true" || slices.ContainsFunc(within, func(w []int) bool {
			return len(f.Index) > len(w) && slices.Equal(f.Index[:len(w)], w)
		})
		switch {
		case inChoice && key == "":
			within = append(within, f.Index)
		case inChoice && key != "-":
			out = append(out, key)
		}
	}
	return out
}
