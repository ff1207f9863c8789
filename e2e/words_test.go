package e2e_test

import (
	"os"
	"slices"
	"testing"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/common"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"gotest.tools/v3/assert"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestTheOperationHasTheWordsOfAFailedHook runs Argo CD's sync engine over what
// the plugin makes of a policy with onFailure, where the backup before the sync
// fails. Whatever becomes of the Pod that says why, the sync ends, and ends as
// failed.
func TestTheOperationHasTheWordsOfAFailedHook(t *testing.T) {
	manifests, err := os.ReadFile("../plugin/inject/testdata/on-failure-webhook/want.yaml")
	assert.NilError(t, err)
	const (
		said   = "Container hook for pod shop/backup-x failed with exit code 4 matching FailJob rule at index 1"
		words  = "hook backup failed: api: gave up after 1m: 404 Not Found (exit code 4)"
		failed = "one or more synchronization tasks completed unsuccessfully"
		gone   = "Resource /Pod/shop-sync-fail is missing, it might have been deleted"
	)
	for name, test := range map[string]struct {
		pod           map[string]any
		message, want string
	}{
		"it says why": {terminated(words), failed, "Failed: " + words},
		"it is evicted": {
			map[string]any{"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."},
			failed, "Failed: The node was low on resource: memory.",
		},
		"it vanishes": {nil, failed + "\none or more SyncFail hooks failed, reason: " + gone, "Error: " + gone},
	} {
		t.Run(name, func(t *testing.T) {
			objects, err := kube.SplitYAML(manifests)
			assert.NilError(t, err)
			c := &cluster{live: map[kube.ResourceKey]*unstructured.Unstructured{}, status: map[string]map[string]any{
				"Job/backup": {"conditions": []any{map[string]any{"type": "Failed", "status": "True", "message": said}}}, "Pod/shop-sync-fail": test.pod,
			}}
			phase, message, results := c.sync(t, objects, nil)
			assert.Equal(t, phase, common.OperationFailed)
			assert.Equal(t, message, test.message)
			assert.Equal(t, resultOf(results, "Job"), "Failed: "+said)
			assert.Equal(t, resultOf(results, "Pod"), test.want)
			for key := range c.live {
				assert.Assert(t, key.Kind != "Pod" && key.Name != "shop-safesync-record", "%s is there", key)
			}
		})
	}
}

// TestNoJobIsInTheLastWave runs Argo CD's sync engine over what the plugin makes of a
// policy with a hook after the sync. Argo CD waits after each wave until its view of
// the cluster is a new one, but not after what it calls the last wave.
func TestNoJobIsInTheLastWave(t *testing.T) {
	manifests, err := os.ReadFile("../testdata/apps/web/want/web.yaml")
	assert.NilError(t, err)
	objects, err := kube.SplitYAML(manifests)
	assert.NilError(t, err)
	c := &cluster{live: map[kube.ResourceKey]*unstructured.Unstructured{}}
	phase, message, _ := c.sync(t, objects, healthy{})
	assert.Equal(t, phase, common.OperationSucceeded, message)
	assert.Assert(t, slices.Contains(c.applied, "Job/web-answers"))
	assert.DeepEqual(t, c.last, []string{"ConfigMap/web-safesync-last"})
}

// terminated is the status of a Pod whose container ended with these last words.
func terminated(words string) map[string]any {
	return map[string]any{"phase": "Failed", "containerStatuses": []any{map[string]any{
		"name": "hook", "state": map[string]any{"terminated": map[string]any{"exitCode": int64(1), "reason": "Error", "message": words}},
	}}}
}

// resultOf is the result of the object of a kind.
func resultOf(results []common.ResourceSyncResult, kind string) string {
	for _, r := range results {
		if r.ResourceKey.Kind == kind {
			return string(r.HookPhase) + ": " + r.Message
		}
	}
	return "none"
}
