package cnpg_test

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/argocd-safesync/argocd-safesync/internal/kubetest"
)

var deleteNow = metav1.DeleteOptions{GracePeriodSeconds: new(int64)}

// pod puts an instance of the cluster pg.
func pod(t *testing.T, s *kubetest.Space, name, ready string) {
	t.Helper()
	status := `{phase: Running, conditions: [{type: Ready, status: "` + ready + `"}]}`
	if s.Get(t, "v1", "Pod", name) != nil {
		s.SetStatus(t, "v1", "Pod", name, status)
		return
	}
	s.Put(t, `{apiVersion: v1, kind: Pod, metadata: {name: `+name+`, finalizers: [example.com/test], labels: {cnpg.io/cluster: pg, cnpg.io/podRole: instance}},
		spec: {containers: [{name: postgres, image: i}]}, status: `+status+`}`)
}

func TestInstances(t *testing.T) {
	s, access := space(t)
	ask := func(keys string) string {
		return says(t.Context(), s, access.HasInstances(*step(t, "cnpg.instances", keys).CNPGInstances))
	}
	assert.Equal(t, ask(""), "not yet: Cluster NS/pg does not exist")

	s.Put(t, strings.Replace(healthy, "readyInstances: 3", "readyInstances: 1", 1))
	pod(t, s, "pg-1", "True")
	assert.Equal(t, ask(""), "not yet: Cluster NS/pg: 1/3 instances ready; 2 not created yet")

	pod(t, s, "pg-2", "True")
	pod(t, s, "pg-3", "False")
	assert.Equal(t, ask(""), "not yet: Cluster NS/pg: 2/3 instances ready; not ready: pg-3 (not ready); the operator counts 1")

	s.Put(t, strings.Replace(healthy, "readyInstances: 3", "readyInstances: 2", 1))
	assert.Equal(t, ask(""), "not yet: Cluster NS/pg: 2/3 instances ready; not ready: pg-3 (not ready)")
	assert.Equal(t, ask("instances: 2"), "yes: Cluster NS/pg: 2/2 instances ready")
	s.Put(t, strings.NewReplacer("readyInstances: 3", "readyInstances: 2",
		"metadata: {name: pg}", `metadata: {name: pg, annotations: {cnpg.io/fencedInstances: '["pg-3"]'}}`).Replace(healthy))
	assert.Equal(t, ask(""), "not yet: Cluster NS/pg: 2/3 instances ready; not ready: pg-3 (fenced)")

	s.Put(t, healthy)
	pod(t, s, "pg-3", "True")
	assert.Equal(t, ask(""), "yes: Cluster NS/pg: 3/3 instances ready")
	assert.Equal(t, ask("instances: 4"), "not yet: Cluster NS/pg: 3/4 instances ready; 1 not created yet")

	s.Put(t, strings.Replace(healthy, "instances: 3, storage", "instances: 2, storage", 1))
	assert.Equal(t, ask(""), "not yet: Cluster NS/pg: 3/2 instances ready")

	s.Put(t, healthy)
	assert.NilError(t, s.At("v1", "Pod").Delete(t.Context(), "pg-2", deleteNow))
	assert.Equal(t, ask(""), "not yet: Cluster NS/pg: 2/3 instances ready; not ready: pg-2 (terminating); the operator counts 3")
}
