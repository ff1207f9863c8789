package lint_test

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
)

const (
	hookJob = `apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations:
    argocd.argoproj.io/hook: PreSync
spec:
  ttlSecondsAfterFinished: 5
  activeDeadlineSeconds: 600
`
	service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
)

// TestAFindingStandsAtItsField: the object is a hook with ttlSecondsAfterFinished,
// from the file of each case; line 0 is a renderer that knows only the file.
func TestAFindingStandsAtItsField(t *testing.T) {
	for name, c := range map[string]struct {
		text      string
		line      int
		wantPlace string
	}{
		"the only document":          {hookJob, 1, "a.yaml:8:3"},
		"the second document":        {service + "---\n" + hookJob, 5, "a.yaml:12:3"},
		"after comments":             {"# one\n\n---\n# two\n" + hookJob, 5, "a.yaml:12:3"},
		"flow style":                 {`{"apiVersion":"batch/v1","kind":"Job","spec":{"ttlSecondsAfterFinished":5}}`, 1, "a.yaml:1:47"},
		"in a list":                  {"kind: List\nitems:\n- kind: Job\n  metadata: {name: other}\n- kind: Job\n  metadata: {name: migrate}\n  spec:\n    ttlSecondsAfterFinished: 5\n", 1, "a.yaml:8:5"},
		"the field is not there":     {"kind: Job\nmetadata: {name: migrate}\nspec:\n  template: {}\n", 1, "a.yaml:3:1"},
		"nor what it should be in":   {"kind: Job\nmetadata: {name: migrate}\n", 1, "a.yaml:1:1"},
		"behind an anchor":           {"kind: Job\nx: &spec\n  ttlSecondsAfterFinished: 5\nspec: *spec\n", 1, "a.yaml:3:3"},
		"only the file is known":     {service + "---\n" + hookJob, 0, "a.yaml:12:3"},
		"a part of the name":         {"kind: Job\nmetadata: {name: grate}\nspec: {ttlSecondsAfterFinished: 1}\n", 0, "a.yaml:3:8"},
		"another name":               {"kind: Job\nmetadata: {name: other}\nspec: {ttlSecondsAfterFinished: 1}\n", 0, "a.yaml"},
		"two that it may be":         {"kind: Job\nmetadata: {name: mi}\n---\nkind: Job\nmetadata: {name: grate}\n", 0, "a.yaml"},
		"a template":                 {"{{- if .Values.x }}\n" + hookJob + "{{- end }}\n", 0, "a.yaml:9:3"},
		"a template of many lines":   {"{{- /*\nsaid\n*/}}\nkind: Job\nmetadata:\n  name: {{ .name }}rate\n  labels:\n    {{- toYaml .labels | nindent 4 }}\nspec:\n  ttlSecondsAfterFinished: {{ .ttl }}\n", 0, "a.yaml:10:3"},
		"a template of another name": {"kind: Job\nmetadata:\n  name: {{ .name }}-other\nspec: {}\n", 0, "a.yaml"},
		"a template that is no YAML": {"kind: Job\nmetadata: {{ .m }}: {{ .n }}\n", 0, "a.yaml"},
		"no YAML":                    {"kind: Job\n  metadata: [\n", 1, "a.yaml:1:1"},
		"no such line":               {hookJob, 70, "a.yaml:70:1"},
		"nothing":                    {"", 1, "a.yaml:1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			at := diag.Pos{File: "a.yaml", Line: c.line}
			if c.line > 0 {
				at.Col = 1
			}
			app := lint.App{
				Objects: []manifest.Object{decode(t, "a.yaml", hookJob)[0].WithOrigin(at)},
				Read:    func(string) []byte { return []byte(c.text) },
			}
			found := lint.Judge(app, nil)
			assert.Equal(t, len(found), 1, "%v", found)
			assert.Equal(t, found[0].Rule, "hook-ttl")
			assert.Equal(t, found[0].Pos.String(), c.wantPlace)
		})
	}
}

// TestAFindingOfThePolicyStays: the place of what the decoder found is exact
// already.
func TestAFindingOfThePolicyStays(t *testing.T) {
	at := diag.Pos{File: "safesync.yaml", Line: 1, Col: 1, Path: "spec.ttlSecondsAfterFinished"}
	app := lint.App{
		PolicyFile: "safesync.yaml",
		Objects:    []manifest.Object{decode(t, "a.yaml", hookJob)[0].WithOrigin(diag.Pos{File: "safesync.yaml", Line: 1, Col: 1})},
		Problems:   []diag.Problem{at.Problemf("Job migrate: want something")},
		Read:       func(string) []byte { return []byte(hookJob) },
	}
	for _, f := range lint.Judge(app, nil) {
		assert.Equal(t, f.Pos.String(), "safesync.yaml:1:1")
	}
}

// FuzzPlaces holds that a finding stays in its file, whatever the file has become
// since, and that no text brings the search down.
func FuzzPlaces(f *testing.F) {
	f.Add(hookJob, 1)
	f.Add(service+"---\n"+hookJob, 5)
	f.Add("{{- if x }}\n"+hookJob+"{{ end }}", 0)
	f.Add("kind: List\nitems:\n- kind: Job\n  metadata: {name: migrate}\n", 1)
	f.Add("a: &a [*a]\nkind: Job\nspec: *a\n---\n---", 0)
	objects, err := manifest.Decode([]byte(hookJob), "a.yaml")
	assert.NilError(f, err)
	f.Fuzz(func(t *testing.T, text string, line int) {
		at := diag.Pos{File: "a.yaml", Line: max(line, 0)}
		app := lint.App{
			Objects: []manifest.Object{objects[0].WithOrigin(at)},
			Read:    func(string) []byte { return []byte(text) },
		}
		for _, found := range lint.Judge(app, nil) {
			moved := found.Line != at.Line
			assert.Assert(t, !moved || found.Line >= 1 && found.Line <= lines(text), "%v in %q", found.Pos, text)
		}
	})
}

// lines is at most how many lines YAML sees in a text.
func lines(text string) int {
	n := 1
	for _, r := range text {
		if strings.ContainsRune("\n\r\u0085\u2028\u2029", r) {
			n++
		}
	}
	return n
}
