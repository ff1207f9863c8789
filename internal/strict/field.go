package strict

import (
	"reflect"
	"strings"
)

// A field is one key of a struct's grammar.
type field struct {
	key   string
	index []int
	typ   reflect.Type
	tag   reflect.StructTag
	need  bool
	// optional is left out of what Encode writes where it is empty.
	optional bool
}

// fieldsOf lists the keys of the struct type t in the order they are declared;
// the keys of embedded structs stand where the struct is.
func fieldsOf(t reflect.Type) []field {
	var out []field
	for _, f := range reflect.VisibleFields(t) {
		key, flags, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if key == "" || key == "-" || !f.IsExported() {
			continue
		}
		out = append(out, field{key: key, index: f.Index, typ: f.Type, tag: f.Tag, need: f.Tag.Get("need") == "true", optional: flags == "omitempty"})
	}
	return out
}

// keysOf lists the keys of fields, in their order.
func keysOf(fields []field) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return keys
}

// Fill puts the default of each key that was not given into the struct that v
// points to, and into the structs, lists and maps in it. A key whose default
// must differ from an explicit zero has a pointer type.
func Fill(v any) { fill(reflect.ValueOf(v).Elem()) }

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fill(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Struct:
		for _, f := range fieldsOf(v.Type()) {
			fillField(v.FieldByIndex(f.index), f)
		}
	}
}

func fillField(v reflect.Value, f field) {
	text, ok := f.tag.Lookup("default")
	if !ok || !v.IsZero() {
		fill(v)
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if s, ok := v.Addr().Interface().(Scalar); ok {
		_ = s.UnmarshalText([]byte(text)) // a test holds every default
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(text == "true")
	case reflect.Int, reflect.Int64:
		v.SetInt(atoi(text))
	}
}
