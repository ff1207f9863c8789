package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	enginesync "github.com/argoproj/argo-cd/gitops-engine/pkg/sync"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/common"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube/kubetest"
	"github.com/go-logr/logr"
	"gotest.tools/v3/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// TestThePlanIsWhatTheEngineDoes runs Argo CD's sync engine over a cluster where
// everything is healthy at once, and compares what it applies, in order, with
// what plan says. The cluster is a stand-in for the API server: the engine is
// the real one.
//
// No wave of the example has two objects of one kind, because the engine applies
// those side by side.
func TestThePlanIsWhatTheEngineDoes(t *testing.T) {
	manifests, err := os.ReadFile("testdata/order.yaml")
	assert.NilError(t, err)
	objects, err := kube.SplitYAML(manifests)
	assert.NilError(t, err)
	got := planned(t, manifests)
	assert.DeepEqual(t, got, runEngine(t, objects))
}

// planned is the order of plan, without what happens only after a failure or a
// deletion.
func planned(t *testing.T, manifests []byte) []string {
	t.Helper()
	cmd := exec.Command("argocd-safesync", "plan", "-", "-o", "json", "--app-name", "order", "--namespace", "ns")
	cmd.Dir = t.TempDir()
	cmd.Stdin = bytes.NewReader(manifests)
	out, err := cmd.Output()
	assert.NilError(t, err)
	var plan struct {
		Phases []struct {
			Name  string
			Waves []struct {
				Steps []struct{ Kind, Name string }
			}
		}
	}
	assert.NilError(t, json.Unmarshal(out, &plan))
	var order []string
	for _, phase := range plan.Phases {
		if phase.Name == "SyncFail" || strings.HasSuffix(phase.Name, "Delete") {
			continue
		}
		for _, wave := range phase.Waves {
			for _, s := range wave.Steps {
				order = append(order, s.Kind+"/"+s.Name)
			}
		}
	}
	return order
}

// runEngine syncs objects into an empty cluster and returns what was applied.
func runEngine(t *testing.T, objects []*unstructured.Unstructured) []string {
	t.Helper()
	c := &cluster{live: map[kube.ResourceKey]*unstructured.Unstructured{}}
	phase, message, _ := c.sync(t, objects, healthy{})
	assert.Equal(t, phase, common.OperationSucceeded, message)
	return c.applied
}

// sync syncs objects to the end; without an override, health is what the engine
// makes of an object's status.
func (c *cluster) sync(t *testing.T, objects []*unstructured.Unstructured, override health.HealthOverride) (phase common.OperationPhase, message string, results []common.ResourceSyncResult) {
	t.Helper()
	server := c.serve(objects)
	defer server.Close()
	config := &rest.Config{Host: server.URL}
	ctl := &kubectl{ops: c}
	ctl.WithGetResourceFunc(func(_ context.Context, _ *rest.Config, gvk schema.GroupVersionKind, name, ns string) (*unstructured.Unstructured, error) {
		return c.snapshot()[kube.NewResourceKey(gvk.Group, gvk.Kind, ns, name)], nil
	})
	started := metav1.Now()
	for range 30 {
		state := enginesync.Reconcile(objects, c.snapshot(), "ns", scopes{})
		engine, done, err := enginesync.NewSyncContext("abcdef12", state, config, config, ctl, "ns",
			enginesync.WithInitialState(phase, message, results, started),
			enginesync.WithLogr(logr.Discard()),
			enginesync.WithSyncWaveHook(c.wave),
			enginesync.WithHealthOverride(override))
		assert.NilError(t, err)
		engine.Sync()
		phase, message, results = engine.GetState()
		done()
		if phase.Completed() {
			break
		}
	}
	return phase, message, results
}

// A cluster is what is live, and the order in which it was applied.
type cluster struct {
	kubetest.MockResourceOps
	mu      sync.Mutex
	live    map[kube.ResourceKey]*unstructured.Unstructured
	applied []string
	// last has what was applied in the wave that the engine calls the last one, before
	// is how much was applied in the waves before this one.
	last   []string
	before int
	// status has what a controller makes of an object, by kind and name; nil means
	// that it is gone at once.
	status map[string]map[string]any
}

