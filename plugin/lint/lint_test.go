package lint_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
)

// TestJudge holds what the rules say of each testdata/*.yaml, an application in
// the namespace home. The plain cases are in testdata/lint of the module.
func TestJudge(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	assert.NilError(t, err)
	assert.Assert(t, len(files) > 0)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			assert.NilError(t, err)
			found := lint.Judge(lint.App{Dir: "app", Namespace: "home", Objects: decode(t, name+".yaml", string(text))}, nil)
			golden.Assert(t, lint.NewReport([]string{"app"}, found).Text(false), name+".txt")
		})
	}
}

func decode(t *testing.T, name, text string) []manifest.Object {
	t.Helper()
	objects, err := manifest.Decode([]byte(text), name)
	assert.NilError(t, err)
	return objects
}

func TestRulesThatAreOffAreNotAsked(t *testing.T) {
	app := lint.App{
		Dir: "app", PolicyFile: "app/safesync.yaml", PolicyText: []byte("kind: Policy\n"),
		Problems: []diag.Problem{diag.Pos{File: "a"}.Problemf("no rule"), {Rule: "text-only"}},
	}
	assert.Equal(t, len(lint.Judge(app, nil)), 3)
	left := lint.Judge(app, []string{"skip-marker", lint.Generate})
	assert.Equal(t, len(left), 1)
	assert.Equal(t, left[0].Rule, "text-only")
}

func TestWhatDiffersBetweenTwoRenderingsIsNamedWithoutItsValue(t *testing.T) {
	app := lint.App{
		Rendered: decode(t, "a.yaml", renderings[0]),
		Again:    decode(t, "a.yaml", renderings[1]),
	}
	said := lint.NewReport(nil, lint.Judge(app, nil)).Text(false)
	golden.Assert(t, said, "renderings.txt")
	assert.Assert(t, !strings.Contains(said, "hunter"))
}

var renderings = [2]string{`
{apiVersion: v1, kind: Secret, metadata: {name: same}, data: {a: b, c: [1, 2]}}
---
{apiVersion: v1, kind: Secret, metadata: {name: value}, data: {a: hunter1}}
---
{apiVersion: v1, kind: Secret, metadata: {name: list}, data: {a: [1, {b: 2}]}}
---
{apiVersion: v1, kind: Secret, metadata: {name: longer}, data: {a: [1]}}
---
{apiVersion: v1, kind: Secret, metadata: {name: more}, data: {}}
---
{apiVersion: v1, kind: Secret, metadata: {name: name-1}}
`, `
{apiVersion: v1, kind: Secret, metadata: {name: same}, data: {c: [1, 2], a: b}}
---
{apiVersion: v1, kind: Secret, metadata: {name: value}, data: {a: hunter2}}
---
{apiVersion: v1, kind: Secret, metadata: {name: list}, data: {a: [1, {b: 3}]}}
---
{apiVersion: v1, kind: Secret, metadata: {name: longer}, data: {a: [1, 2]}}
---
{apiVersion: v1, kind: Secret, metadata: {name: more}, data: {a: b}}
---
{apiVersion: v1, kind: Secret, metadata: {name: name-2}}
`}
