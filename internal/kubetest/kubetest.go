// Package kubetest puts objects on a real API server for tests, with the status
// that a controller would give them, and plays the kubelet.
//
// It knows Kubernetes' types of permission and the one subresource that matters
// here, status. Only tests import it.
package kubetest

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/poll"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// A Space is a namespace of one test, seen by an administrator.
type Space struct {
	Namespace string
	Admin     *rest.Config

	server  *testenv.Kube
	objects dynamic.Interface
}

// New makes a namespace on server.
func New(tb testing.TB, server *testenv.Kube) *Space {
	tb.Helper()
	s := &Space{Namespace: server.Namespace(tb, nil), server: server}
	s.Admin = s.config(server.Token)
	objects, err := dynamic.NewForConfig(s.Admin)
	assert.NilError(tb, err)
	s.objects = objects
	return s
}

func (s *Space) config(token string) *rest.Config {
	return &rest.Config{
		Host: s.server.Host, BearerToken: token,
		TLSClientConfig: rest.TLSClientConfig{CAData: s.server.CA},
		QPS:             -1, // a test asks as fast as it can
	}
}

// As is the configuration of a ServiceAccount of the namespace.
func (s *Space) As(tb testing.TB, account string) *rest.Config {
	tb.Helper()
	return s.config(s.server.ServiceAccountToken(tb, s.Namespace, account))
}

// Kubeconfig is the path of a file with which a ServiceAccount of the namespace
// speaks.
func (s *Space) Kubeconfig(tb testing.TB, account string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "kubeconfig")
	assert.NilError(tb, os.WriteFile(path, s.server.KubeconfigFor(tb, s.Namespace, account), 0o600))
	return path
}

// Put creates the objects of a YAML stream in the namespace, or replaces those
// that are there, status included. It returns the last one as the server has it.
func (s *Space) Put(tb testing.TB, stream string) *unstructured.Unstructured {
	tb.Helper()
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(stream), 4096)
	var last *unstructured.Unstructured
	for {
		obj := &unstructured.Unstructured{}
		err := decoder.Decode(obj)
		if errors.Is(err, io.EOF) {
			return last
		}
		assert.NilError(tb, err)
		last = s.PutObject(tb, obj)
	}
}

// PutObject is Put for one object.
func (s *Space) PutObject(tb testing.TB, obj *unstructured.Unstructured) *unstructured.Unstructured {
	tb.Helper()
	at := s.At(obj.GetAPIVersion(), obj.GetKind())
	obj.SetNamespace(s.Namespace)
	status, hasStatus := obj.Object["status"]
	made, err := at.Create(tb.Context(), obj, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		old, getErr := at.Get(tb.Context(), obj.GetName(), metav1.GetOptions{})
		assert.NilError(tb, getErr)
		obj.SetResourceVersion(old.GetResourceVersion())
		made, err = at.Update(tb.Context(), obj, metav1.UpdateOptions{})
	}
	assert.NilError(tb, err)
	if hasStatus {
		made.Object["status"] = status
		made, err = at.UpdateStatus(tb.Context(), made, metav1.UpdateOptions{})
		assert.NilError(tb, err)
	}
	return made
}

// DeleteNamespace begins to delete the namespace, which no controller finishes.
func (s *Space) DeleteNamespace(tb testing.TB) error {
	tb.Helper()
	return s.At("v1", "Namespace").Delete(tb.Context(), s.Namespace, metav1.DeleteOptions{})
}

// SetStatus replaces the status of an object that is there.
func (s *Space) SetStatus(tb testing.TB, apiVersion, kind, name, status string) {
	tb.Helper()
	at := s.At(apiVersion, kind)
	obj, err := at.Get(tb.Context(), name, metav1.GetOptions{})
	assert.NilError(tb, err)
	var value map[string]any
	assert.NilError(tb, yaml.NewYAMLOrJSONDecoder(bytes.NewReader([]byte(status)), 4096).Decode(&value))
	obj.Object["status"] = value
	_, err = at.UpdateStatus(tb.Context(), obj, metav1.UpdateOptions{})
	assert.NilError(tb, err)
}

