package lint_test

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
)

const before = `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  finalizers: [resources-finalizer.argocd.argoproj.io]
  labels: {team: one}
  annotations: {argocd.argoproj.io/compare-options: ServerSideDiff=true, example.org/note: one}
spec:
  project: default
  destination: {server: "https://k", namespace: shop}
  source: {path: apps/shop, repoURL: "https://git/r.git", targetRevision: v1}
  syncPolicy: {syncOptions: [CreateNamespace=true]}
`

// TestDifferNamesTheFieldsOfAnApplication: whatever the spec has, and what Argo CD
// reads beside it, is a difference; style and what is for others is none.
func TestDifferNamesTheFieldsOfAnApplication(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"kind: Application", "# A comment.\nkind: \"Application\"", ""},
		{"team: one", "team: two", ""},
		{"note: one", "note: two", ""},
		{"targetRevision: v1", "targetRevision: v2", "spec.source.targetRevision"},
		{"project: default", "project: other", "spec.project"},
		{"[CreateNamespace=true]", "[CreateNamespace=true, Replace=true]", "spec.syncPolicy.syncOptions"},
		{"{syncOptions:", "{automated: {}, syncOptions:", "spec.syncPolicy.automated"},
		{"{syncOptions:", "{automated: {selfHeal: true, prune: true}, syncOptions:", "spec.syncPolicy.automated.prune, spec.syncPolicy.automated.selfHeal"},
		{"{syncOptions:", "{automated: null, syncOptions:", ""},
		{"r.git", "other.git", "spec.source.repoURL"},
		{"  finalizers: [resources-finalizer.argocd.argoproj.io]\n", "", "metadata.finalizers"},
		{"=true, example", "=false, example", `metadata.annotations["argocd.argoproj.io/compare-options"]`},
		{"  name: shop", "  name: store", "metadata.name"},
	} {
		after := strings.Replace(before, c.old, c.new, 1)
		assert.Assert(t, after != before, c.old)
		then, now := added("a.yaml", before).Of("apps/shop"), added("b.yaml", after).Of("apps/shop")
		assert.Equal(t, strings.Join(lint.Differ(then, now), ", "), c.want, c.new)
	}
}

// TestDifferNamesTheApplicationsThatComeAndGo where a directory has more than one.
func TestDifferNamesTheApplicationsThatComeAndGo(t *testing.T) {
	one, more := added("a.yaml", before).Of("apps/shop"), added("a.yaml", before+"---"+
		strings.Replace(before, "name: shop", "name: shop-eu", 1)).Of("apps/shop")
	assert.DeepEqual(t, lint.Differ(nil, one), []string{"Application shop (added)"})
	assert.DeepEqual(t, lint.Differ(one, more), []string{"Application shop-eu (added)"})
	assert.DeepEqual(t, lint.Differ(more, one), []string{"Application shop-eu (removed)"})
	moved := added("a.yaml", strings.Replace(before, "default", "other", 1)+"---"+
		strings.Replace(before, "name: shop", "name: shop-eu", 1)).Of("apps/shop")
	assert.DeepEqual(t, lint.Differ(more, moved), []string{"spec.project of shop"})
}

// TestDifferNamesTheFieldsOfAnApplicationSet, but not the directories that it has.
func TestDifferNamesTheFieldsOfAnApplicationSet(t *testing.T) {
	const set = `
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all}
spec:
  generators:
  - git: {revision: HEAD, directories: [{path: apps/*}]}
  template:
    metadata: {name: "{{path.basename}}"}
    spec:
      project: default
      source: {path: "{{path}}", repoURL: "https://git/r.git"}
      destination: {namespace: shop}
`
	for _, c := range []struct{ old, new, want string }{
		{"[{path: apps/*}]", "[{path: apps/*}, {path: apps/private, exclude: true}]", ""},
		{"revision: HEAD", "revision: main", "spec.generators"},
		{"project: default", "project: other", "spec.template.spec.project"},
		{"  template:", "  syncPolicy: {preserveResourcesOnDeletion: true}\n  template:", "spec.syncPolicy.preserveResourcesOnDeletion"},
	} {
		after := strings.Replace(set, c.old, c.new, 1)
		assert.Assert(t, after != set, c.old)
		then, now := added("a.yaml", set).Of("apps/shop"), added("a.yaml", after).Of("apps/shop")
		assert.Equal(t, strings.Join(lint.Differ(then, now), ", "), c.want, c.new)
	}
}
