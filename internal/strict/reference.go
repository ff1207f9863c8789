package strict

import (
	"fmt"
	"reflect"
	"strings"
)

// A Reference writes the grammar of structs for people, from the tags that the
// decoder obeys.
type Reference struct {
	// Elsewhere says where a type is described, for types that get no rows of
	// their own. The keys of an embedded struct in it are left out.
	Elsewhere map[reflect.Type]string
}

// Table is a Markdown table of the keys of the struct type t and of the objects
// in it, in the order of the struct's fields.
func (r Reference) Table(t reflect.Type) string {
	var b strings.Builder
	b.WriteString("| key | value | default | what it means |\n|---|---|---|---|\n")
	r.rows(&b, t, "")
	return b.String()
}

func (r Reference) rows(b *strings.Builder, t reflect.Type, prefix string) {
	one := choice(t)
	for _, f := range fieldsOf(t) {
		if r.embeddedElsewhere(t, f) {
			continue
		}
		doc := f.tag.Get("doc")
		if len(one) > 0 && one[0] == f.key {
			doc += "; give exactly one of " + quotedList(one)
		}
		fmt.Fprintf(b, "| `%s%s` | %s | %s | %s |\n", prefix, f.key, r.form(f.typ, f.tag), initial(f), cell(doc))
		if inner, suffix := objectIn(f.typ); inner != nil && r.Elsewhere[inner] == "" {
			r.rows(b, inner, prefix+f.key+suffix+".")
		}
	}
}

// embeddedElsewhere reports whether f is a key of t only because t embeds a
// struct that is described elsewhere.
func (r Reference) embeddedElsewhere(t reflect.Type, f field) bool {
	for n := 1; n < len(f.index); n++ {
		if _, is := r.Elsewhere[t.FieldByIndex(f.index[:n]).Type]; is {
			return true
		}
	}
	return false
}

// objectIn is the struct that a value of type t is or holds a list of.
func objectIn(t reflect.Type) (inner reflect.Type, suffix string) {
	t = direct(t)
	if isScalar(t) {
		return nil, ""
	}
	if t.Kind() == reflect.Slice {
		t, suffix = direct(t.Elem()), "[]"
	}
	if isScalar(t) || t.Kind() != reflect.Struct {
		return nil, ""
	}
	return t, suffix
}

// initial is what counts when the key is not given.
func initial(f field) string {
	switch text, ok := f.tag.Lookup("default"); {
	case f.need:
		return "required"
	case ok:
		return "`" + text + "`"
	}
	return ""
}

// form says what a value looks like.
func (r Reference) form(t reflect.Type, tag reflect.StructTag) string {
	t = direct(t)
	if where := r.Elsewhere[t]; where != "" {
		return where
	}
	if s, ok := reflect.New(t).Interface().(Scalar); ok {
		form, example := s.Form()
		return cell(strings.TrimSuffix(form+", such as "+example, ", such as ")) + between(tag)
	}
	switch t.Kind() {
	case reflect.Slice:
		return "list of " + strings.TrimPrefix(strings.TrimPrefix(r.form(t.Elem(), tag), "an "), "a ")
	case reflect.Map:
		return "mapping to " + r.form(t.Elem(), "")
	case reflect.Interface:
		return "any value"
	case reflect.Struct:
		return "mapping"
	case reflect.String:
		return textForm(tag)
	default:
		return formOf(t.Kind()) + between(tag)
	}
}

func textForm(tag reflect.StructTag) string {
	if enum := tag.Get("enum"); enum != "" {
		return quotedList(strings.Split(enum, "|"))
	}
	return "text"
}

// between are the bounds of a number, a duration or an amount.
func between(tag reflect.StructTag) string {
	low, hasLow := tag.Lookup("min")
	high, hasHigh := tag.Lookup("max")
	switch {
	case hasLow && hasHigh:
		return fmt.Sprintf(", from %s to %s", low, high)
	case hasLow:
		return ", at least " + low
	case hasHigh:
		return ", at most " + high
	}
	return ""
}

// quotedList is "`a`, `b`".
func quotedList(words []string) string { return "`" + strings.Join(words, "`, `") + "`" }

// cell keeps text from ending its cell.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
