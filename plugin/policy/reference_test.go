package policy_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/strict"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// TestReference keeps docs/policy.md equal to the types: make generate writes
// it.
func TestReference(t *testing.T) {
	golden.Assert(t, reference(t), docs(t, "policy.md"))
}

// elsewhere are the types with a section of their own.
func elsewhere() map[reflect.Type]string {
	return map[reflect.Type]string{
		reflect.TypeFor[policy.PresetUse]():       "[presets](#presets)",
		reflect.TypeFor[policy.Source]():          "[mapping](#source)",
		reflect.TypeFor[policy.Retry]():           "[mapping](#retry)",
		reflect.TypeFor[policy.Rollout]():         "[rollouts](#rollout)",
		reflect.TypeFor[policy.Hook]():            "[hooks](#hooks)",
		reflect.TypeFor[policy.Step]():            "[steps](steps.md)",
		reflect.TypeFor[policy.OnFailure]():       "[mapping](#onfailure)",
		reflect.TypeFor[policy.Job]():             "[mapping](#job)",
		reflect.TypeFor[policy.ApplicationRule](): "[rules](#applications)",
		reflect.TypeFor[policy.Chart]():           "[charts](#charts)",
	}
}

func reference(t *testing.T) string {
	t.Helper()
	ref := strict.Reference{Elsewhere: elsewhere()}
	var b strings.Builder
	b.WriteString(prose(t, "intro") + "\n## The whole file\n\n")
	b.WriteString(ref.Table(reflect.TypeFor[policy.Policy]()))
	for f := range reflect.TypeFor[policy.Policy]().Fields() {
		typ := f.Type
		if typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if ref.Elsewhere[typ] == "" {
			continue
		}
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		b.WriteString("\n## " + key + "\n\n" + upper(f.Tag.Get("doc")) + ".\n\n" + prose(t, key) + "\n" + ref.Table(typ))
	}
	b.WriteString("\n" + prose(t, "parameters"))
	b.WriteString("\n" + prose(t, "config") + "\n" + ref.Table(policy.ConfigType()))
	return b.String()
}

// prose is what no tag can say. Its YAML is held to be right.
func prose(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "reference", name+".md"))
	assert.NilError(t, err)
	for i, part := range strings.Split(string(text), "```") {
		if example, ok := strings.CutPrefix(part, "yaml\n"); ok && i%2 == 1 {
			assert.NilError(t, readExample(name, example), "example in %s.md", name)
		}
	}
	return strings.TrimSpace(string(text)) + "\n"
}

func readExample(name, example string) error {
	switch {
	case name == "parameters": // a part of an Application
		return nil
	case name == "config":
		return read("config-example", []byte(example))
	case !strings.Contains(example, "apiVersion:"):
		example = head + example
	}
	return read("example", []byte(example))
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// The mistakes that the reference shows are those that people get.
func TestTheReferenceShowsRealMessages(t *testing.T) {
	err := read("safesync.yaml", []byte(head+`
hooks:

- name: API
  phase: postsync
  timeout: 30
  steps: [{name: a, wait: 1s}]
`))
	assert.Assert(t, strings.Contains(prose(t, "intro"), "```\n"+err.Error()+"\n```"), "docs/policy.md shows another message than\n%s", err)
}
