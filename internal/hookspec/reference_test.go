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
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
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
	b.WriteString(keys().Table(reflect.TypeFor[hookspec.Step]()))
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
	b.WriteString("\n" + keys().Table(f.Type.Elem()))
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

// keys writes the tables. Each kind has a section of its own, and http may stand
// in other kinds too.
func keys() strict.Reference {
	return strict.Reference{Elsewhere: map[reflect.Type]string{
		reflect.TypeFor[hookspec.Kinds](): "below",
		reflect.TypeFor[hookspec.HTTP]():  "as in [http](#http)",
	}}
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
