package hookspec_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
)

// examples returns one spec for each kind, in the order of the kinds. A kind
// without an example fails: the reference and the fuzzers need one.
func examples(tb testing.TB) []string {
	tb.Helper()
	var out []string
	for _, kind := range hookspec.KindNames() {
		text, err := os.ReadFile(filepath.Join("testdata", "examples", kind+".yaml"))
		assert.NilError(tb, err)
		out = append(out, "steps:\n"+string(text))
	}
	return out
}

// TestStepsReference keeps docs/steps.md equal to the types: make generate
// writes it.
func TestStepsReference(t *testing.T) {
	intro, err := os.ReadFile(filepath.Join("testdata", "steps-intro.md"))
	assert.NilError(t, err)
	var b strings.Builder
	b.Write(intro)
	b.WriteString("\n## Every step\n\n")
	table(&b, reflect.TypeFor[hookspec.Step](), "", reflect.TypeFor[hookspec.Kinds]())
	kinds := reflect.TypeFor[hookspec.Kinds]()
	for i, example := range examples(t) {
		kind(t, &b, kinds.Field(i), example)
	}
	file, err := filepath.Abs(filepath.Join("..", "..", "docs", "steps.md"))
	assert.NilError(t, err)
	golden.Assert(t, b.String(), file)
}

func kind(t *testing.T, b *strings.Builder, f reflect.StructField, example string) {
	t.Helper()
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	spec, err := hookspec.Parse(name, []byte(example))
	assert.NilError(t, err)
	_, got := spec.Steps[0].Kind()
	assert.Equal(t, got, name)

	fmt.Fprintf(b, "\n## `%s`\n\n%s.\n\n```yaml\n%s```\n\n", name, upper(f.Tag.Get("doc")), example)
	if timeout := f.Tag.Get("timeout"); timeout != "" {
		fmt.Fprintf(b, "Without `timeout` it gives up after %s. ", timeout)
	}
	b.WriteString(permissions(spec) + "\n")
	if f.Type.Elem() == reflect.TypeFor[hookspec.Wait]() {
		return
	}
	b.WriteString("\n")
	table(b, f.Type.Elem(), "", nil)
}

// permissions lists what the example's step needs.
func permissions(s hookspec.Spec) string {
	rules := s.Rules("")
	if len(rules) == 0 {
		return "It needs no permission, so that its Job gets no token."
	}
	var out []string
	for _, r := range rules {
		resource := "`" + r.Resource + "`"
		if r.Group != "" {
			resource = "`" + r.Resource + "." + r.Group + "`"
		}
		rule := strings.Join(r.Verbs, ", ") + " " + resource
		if len(r.Names) > 0 {
			rule += " named " + strings.Join(r.Names, ", ")
		}
		out = append(out, rule)
	}
	return "The example needs: " + strings.Join(out, "; ") + "."
}

// table writes the keys of t and of the structs in it, without those of skip.
func table(b *strings.Builder, t reflect.Type, prefix string, skip reflect.Type) {
	if prefix == "" {
		b.WriteString("| key | value | default | what it means |\n|---|---|---|---|\n")
	}
	for _, f := range reflect.VisibleFields(t) {
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if key == "" || !f.IsExported() || f.Type == skip || (skip != nil && len(f.Index) > 1) {
			continue
		}
		fmt.Fprintf(b, "| `%s%s` | %s | %s | %s |\n", prefix, key, form(f), initial(f), strings.ReplaceAll(f.Tag.Get("doc"), "|", "\\|"))
		if inner := structIn(f.Type); inner != nil && inner != reflect.TypeFor[hookspec.HTTP]() {
			table(b, inner, prefix+key+".", nil)
		}
	}
}

func structIn(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if _, scalar := reflect.New(t).Interface().(interface{ Form() (string, string) }); scalar || t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// initial is what counts when the key is not given.
func initial(f reflect.StructField) string {
	switch d := f.Tag.Get("default"); {
	case f.Tag.Get("need") == "true":
		return "required"
	case d != "":
		return "`" + d + "`"
	}
	return ""
}

// form says what the value of f looks like.
func form(f reflect.StructField) string {
	if enum := f.Tag.Get("enum"); enum != "" {
		return "`" + strings.ReplaceAll(enum, "|", "`, `") + "`"
	}
	return formOf(f.Type)
}

func formOf(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[hookspec.HTTP]() {
		return "as in [http](#http)"
	}
	if s, ok := reflect.New(t).Interface().(interface{ Form() (string, string) }); ok {
		form, example := s.Form()
		return form + ", such as " + example
	}
	switch t.Kind() {
	case reflect.Slice:
		return "list of " + strings.TrimPrefix(strings.TrimPrefix(formOf(t.Elem()), "a "), "an ")
	case reflect.Map:
		return "mapping to " + formOf(t.Elem())
	case reflect.Struct:
		return "mapping"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "number"
	default:
		return "text"
	}
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
