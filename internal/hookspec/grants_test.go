package hookspec_test

import (
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
)

// FuzzRules checks that no steps, however they are written, can ask for more
// than a hook may ever have.
func FuzzRules(f *testing.F) {
	for _, seed := range examples(f) {
		f.Add(seed)
	}
	for _, keys := range []string{
		`apiVersion: "*/v1", kind: "*", name: "*"`, `apiVersion: "/v1", kind: Secret, name: x`, `apiVersion: v1, kind: Secret, name: x`,
		`apiVersion: v1, kind: X, resource: secrets, name: x`, `apiVersion: v1, kind: Pod, resource: pods/exec, name: x`,
		`apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, name: x`, `apiVersion: v1, kind: "secret\u017f", name: x`,
		`apiVersion: v1, kind: Pod, name: ""`, `apiVersion: v1, kind: Pod, name: x, namespace: "*"`,
	} {
		f.Add("steps: [{name: a, kubernetes: {" + keys + "}}]")
	}
	f.Add("changed: {digest: x, configMap: '*', key: x}\nsteps: [{name: a, wait: 1s}]")
	f.Add("steps: [{name: a, rollout: {kind: Deployment, name: '*'}}, {name: b, exec: {pod: '*', container: c, command: [d]}}]")
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := hookspec.Parse("spec", []byte(text))
		if err != nil {
			return
		}
		full, err := spec.WithDefaults()
		assert.NilError(t, err)
		for _, s := range []hookspec.Spec{spec, full} {
			for _, r := range s.Rules("own") {
				assert.Equal(t, tooMuch(r), "", "%+v of %s", r, text)
			}
		}
	})
}

// tooMuch says why a hook may not have r; "" if it may.
func tooMuch(r hookspec.Rule) string {
	resource, sub, _ := strings.Cut(r.Resource, "/")
	words := append([]string{r.Namespace, r.Group, r.Resource}, append(r.Verbs, r.Names...)...)
	changes := slices.ContainsFunc(r.Verbs, func(v string) bool { return v != "get" && v != "list" })
	switch {
	case strings.ContainsAny(strings.Join(words, ""), "*,% \n"):
		return "a wildcard, or a name that is none"
	case r.Namespace == "" || r.Resource == "" || len(r.Verbs) == 0 || slices.Contains(r.Names, ""):
		return "an empty name, which stands for all"
	case r.Group == "" && resource == "secrets":
		return "secrets"
	case sub != "" && r.Resource != "pods/exec":
		return "a subresource"
	case slices.Contains(r.Verbs, "escalate") || slices.Contains(r.Verbs, "bind") || slices.Contains(r.Verbs, "impersonate"):
		return "a verb that gives more rights"
	case changes && !slices.Contains([]string{"pods/exec", "configmaps", "backups"}, r.Resource):
		return "a change"
	}
	return ""
}
