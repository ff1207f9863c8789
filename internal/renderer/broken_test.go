package renderer_test

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

func TestBrokenYAMLIsAtTheLineOfItsTemplate(t *testing.T) {
	const template = `{{- $name := .Release.Name }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $name }}
data:
  a: {{ .Values.a }}
  {{- if .Values.more }}
  b: "{{ .Values.b }}" # {{ .Values.b }}
  same: x
  {{- else }}
  same: x
  {{- end }}
`
	head := "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n"
	for _, tt := range []struct{ name, data, want string }{
		{"a value with a colon", "  a: x: y\n  b: \"z\" # z\n", "a.yaml:7:1"},
		{"a value of two lines", "  a: x\nnot yaml\n  b: \"z\" # z\n", "a.yaml:7:1"},
		{"a quote that ends too early", "  a: x\n  b: \"z\"z\" # z\"z\n", "a.yaml:9:1"},
		{"a bracket that is not closed", "  a: [x\n  same: x\n", "a.yaml:7:1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := renderer.Broken(diag.Pos{File: "a.yaml"}.Problemf("want YAML"), []string{"kind: A\n", head + tt.data}, template)
			assert.Equal(t, p.Pos.String(), tt.want)
			assert.Assert(t, strings.HasPrefix(p.Hint, "it is in line ") && strings.HasSuffix(p.Hint, " of document 2 of what the template renders to, which helm template --debug prints"), p.Hint)
		})
	}
}

// A line that nobody finds is worse than none.
func TestBrokenYAMLHasNoLineWhereNoneFits(t *testing.T) {
	p := diag.Pos{File: "a.yaml"}.Problemf("want YAML")
	for name, template := range map[string]string{
		"a template that is not at hand": "", "one that includes everything": `{{ include "all" . }}`, "two lines that fit": "a: {{ .x }}\na: {{ .y }}\n",
	} {
		got := renderer.Broken(p, []string{"a: [x\n"}, template)
		assert.Equal(t, got.Pos.String(), "a.yaml", name)
		assert.Equal(t, got.Hint, "it is in line 1 of what the template renders to, which helm template --debug prints", name)
	}
	assert.Equal(t, renderer.Broken(p, []string{"a: x\n"}, "a: {{ .x }}\n"), p)
}

// Whatever a template is, and whatever came of it, the line is one of the template.
func FuzzBroken(f *testing.F) {
	f.Add("a: {{ .x }}\n", "a: [x\n", "b: c\n")
	f.Add("{{ range . }}\n- \"{{ . }}\"\n{{ end }}", "- \"x\n- \"y\"\n", "")
	f.Add("{{", "\x00", "---")
	f.Fuzz(func(t *testing.T, template, first, second string) {
		p := renderer.Broken(diag.Pos{File: "a.yaml"}.Problemf("want YAML"), []string{first, second}, template)
		assert.Assert(t, p.Line >= 0 && p.Line <= 1+strings.Count(template, "\n"), "line %d", p.Line)
	})
}
