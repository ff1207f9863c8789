package preset_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

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
	b.WriteString(rest)
	b.WriteString("\n## Inputs\n\nAll of them go under `with`; a policy gives those that are neither found nor right by default.\n\n")
	b.WriteString("| input | type | default | what it is |\n|---|---|---|---|\n")
	for _, in := range p.Inputs {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", in.Name, cmp.Or(in.Type, "string"), standard(t, in), strings.ReplaceAll(in.Description, "|", `\|`))
	}
	fmt.Fprintf(&b, "\n## The preset\n\nIt is written in the language of policies; copy what you want to change.\n\n```yaml\n%s```\n", text)
	return b.String()
}

// standard renders where an input's value comes from if a policy is silent.
func standard(t *testing.T, in policy.Input) string {
	t.Helper()
	var parts []string
	if in.Find != nil {
		parts = append(parts, fmt.Sprintf("found in the rendered %s: `%s`", strings.ReplaceAll(in.Find.Select.Kind, "|", " or "), in.Find.FieldPath))
	}
	switch {
	case in.Default == "":
		parts = append(parts, "empty")
	case in.Default != nil:
		text, err := json.Marshal(in.Default)
		assert.NilError(t, err)
		parts = append(parts, "`"+strings.Trim(string(text), `"`)+"`")
	}
	return strings.Join(parts, ", else ")
}
