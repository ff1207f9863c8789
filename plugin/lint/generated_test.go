package lint_test

import (
	"fmt"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
)

const applicationSet = `
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all}
spec:
  %s
  generators:
  - list: {elements: [{x: y}]}
  - git:
      directories:
      - path: apps/*
      - path: apps/private
        exclude: true
  template:
    metadata: {name: "%s"}
    spec:
      source: {repoURL: "https://git/r.git", path: "%s"}
      destination: {server: "https://k", namespace: "%s"}
`

// TestAnApplicationSetOfDirectoriesSaysWhereTheyGo: in both of Argo CD's template
// languages, and only what they fill in from the path.
func TestAnApplicationSetOfDirectoriesSaysWhereTheyGo(t *testing.T) {
	for _, c := range []struct{ extra, name, path, namespace, want string }{
		{"", "{{path.basename}}", "{{path}}", "{{path.basename}}", "My_App in My_App"},
		{"", "x-{{ path.basenameNormalized }}", "{{path}}", "{{path[0]}}", "x-my-app in apps"},
		{"goTemplate: true", "{{ .path.basenameNormalized }}", "{{ .path.path }}", "{{- index .path.segments 0 -}}", "my-app in apps"},
		{"", "{{path.basename}}", "./{{path}}/", "fixed", "My_App in fixed"},
		{"", "{{path.basename}}", "{{path}}/overlay", "fixed", ""},
		{"", "{{path.basename}}", "{{path}}", "{{values.ns}}", ""},
		{"", "{{path.basename}}", "{{path}}", "{{path[7]}}", ""},
		{"templatePatch: x", "{{path.basename}}", "{{path}}", "fixed", ""},
	} {
		var known lint.Applications
		known.Add("set.yaml", fmt.Appendf(nil, applicationSet, c.extra, c.name, c.path, c.namespace))
		got := ""
		for _, d := range known.Of("apps/My_App") {
			assert.Equal(t, d.Cluster, "https://k")
			assert.Equal(t, d.Dir, "apps/My_App")
			got += d.Name + " in " + d.Namespace
		}
		assert.Equal(t, got, c.want, "%+v", c)
		for _, dir := range []string{"apps/private", "apps/a/b", "other/a"} {
			assert.Equal(t, len(known.Of(dir)), 0, "%s: %+v", dir, c)
		}
	}
}
