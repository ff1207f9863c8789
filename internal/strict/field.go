package strict

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
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

// A place is a field that notes where a key stands; without a key, the struct.
type place struct {
	key   string
	index []int
}

// A grammar is what a struct type says of its keys.
type grammar struct {
	fields []field
	places []place
}

// fieldsOf lists the keys of the struct type t in the order they are declared;
// the keys of embedded structs stand where the struct is.
func fieldsOf(t reflect.Type) []field { return grammarOf(t).fields }

// placesOf lists the places of the struct type t.
func placesOf(t reflect.Type) []place { return grammarOf(t).places }

func grammarOf(t reflect.Type) *grammar {
	if known, ok := grammars.Load(t); ok {
		return known.(*grammar)
	}
	g := &grammar{}
	g.add(t, nil)
	grammars.Store(t, g)
	return g
}

// What was found out about a type holds for ever, and finding it out took a
// twentieth of the time of a small application.
var grammars sync.Map

// add reads the fields of the struct type t, which is embedded at this index. No
// field of a grammar hides another one, so that reflect.VisibleFields, which sees to
// that, would be a fiftieth of the time of a small application for nothing.
func (g *grammar) add(t reflect.Type, at []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(slices.Clip(at), i)
		if key, asked := f.Tag.Lookup("at"); asked || f.Name == "At" && f.Type == reflect.TypeFor[diag.Pos]() {
			g.places = append(g.places, place{key: key, index: index})
		}
		if key, flags, _ := strings.Cut(f.Tag.Get("yaml"), ","); key != "" && key != "-" && f.IsExported() {
			g.fields = append(g.fields, field{key: key, index: index, typ: f.Type, tag: f.Tag, need: f.Tag.Get("need") == "true", optional: flags == "omitempty"})
		}
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			g.add(f.Type, index)
		}
	}
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
