package lint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/docs"
	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
)

const pages = "../../docs/rules"

// TestEveryRuleHasAPage holds that the page of a rule says what its table says,
// has all sections, and shows the files of its cases; -update cuts those anew.
func TestEveryRuleHasAPage(t *testing.T) {
	names := map[string]bool{"README": true}
	for _, rule := range lint.Rules() {
		names[rule.Name] = true
		t.Run(rule.Name, func(t *testing.T) {
			file, err := filepath.Abs(filepath.Join(pages, rule.Name+".md"))
			assert.NilError(t, err)
			text, err := os.ReadFile(file)
			assert.NilError(t, err)
			title := strings.ToUpper(rule.Title[:1]) + rule.Title[1:]
			for _, want := range []string{
				"# " + rule.Name + "\n\n" + title + ".", "**" + rule.Severity.String() + "**",
				"\n## What happens\n", "\n## Why\n", "\n## How to mend it\n",
				"<!-- from: testdata/lint/" + rule.Name + "/bad", "<!-- from: testdata/lint/" + rule.Name + "/good",
			} {
				assert.Assert(t, strings.Contains(string(text), want), "want %q", want)
			}
			fresh, err := docs.Refresh(os.DirFS("../.."), string(text))
			assert.NilError(t, err)
			golden.Assert(t, fresh, file)
		})
	}
	files, err := filepath.Glob(filepath.Join(pages, "*.md"))
	assert.NilError(t, err)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".md")
		assert.Assert(t, names[name], "%s is the page of no rule", file)
	}
}

// TestTheIndexListsEveryRule holds the list of docs/rules to the table.
func TestTheIndexListsEveryRule(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(pages, "README.md"))
	assert.NilError(t, err)
	_, list, found := strings.Cut(string(text), "|---|---|---|\n")
	assert.Assert(t, found)
	var want strings.Builder
	for _, rule := range lint.Rules() {
		fmt.Fprintf(&want, "| [%[1]s](%[1]s.md) | %[2]s | %[3]s |\n", rule.Name, rule.Severity, rule.Title)
	}
	assert.Assert(t, strings.HasPrefix(list, want.String()), "want\n%s", want.String())
}