// wave is what Argo CD calls after each wave: it waits there, unless it is the last.
func (c *cluster) wave(_ common.SyncPhase, _ int, last bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if last {
		c.last = c.applied[c.before:]
	}
	c.before = len(c.applied)
	return nil
}

func (c *cluster) ApplyResource(_ context.Context, o *unstructured.Unstructured, dry cmdutil.DryRunStrategy, _, _, _ bool, _ string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if dry != cmdutil.DryRunNone {
		return "", nil
	}
	c.applied = append(c.applied, o.GetKind()+"/"+o.GetName())
	live := o.DeepCopy()
	if clusterScoped(live.GetKind()) {
		live.SetNamespace("")
	}
	live.SetUID(types.UID(live.GetKind() + live.GetName())) // the engine drops live objects that share one
	status, given := c.status[o.GetKind()+"/"+o.GetName()]
	if given && status == nil {
		return "", nil
	}
	if given {
		live.Object["status"] = status
	}
	c.live[kube.GetResourceKey(live)] = live
	return "", nil
}

func (c *cluster) snapshot() map[kube.ResourceKey]*unstructured.Unstructured {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[kube.ResourceKey]*unstructured.Unstructured{}
	for k, v := range c.live {
		out[k] = v.DeepCopy()
	}
	return out
}

// serve answers discovery for the kinds of objects, and the requests with which
// the engine takes its finalizer off hooks.
func (c *cluster) serve(objects []*unstructured.Unstructured) *httptest.Server {
	groups := map[string]*metav1.APIResourceList{}
	for _, o := range objects {
		gv := o.GetAPIVersion()
		if groups[gv] == nil {
			groups[gv] = &metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: gv}
		}
		groups[gv].APIResources = append(groups[gv].APIResources, metav1.APIResource{
			Name: plural(o.GetKind()), Kind: o.GetKind(), Namespaced: !clusterScoped(o.GetKind()),
			Verbs: metav1.Verbs{"get", "list", "create", "patch", "delete", "update", "watch"},
		})
	}
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		path := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/apis/"), "/api/")
		if list := groups[path]; list != nil {
			_ = json.NewEncoder(w).Encode(list)
			return
		}
		c.object(w, r, strings.Split(path, "/"))
	}))
}

func (c *cluster) object(w http.ResponseWriter, r *http.Request, path []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, o := range c.live {
		if n := len(path); n < 2 || path[n-1] != key.Name || path[n-2] != plural(key.Kind) {
			continue
		}
		switch r.Method {
		case http.MethodPut:
			_ = json.NewDecoder(r.Body).Decode(&o.Object)
		case http.MethodDelete:
			delete(c.live, key)
		}
		_ = json.NewEncoder(w).Encode(o.Object)
		return
	}
	w.WriteHeader(http.StatusNotFound)
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status:   metav1.StatusFailure, Reason: metav1.StatusReasonNotFound, Code: http.StatusNotFound,
	})
}

func plural(kind string) string { return strings.ToLower(kind) + "s" }

func clusterScoped(kind string) bool {
	return kind == "Namespace" || kind == "CustomResourceDefinition"
}

type kubectl struct {
	kubetest.MockKubectlCmd
	ops *cluster
}

func (k *kubectl) ManageResources(*rest.Config) (kube.ResourceOperations, func(), error) {
	return k.ops, func() {}, nil
}

type healthy struct{}

func (healthy) GetResourceHealth(*unstructured.Unstructured) (*health.HealthStatus, error) {
	return &health.HealthStatus{Status: health.HealthStatusHealthy}, nil
}

type scopes struct{}

func (scopes) IsNamespaced(gk schema.GroupKind) (bool, error) { return !clusterScoped(gk.Kind), nil }
