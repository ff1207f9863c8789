package preset_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// TestDocs holds that docs/presets has a page for each preset that says what the
// preset itself and its README say; -update writes the pages.
func TestDocs(t *testing.T) {
	for _, name := range preset.Names() {
		t.Run(name, func(t *testing.T) {
			path, err := filepath.Abs(filepath.Join("..", "..", "docs", "presets", name+".md"))
			assert.NilError(t, err)
			golden.Assert(t, page(t, name), path)
		})
	}
	pages, err := filepath.Glob("../../docs/presets/*.md")
	assert.NilError(t, err)
	assert.Equal(t, len(pages), len(preset.Names()), "pages: %s", pages)
}

// neighbour is a link from the README of one preset to that of another, whose
// pages are in one directory.
var neighbour = regexp.MustCompile(`\(\.\./(\w+)/README\.md\)`)

func page(t *testing.T, name string) string {
	t.Helper()
	p, err := preset.Load(name)
	assert.NilError(t, err)
	text, err := preset.Text(name)
	assert.NilError(t, err)
	title, rest, found := strings.Cut(readmeOf(t, name), "\n")
	assert.Assert(t, found && strings.HasPrefix(title, "# "), "want a title in the README of %s", name)
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- Made from plugin/preset/%s by `make golden`; change it there. -->\n\n%s\n\n%s\n", name, title, p.Description)
	fmt.Fprintf(&b, "\n```yaml\npresets:\n- name: %s\n```\n", name)
	b.WriteString(neighbour.ReplaceAllString(rest, "($1.md)"))
	b.WriteString("\n## Inputs\n\nAll of them go under `with`; a policy gives those that are neither found nor right by default.\n\n")
	b.WriteString("| input | type | default | what it is |\n|---|---|---|---|\n")
	for _, in := range p.Inputs {
		if in.Internal {
			continue
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", in.Name, cmp.Or(in.Type, "string"), standard(t, p, in), strings.ReplaceAll(in.Description, "|", `\|`))
	}
	fmt.Fprintf(&b, "\n## The preset\n\nIt is written in the language of policies; copy what you want to change.\n\n```yaml\n%s```\n", text)
	return b.String()
}

// standard renders where an input's value comes from if a policy is silent.
func standard(t *testing.T, p policy.Preset, in policy.Input) string {
	t.Helper()
	var parts []string
	if f := in.Find; f != nil {
		kinds, match := strings.ReplaceAll(f.Select.Kind, "|", " or "), ""
		if f.Match != "" {
			match = fmt.Sprintf(" that matches `%s`", strings.ReplaceAll(f.Match, "|", `\|`))
		}
		where := fmt.Sprintf("found in the rendered %s: `%s`%s", kinds, f.FieldPath, match)
		if f.Value != nil {
			where = fmt.Sprintf("`%v` where the rendered %s has `%s`%s", f.Value, kinds, f.FieldPath, match)
		}
		parts = append(parts, where)
	}
	internal := slices.IndexFunc(p.Inputs, func(other policy.Input) bool { return other.Internal && in.Default == "${"+other.Name+"}" })
	switch {
	case internal >= 0:
		parts = append(parts, standard(t, p, p.Inputs[internal]))
	case in.Default == "":
		parts = append(parts, "empty")
	case in.Default != nil:
		text, err := json.Marshal(in.Default)
		assert.NilError(t, err)
		parts = append(parts, "`"+strings.Trim(string(text), `"`)+"`")
	}
	return strings.Join(parts, ", else ")
}

// TestWriteAPreset holds that the preset and the policy of the guide are right,
// and that the guide names every key and type of an input.
func TestWriteAPreset(t *testing.T) {
	guide, err := os.ReadFile("../../docs/write-a-preset.md")
	assert.NilError(t, err)
	blocks := strings.Split(string(guide), "```yaml\n")
	assert.Equal(t, len(blocks), 3, "want one preset and one policy")
	block := func(i int) []byte {
		text, _, _ := strings.Cut(blocks[i], "```")
		return []byte(text)
	}
	p, _, err := policy.Parse(policy.FileName, block(2), nil)
	assert.NilError(t, err)
	objects := []manifest.Object{manifest.New(map[string]any{
		"apiVersion": "v1", "kind": "Service",
		"metadata": map[string]any{"name": "cache", "labels": map[string]any{"app.kubernetes.io/name": "cache"}},
	}, diag.Pos{})}
	out, _, err := preset.Expand(p, objects, preset.Env{AppNamespace: "web"}, func(string) ([]byte, error) { return block(1), nil })
	assert.NilError(t, err)
	assert.Equal(t, out.Hooks[0].Steps[1].HTTP.URL, "http://cache.web.svc:8080/status")
	for _, of := range []reflect.Type{reflect.TypeFor[policy.Input](), reflect.TypeFor[policy.Find](), reflect.TypeFor[policy.Select]()} {
		for _, f := range reflect.VisibleFields(of) {
			key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			for _, word := range append(strings.Split(f.Tag.Get("enum"), "|"), key) {
				assert.Assert(t, word == "" || word == "-" || strings.Contains(string(guide), "`"+word+"`"), "the guide does not name %s", word)
			}
		}
	}
}