// Get returns an object; nil if there is none.
func (s *Space) Get(tb testing.TB, apiVersion, kind, name string) *unstructured.Unstructured {
	tb.Helper()
	obj, err := s.At(apiVersion, kind).Get(tb.Context(), name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	assert.NilError(tb, err)
	return obj
}

// Names lists the objects of a kind in the namespace.
func (s *Space) Names(tb testing.TB, apiVersion, kind string) []string {
	tb.Helper()
	list, err := s.At(apiVersion, kind).List(tb.Context(), metav1.ListOptions{})
	assert.NilError(tb, err)
	names := []string{}
	for i := range list.Items {
		names = append(names, list.Items[i].GetName())
	}
	return names
}

// At is where the objects of a kind are. Kinds in tests have the plainest plural.
func (s *Space) At(apiVersion, kind string) dynamic.ResourceInterface {
	gv, _ := schema.ParseGroupVersion(apiVersion) // constants of tests
	at := s.objects.Resource(gv.WithResource(strings.ToLower(kind) + "s"))
	if kind == "Node" || kind == "Namespace" {
		return at
	}
	return at.Namespace(s.Namespace)
}

// Grant makes a ServiceAccount that may do what rules say and nothing else, and
// waits until the server knows. All rules must be of this namespace.
func (s *Space) Grant(tb testing.TB, account string, rules []hookspec.Rule) {
	tb.Helper()
	s.PutObject(tb, object("v1", "ServiceAccount", account, nil))
	s.PutObject(tb, object("rbac.authorization.k8s.io/v1", "Role", account, map[string]any{"rules": s.rbac(tb, rules)}))
	s.PutObject(tb, object("rbac.authorization.k8s.io/v1", "RoleBinding", account, map[string]any{
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": account},
		"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": account, "namespace": s.Namespace}},
	}))
	for _, r := range rules {
		poll.WaitOn(tb, func(poll.LogT) poll.Result {
			if s.allowed(tb, account, r) {
				return poll.Success()
			}
			return poll.Continue("%s may not %s %s yet", account, r.Verbs, r.Resource)
		}, poll.WithDelay(20*time.Millisecond))
	}
}

// allowed asks whether a ServiceAccount has a rule already.
func (s *Space) allowed(tb testing.TB, account string, r hookspec.Rule) bool {
	tb.Helper()
	resource, sub, _ := strings.Cut(r.Resource, "/")
	attributes := map[string]any{"namespace": r.Namespace, "verb": r.Verbs[0], "group": r.Group, "resource": resource, "subresource": sub}
	if len(r.Names) > 0 {
		attributes["name"] = r.Names[0]
	}
	review := object("authorization.k8s.io/v1", "SubjectAccessReview", "", map[string]any{"spec": map[string]any{
		"user": "system:serviceaccount:" + s.Namespace + ":" + account, "resourceAttributes": attributes,
	}})
	review.SetName("")
	reviews := s.objects.Resource(schema.GroupVersionResource{Group: "authorization.k8s.io", Version: "v1", Resource: "subjectaccessreviews"})
	answer, err := reviews.Create(tb.Context(), review, metav1.CreateOptions{})
	assert.NilError(tb, err)
	yes, _, _ := unstructured.NestedBool(answer.Object, "status", "allowed")
	return yes
}

func (s *Space) rbac(tb testing.TB, rules []hookspec.Rule) []any {
	tb.Helper()
	out := []any{}
	for _, r := range rules {
		assert.Equal(tb, r.Namespace, s.Namespace)
		rule := map[string]any{"apiGroups": anys(r.Group), "resources": anys(r.Resource), "verbs": anys(r.Verbs...)}
		if len(r.Names) > 0 {
			rule["resourceNames"] = anys(r.Names...)
		}
		out = append(out, rule)
	}
	return out
}

func anys(texts ...string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = t
	}
	return out
}

func object(apiVersion, kind, name string, fields map[string]any) *unstructured.Unstructured {
	o := map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": name}}
	for key, value := range fields {
		o[key] = value
	}
	return &unstructured.Unstructured{Object: o}
}
