package lint_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"
	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
)

const (
	web       = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
	webInShop = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n"
	newerWeb  = "apiVersion: v2\nkind: Service\nmetadata: {name: web, namespace: shop}\n"
	role      = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: web}\n"
	skipped   = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop, annotations: {argocd.argoproj.io/hook: Skip}}\n"
)

func TestApplicationsMeetWhereNamespaceAndClusterMayBeTheSame(t *testing.T) {
	shop := []lint.Destination{{Cluster: "one", Namespace: "shop"}}
	other := []lint.Destination{{Cluster: "two", Namespace: "shop"}}
	for _, c := range []struct {
		name         string
		first        string
		firstGoesTo  []lint.Destination
		second       string
		secondGoesTo []lint.Destination
		meet         bool
	}{
		{"explicit namespaces", webInShop, nil, webInShop, nil, true},
		{"another version", webInShop, nil, newerWeb, nil, true},
		{"known destinations", web, shop, webInShop, shop, true},
		{"one of many clusters", web, append(other, shop...), web, shop, true},
		{"other clusters", webInShop, shop, webInShop, other, false},
		{"unknown namespace", web, nil, web, nil, false},
		{"one unknown namespace", web, nil, webInShop, nil, false},
		{"in no namespace", role, []lint.Destination{{Namespace: "one"}}, role, nil, true},
		{"in no namespace, but other clusters", role, shop, role, other, false},
		{"never applied", webInShop, nil, skipped, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := lint.Shared([]lint.Summary{summary(t, "a", c.first, c.firstGoesTo), summary(t, "b", c.second, c.secondGoesTo)})
			met := len(found) == 1 && found[0].Severity == diag.Warning
			assert.Equal(t, met, c.meet, "%v", found)
		})
	}
}

func summary(t *testing.T, dir, text string, to []lint.Destination) lint.Summary {
	t.Helper()
	app := lint.App{Dir: dir, To: to, Namespace: lint.NamespaceOf(to), Objects: decode(t, dir+"/web.yaml", text)}
	return lint.Summarise(app)
}

func TestWhatTwoApplicationsShareIsToldOnce(t *testing.T) {
	var many strings.Builder
	for i := range 5 {
		fmt.Fprintf(&many, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c%d, namespace: shop}\n", i)
	}
	found := lint.Shared([]lint.Summary{
		summary(t, "a", many.String(), nil), summary(t, "b", many.String(), nil), summary(t, "c", webInShop, nil),
	})
	assert.Equal(t, len(found), 1)
	assert.Equal(t, found[0].Pos.String(), "b/web.yaml:2:1")
	assert.Equal(t, found[0].Msg, "ConfigMap shop/c0, ConfigMap shop/c1, ConfigMap shop/c2 and 2 more: want one application for an object, "+
		"got a and b: each sync takes it from the other, and who is deleted takes it along")
}

// TestWhereNobodyKnowsTheNamespacesOneNoteIsTold: two applications with a Service
// of one name are the rule rather than a mistake.
func TestWhereNobodyKnowsTheNamespacesOneNoteIsTold(t *testing.T) {
	found := lint.Shared([]lint.Summary{summary(t, "a", web, nil), summary(t, "b", webInShop, nil)})
	assert.Equal(t, len(found), 0, "%v", found)

	two := web + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"
	found = lint.Shared([]lint.Summary{
		summary(t, "a", two, nil), summary(t, "b", two, nil), summary(t, "c", web, nil),
	})
	assert.Equal(t, len(found), 1, "%v", found)
	assert.Equal(t, found[0].Severity, diag.Note)
	assert.Equal(t, found[0].Pos.String(), "b/web.yaml:1:1")
	assert.Equal(t, found[0].Msg, "Service web: a and b emit it (and 1 object more), and nobody knows their namespaces: "+
		"in one, each sync would take it from the other")
}

// TestTwoSourcesOfOneApplicationMeet whether their namespace is known or not; the
// same directories under two Applications are two applications.
func TestTwoSourcesOfOneApplicationMeet(t *testing.T) {
	var known lint.Applications
	known.Add("argocd/web.yaml", []byte(`
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop}
spec: {sources: [{path: a}, {path: b}]}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: other}
spec: {sources: [{path: c}]}
`))
	for _, text := range []string{web, webInShop, role} {
		found := lint.Shared([]lint.Summary{summary(t, "a", text, known.Of("a")), summary(t, "b", text, known.Of("b"))})
		assert.Equal(t, len(found), 1)
		assert.Equal(t, found[0].Rule, "two-sources")
		assert.Equal(t, found[0].Pos.String(), "b/web.yaml:1:1")
		assert.Assert(t, strings.HasSuffix(found[0].Msg, "want one source of an Application for an object, got a and b, both of shop: Argo CD applies only what the last of them says"), found[0].Msg)
	}
	found := lint.Shared([]lint.Summary{summary(t, "a", webInShop, known.Of("a")), summary(t, "c", webInShop, known.Of("c"))})
	assert.Equal(t, len(found), 1)
	assert.Equal(t, found[0].Rule, "shared-object")
}

func TestDestinationsComeFromApplicationsThatNameADirectory(t *testing.T) {
	var known lint.Applications
	known.Add("apps.yaml", []byte(`
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: plain}
spec:
  project: edge
  source: {path: ./apps/plain/, repoURL: "https://git/r.git", targetRevision: main}
  destination: {name: in-cluster, namespace: shop}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: many}
spec:
  source: {path: not/looked/at}
  sources: [{chart: web, path: web}, {path: apps/many}, {ref: values}]
  destination: {server: "https://k", namespace: home}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: template}
spec:
  source: {path: "apps/{{name}}"}
---
apiVersion: app.k8s.io/v1beta1
kind: Application
metadata: {name: foreign}
spec: {source: {path: apps/foreign}}
`))
	plain, many := known.Of("apps/plain"), known.Of("apps/many")
	for _, d := range [][]lint.Destination{plain, many} {
		d[0].Says = nil // another test's
	}
	assert.DeepEqual(t, plain, []lint.Destination{{Name: "plain", At: diag.Pos{File: "apps.yaml", Line: 2, Col: 1}, Dir: "apps/plain", RepoURL: "https://git/r.git", Revision: "main", Project: "edge", Cluster: "in-cluster", Namespace: "shop"}}, cmpopts.IgnoreUnexported(lint.Destination{}))
	assert.DeepEqual(t, many, []lint.Destination{{Name: "many", At: diag.Pos{File: "apps.yaml", Line: 10, Col: 1}, Dir: "apps/many", Project: "default", Cluster: "https://k", Namespace: "home"}}, cmpopts.IgnoreUnexported(lint.Destination{}))
	for _, dir := range []string{"not/looked/at", "web", "apps/foreign", "apps/{{name}}"} {
		assert.Equal(t, len(known.Of(dir)), 0, dir)
	}
	assert.Equal(t, lint.NamespaceOf(many), "home")
	assert.Equal(t, lint.NamespaceOf(append(many, plain...)), "")
	ours := known.From(func(url string) bool { return url == "https://git/r.git" })
	assert.Equal(t, len(ours.Of("apps/plain"))+len(ours.Of("apps/many")), 1)
	assert.Equal(t, lint.NamespaceOf(nil), "")
	assert.Equal(t, lint.NamespaceOf([]lint.Destination{{}, {Namespace: "home"}}), "", "one of two says nothing")
}
