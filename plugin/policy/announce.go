package policy

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/argocd-safesync/argocd-safesync/internal/strict"
)

// An Announcement tells Argo CD's user interface about one parameter: its form
// is Argo CD's ParameterAnnouncement. The name is the place in the policy that
// the parameter's value goes to.
type Announcement struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Tooltip string `json:"tooltip"`
	// ItemType is string, boolean or number; CollectionType is string, array or
	// map, and says which of the three values counts.
	ItemType       string            `json:"itemType"`
	CollectionType string            `json:"collectionType"`
	String         string            `json:"string,omitempty"`
	Array          []string          `json:"array,omitempty"`
	Map            map[string]string `json:"map,omitempty"`
}

// announced are the keys of a policy that make sense as a parameter of one
// Application; of source, the type and the options of that type.
var announced = []string{"source.type", "source.directory", "source.kustomize", "source.helm", "retry", "record", "allowEmpty"}

// Announce lists the parameters of an application whose directory is rendered as
// kind, in the order of the policy's reference, with the values that p has. A key
// that p does not give has its default, or nothing.
func Announce(p Policy, kind string) []Announcement {
	var out []Announcement
	for _, name := range announced {
		option, isOption := strings.CutPrefix(name, "source.")
		if isOption && option != "type" && option != kind {
			continue
		}
		t, v, f := lookUp(reflect.ValueOf(p), strings.Split(name, "."))
		out = append(out, announce(name, t, v, f)...)
	}
	for i := range out {
		if out[i].Name == "source.type" && out[i].String == "" {
			out[i].String = kind
		}
	}
	return out
}

// lookUp follows keys from v. The value is not valid where nothing is given.
func lookUp(v reflect.Value, keys []string) (reflect.Type, reflect.Value, reflect.StructField) {
	t := v.Type()
	var field reflect.StructField
	for _, key := range keys {
		t, v = pointed(t, v)
		for _, f := range reflect.VisibleFields(t) {
			if keyOf(f) == key {
				field = f
			}
		}
		t = field.Type
		if v.IsValid() {
			v = v.FieldByIndex(field.Index)
		}
	}
	return t, v, field
}

// pointed is what a pointer points to; its value is not valid if that is
// nothing.
func pointed(t reflect.Type, v reflect.Value) (reflect.Type, reflect.Value) {
	if t.Kind() != reflect.Pointer {
		return t, v
	}
	if v.IsValid() && v.IsNil() {
		v = reflect.Value{}
	}
	if v.IsValid() {
		v = v.Elem()
	}
	return t.Elem(), v
}

func keyOf(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return key
}

// announce describes the key that f holds, or each key of the mapping there.
func announce(name string, t reflect.Type, v reflect.Value, f reflect.StructField) []Announcement {
	t, v = pointed(t, v)
	if t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(reflect.TypeFor[strict.Scalar]()) {
		a := Announcement{Name: name, Title: title(name), Tooltip: tooltip(f.Tag), ItemType: "string", CollectionType: "string"}
		a.fill(t, v, f)
		return []Announcement{a}
	}
	var out []Announcement
	for _, inner := range reflect.VisibleFields(t) {
		key := keyOf(inner)
		if key == "" || key == "-" {
			continue
		}
		var value reflect.Value
		if v.IsValid() {
			value = v.FieldByIndex(inner.Index)
		}
		out = append(out, announce(name+"."+key, inner.Type, value, inner)...)
	}
	return out
}

// fill puts in the types of a value and the value.
func (a *Announcement) fill(t reflect.Type, v reflect.Value, f reflect.StructField) {
	switch {
	case t.Kind() == reflect.Slice:
		a.CollectionType = "array"
		a.Array = entries(v)
	case t.Kind() == reflect.Map && t.Elem().Kind() == reflect.String:
		a.CollectionType = "map"
		if v.IsValid() {
			a.Map, _ = v.Interface().(map[string]string)
		}
	case t.Kind() == reflect.Map:
		a.String = asJSON(v)
	default:
		a.ItemType = itemType(t)
		a.String = f.Tag.Get("default")
		if v.IsValid() && (f.Type.Kind() == reflect.Pointer || !v.IsZero()) {
			a.String = fmt.Sprint(v.Interface())
		}
	}
}

func itemType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int64:
		return "number"
	default:
		return "string"
	}
}

// entries are those of a list, each as text: a mapping as JSON, which is how a
// parameter may give it.
func entries(v reflect.Value) []string {
	if !v.IsValid() {
		return nil
	}
	var out []string
	for i := range v.Len() {
		if entry := v.Index(i); entry.Kind() == reflect.String {
			out = append(out, entry.String())
		} else {
			out = append(out, asJSON(entry))
		}
	}
	return out
}

// asJSON writes a value with the keys of the policy; nothing as no text.
func asJSON(v reflect.Value) string {
	if !v.IsValid() || v.Kind() == reflect.Map && v.Len() == 0 {
		return ""
	}
	text, err := json.Marshal(plain(v))
	if err != nil {
		return "" // what a policy holds has a JSON form
	}
	return string(text)
}

// plain is a value as a JSON encoder wants it: structs by their keys, without
// what was not given.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	case reflect.Struct:
		out := map[string]any{}
		for _, f := range reflect.VisibleFields(v.Type()) {
			if key := keyOf(f); key != "" && key != "-" && !v.FieldByIndex(f.Index).IsZero() {
				out[key] = plain(v.FieldByIndex(f.Index))
			}
		}
		return out
	default:
		return v.Interface()
	}
}

// title is a name for people: "source.helm.releaseName" is "Helm release name".
func title(name string) string {
	words := []string{}
	for _, key := range strings.Split(strings.TrimPrefix(name, "source."), ".") {
		words = append(words, split(key)...)
	}
	if name == "source.type" {
		words = []string{"source", "type"}
	}
	return capital(strings.Join(words, " "))
}

// split takes a key apart at its capital letters; letters that stand together
// stay together.
func split(key string) []string {
	var words []string
	runes := []rune(key)
	start := 0
	for i := 1; i < len(runes); i++ {
		if unicode.IsUpper(runes[i]) && !unicode.IsUpper(runes[i-1]) {
			words = append(words, lower(runes[start:i]))
			start = i
		}
	}
	return append(words, lower(runes[start:]))
}

// lower writes a word small unless it is an abbreviation.
func lower(word []rune) string {
	if len(word) > 1 && unicode.IsUpper(word[1]) {
		return string(word)
	}
	return strings.ToLower(string(word))
}

// tooltip is what the reference says of a key.
func tooltip(tag reflect.StructTag) string {
	out := capital(tag.Get("doc")) + "."
	if choices := tag.Get("enum"); choices != "" {
		out += " One of " + strings.ReplaceAll(choices, "|", ", ") + "."
	}
	return out
}

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
