package kube_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/kubetest"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

// object parses the keys of a kubernetes step.
func object(t *testing.T, keys string) hookspec.Kubernetes {
	t.Helper()
	spec, err := hookspec.Parse("spec", []byte("steps:\n- name: x\n  kubernetes: {"+keys+"}\n"))
	assert.NilError(t, err)
	return *spec.Steps[0].Kubernetes
}

func TestObjectIsComparedWithTheStep(t *testing.T) {
	s, c := space(t)
	s.Put(t, `{apiVersion: v1, kind: Service, metadata: {name: web, labels: {a.b/c: x}}, spec: {ports: [{port: 80}]}, status: {conditions: [
		{type: Ready, status: "False", reason: Slow, message: "not  now", lastTransitionTime: "2026-01-01T00:00:00Z"},
		{type: Old, status: "True", reason: Fine, message: "", observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z"}]}}`)
	s.Put(t, `{apiVersion: v1, kind: Pod, metadata: {name: held, finalizers: [example.com/hold]}, spec: {containers: [{name: c, image: i}]}}`)
	assert.NilError(t, s.At("v1", "Pod").Delete(t.Context(), "held", deleteNow))

	for _, test := range []struct{ keys, want string }{
		{`apiVersion: v1, kind: Service, name: web`, "yes: Service NS/web is as wanted"},
		{`apiVersion: v1, kind: Service, name: none`, "not yet: Service NS/none does not exist"},
		{`apiVersion: v1, kind: Service, name: none, absent: true`, "yes: Service NS/none does not exist"},
		{`apiVersion: v1, kind: Service, name: web, absent: true`, "not yet: Service NS/web exists, want it absent"},
		{`apiVersion: v1, kind: Pod, name: held, absent: true`, "not yet: Pod NS/held exists (terminating, held by the finalizers example.com/hold), want it absent"},
		{`apiVersion: example.com/v1, kind: Widget, name: w`, "not yet: Widget NS/w: the API has no widgets in example.com/v1 (is its CustomResourceDefinition installed?)"},
		{`apiVersion: apps/v1, kind: Widget, name: w`, "not yet: Widget NS/w: the API has no widgets in apps/v1"},
		{`apiVersion: example.com/v1, kind: Widget, name: w, absent: true`, "yes: Widget NS/w: the API has no widgets in example.com/v1 (is its CustomResourceDefinition installed?)"},
		{`apiVersion: v1, kind: Service, name: web, fields: {"spec.ports[0].port": 80, spec.type: ClusterIP}`, "yes: Service NS/web is as wanted"},
		{`apiVersion: v1, kind: Service, name: web, fields: {"spec.ports[0].port": ">80", spec.none: x}`, "not yet: Service NS/web: spec.none is missing, want x; spec.ports[0].port is 80, want >80"},
		{`apiVersion: v1, kind: Service, name: web, condition: {type: Ready}`, "not yet: Service NS/web: condition Ready is False, want True (Slow: not now)"},
		{`apiVersion: v1, kind: Service, name: web, condition: {type: Ready, status: "False", reason: Fast}`, `not yet: Service NS/web: condition Ready has the reason "Slow", want "Fast"`},
		{`apiVersion: v1, kind: Service, name: web, condition: {type: Ready, status: "False"}`, "yes: Service NS/web is as wanted"},
		{`apiVersion: v1, kind: Service, name: web, condition: {type: New}`, "not yet: Service NS/web: no condition New yet, want True"},
	} {
		got := answerOf(t.Context(), kube.Object(c, object(t, test.keys)))
		assert.Equal(t, strings.ReplaceAll(got, s.Namespace, "NS"), test.want, test.keys)
	}
}

func TestRefusalNamesVerbResourceAndAccount(t *testing.T) {
	s, _ := space(t)
	s.Grant(t, "hook", nil)
	c, err := kube.New(s.As(t, "hook"), s.Namespace)
	assert.NilError(t, err)
	got := answerOf(t.Context(), kube.Object(c, object(t, `apiVersion: apps/v1, kind: Deployment, name: web`)))
	assert.Equal(t, strings.ReplaceAll(got, s.Namespace, "NS"),
		"denied: Deployment NS/web: forbidden: ServiceAccount NS/hook may not get deployments.apps in namespace NS (is the hook's Role bound to it?)")
}

