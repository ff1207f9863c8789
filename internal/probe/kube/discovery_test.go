package kube_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"k8s.io/client-go/rest"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

// widget is absent from an API server that knows no such kind.
const widget = `apiVersion: example.com/v1, kind: Widget, name: w, absent: true`

// TestMissingKindIsConfirmedWithNoRightsOfItsOwn asks as an account that may
// read the object and nothing else: every account may ask what is served.
func TestMissingKindIsConfirmedWithNoRightsOfItsOwn(t *testing.T) {
	s, _ := space(t)
	step := object(t, widget)
	s.Grant(t, "hook", hookspec.Spec{Steps: []hookspec.Step{{Kinds: hookspec.Kinds{Kubernetes: &step}}}}.Rules(s.Namespace))
	c, err := kube.New(s.As(t, "hook"), s.Namespace)
	assert.NilError(t, err)
	got := answerOf(t.Context(), kube.Object(c, step))
	assert.Equal(t, strings.ReplaceAll(got, s.Namespace, "NS"),
		"yes: Widget NS/w: the API has no widgets in example.com/v1 (is its CustomResourceDefinition installed?)")
}

// TestMissingKindMustBeConfirmed takes the widget from servers that answer 404
// and are, or are not, what they should be. Each lists what it answers by path.
func TestMissingKindMustBeConfirmed(t *testing.T) {
	const (
		groups = `{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"apps","versions":[{"groupVersion":"apps/v1","version":"v1"}]}]}`
		known  = `{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"example.com","versions":[{"groupVersion":"example.com/v1","version":"v1"}]}]}`
		gone   = "yes: Widget db/w: the API has no widgets in example.com/v1 (is its CustomResourceDefinition installed?)"
		noList = "not yet: get Widget db/w: got 404 from something that is not the Kubernetes API: it has no list of what it serves"
	)
	for _, test := range []struct {
		name    string
		answers map[string]string
		want    string
	}{
		{"no such group", map[string]string{"/apis": groups}, gone},
		{"no such version", map[string]string{"/apis": strings.ReplaceAll(known, "v1\",\"version\":\"v1", "v2\",\"version\":\"v2")}, gone},
		{"no such resource", map[string]string{"/apis": known, "/apis/example.com/v1": `{"kind":"APIResourceList","groupVersion":"example.com/v1","resources":[{"name":"gadgets"}]}`}, gone},
		{
			"a kind that is served",
			map[string]string{"/apis": known, "/apis/example.com/v1": `{"kind":"APIResourceList","groupVersion":"example.com/v1","resources":[{"name":"widgets"}]}`},
			"not yet: get Widget db/w: got 404, but the Kubernetes API lists widgets in example.com/v1",
		},
		{"a list of another version", map[string]string{"/apis": known, "/apis/example.com/v1": `{}`}, noList},
		{"a version that is not served after all", map[string]string{"/apis": known}, noList},
		{"a page for every path", map[string]string{"/apis": "<html>nginx</html>"}, noList},
		{"an empty list", map[string]string{"/apis": `{"kind":"APIGroupList","groups":[]}`}, noList},
		{"an object of another kind", map[string]string{"/apis": `{"kind":"Status"}`}, noList},
		{
			"an account that may not ask",
			map[string]string{"/apis": `403 {"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"forbidden: User \"system:serviceaccount:db:hook\" cannot get path \"/apis\"","code":403}`},
			"denied: Widget db/w: got 404, and ServiceAccount db/hook may not ask the Kubernetes API whether it has such a kind (is the ClusterRole system:discovery bound to system:authenticated, as it is by default?)",
		},
		{
			"an account that is not known",
			map[string]string{"/apis": `401 {"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Unauthorized","message":"Unauthorized","code":401}`},
			"denied: get Widget db/w: the Kubernetes API does not know us: 401 Unauthorized (is the token of the ServiceAccount mounted and valid?)",
		},
		{
			"a broken server",
			map[string]string{"/apis": `503 {"kind":"Status","apiVersion":"v1","status":"Failure","message":"etcd is away","code":503}`},
			"not yet: get Widget db/w: got 404, and the Kubernetes API does not say whether it has such a kind: 503 etcd is away",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(standIn(test.answers))
			defer server.Close()
			c, err := kube.New(&rest.Config{Host: server.URL}, "db")
			assert.NilError(t, err)
			assert.Equal(t, answerOf(t.Context(), kube.Object(c, object(t, widget))), test.want)
		})
	}
}

// standIn answers each path with its text, which may begin with a status, and
// all others as an API server does.
func standIn(answers map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, code := answers[r.URL.Path], http.StatusOK
		for text, status := range map[string]int{"401 ": 401, "403 ": 403, "503 ": 503} {
			if rest, found := strings.CutPrefix(body, text); found {
				body, code = rest, status
			}
		}
		if body == "" {
			body, code = "404 page not found\n", http.StatusNotFound
		}
		if body[0] == '{' {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}