func TestAbsentIsNotARefusal(t *testing.T) {
	s, c := space(t)
	s.Grant(t, "hook", nil)
	refused, err := kube.New(s.As(t, "hook"), s.Namespace)
	assert.NilError(t, err)
	step := object(t, `apiVersion: v1, kind: Service, name: none, absent: true`)
	assert.Assert(t, strings.HasPrefix(answerOf(t.Context(), kube.Object(c, step)), "yes: "))
	assert.Assert(t, strings.HasPrefix(answerOf(t.Context(), kube.Object(refused, step)), "denied: "))
}

func TestUnknownTokenIsARefusal(t *testing.T) {
	s, _ := space(t)
	config := rest.CopyConfig(s.Admin)
	config.BearerToken = "nobody"
	c, err := kube.New(config, s.Namespace)
	assert.NilError(t, err)
	got := answerOf(t.Context(), kube.Object(c, object(t, `apiVersion: v1, kind: Service, name: web`)))
	assert.Equal(t, strings.ReplaceAll(got, s.Namespace, "NS"),
		"denied: get Service NS/web: the Kubernetes API does not know us: 401 Unauthorized (is the token of the ServiceAccount mounted and valid?)")
}

func TestAPIOutageIsAskedAgain(t *testing.T) {
	config := &rest.Config{Host: "http://127.0.0.1:1"} // the port mapper's ancestor, which nobody runs
	c, err := kube.New(config, "db")
	assert.NilError(t, err)
	step := object(t, `apiVersion: v1, kind: Service, name: web, absent: true`)
	assert.Equal(t, answerOf(t.Context(), kube.Object(c, step)),
		"not yet: get Service db/web: Kubernetes API: connection refused")
}

func TestAPIThatHangsIsAskedAgain(t *testing.T) {
	c, err := kube.New(&rest.Config{Host: hanging(t)}, "db")
	assert.NilError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	assert.Equal(t, answerOf(ctx, kube.Object(c, object(t, `apiVersion: v1, kind: Service, name: web, absent: true`))),
		"not yet: get Service db/web: no answer of the Kubernetes API in time")
}

// TestRefusalThatIsNotAboutRights creates in a namespace that goes away.
func TestRefusalThatIsNotAboutRights(t *testing.T) {
	s, c := space(t)
	assert.NilError(t, s.DeleteNamespace(t))
	ref := kube.PodRef(s.Namespace, "late")
	_, err := c.Create(t.Context(), ref, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "late"},
		"spec": map[string]any{"containers": []any{map[string]any{"name": "c", "image": "i"}}},
	}})
	assert.Equal(t, strings.ReplaceAll(kubetest.Words(probe.Yes{}, err), s.Namespace, "NS"),
		`denied: create pods in namespace NS: forbidden: pods "late" is forbidden: unable to create new content in namespace NS because it is being terminated`)
}

func TestAPIAnswersThatAreNoAnswers(t *testing.T) {
	for _, test := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"broken", `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"etcd is away","code":500}`, 500, "not yet: get Service db/web: the Kubernetes API answered 500: etcd is away"},
		{"proxy", "<html>bad gateway</html>", 502, "not yet: get Service db/web: the Kubernetes API answered 502: "},
		{"page not found", "404 page not found\n", 404, "not yet: get Service db/web: got 404 from something that is not the Kubernetes API: it has no list of what it serves"},
		{"page of a proxy", "<html>nginx</html>", 404, "not yet: get Service db/web: got 404 from something that is not the Kubernetes API: it has no list of what it serves"},
		{"another object's absence", `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404,"details":{"name":"other","kind":"services"}}`, 404, "not yet: get Service db/web: got 404 from something that is not the Kubernetes API: it has no list of what it serves"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := kube.New(&rest.Config{Host: answering(t, test.status, test.body)}, "db")
			assert.NilError(t, err)
			got := answerOf(t.Context(), kube.Object(c, object(t, `apiVersion: v1, kind: Service, name: web, absent: true`)))
			assert.Assert(t, strings.HasPrefix(got, test.want), got)
		})
	}
}
