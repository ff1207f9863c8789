package cnpg_test

import (
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// states are ways to be, as a change of the healthy cluster, and what
// cnpg.healthy says about each.
var states = []struct{ name, replace, with, want string }{
	{"healthy", "", "", "yes: Cluster NS/pg is healthy, primary pg-1"},
	{"hibernated", "metadata: {name: pg}", `metadata: {name: pg, annotations: {cnpg.io/hibernation: "on"}}`, "skip: Cluster NS/pg is hibernated"},
	{"waking", "  instances: 3\n", "  conditions: [{type: cnpg.io/hibernation, status: \"True\", reason: Hibernated, message: \"\", lastTransitionTime: \"2026-01-01T00:00:00Z\"}]\n", "not yet: Cluster NS/pg is waking from hibernation"},
	{"reconciliation off", "metadata: {name: pg}", `metadata: {name: pg, annotations: {cnpg.io/reconciliationLoop: disabled}}`, "no: Cluster NS/pg is not looked at by the operator (annotation cnpg.io/reconciliationLoop: disabled), so its status is of the past"},
	{"fenced", "metadata: {name: pg}", `metadata: {name: pg, annotations: {cnpg.io/fencedInstances: '["pg-3", "pg-2"]'}}`, "not yet: Cluster NS/pg has fenced instances: pg-2, pg-3"},
	{"all fenced", "metadata: {name: pg}", `metadata: {name: pg, annotations: {cnpg.io/fencedInstances: '["*"]'}}`, "not yet: Cluster NS/pg has fenced instances: all of them"},
	{"fenced by nonsense", "metadata: {name: pg}", `metadata: {name: pg, annotations: {cnpg.io/fencedInstances: 'pg-2'}}`, "not yet: Cluster NS/pg has fenced instances: pg-2"},
	{"fences lifted", "metadata: {name: pg}", `metadata: {name: pg, annotations: {cnpg.io/fencedInstances: '[]'}}`, "yes: Cluster NS/pg is healthy, primary pg-1"},
	{"switchover", "targetPrimary: pg-1", "targetPrimary: pg-2", "not yet: Cluster NS/pg has a switchover or failover under way: the primary is pg-1, shall be pg-2"},
	{"failover election", "targetPrimary: pg-1", "targetPrimary: pending", "not yet: Cluster NS/pg has a switchover or failover under way: the primary is pg-1, shall be pending"},
	{"switchover phase", "Cluster in healthy state", "Switchover in progress", `not yet: Cluster NS/pg is not healthy: phase "Switchover in progress"`},
	{"upgrade", "phase: Cluster in healthy state", "phase: Upgrading cluster\n  phaseReason: rolling out", `not yet: Cluster NS/pg is not healthy: phase "Upgrading cluster": rolling out`},
	{"major upgrade", "Cluster in healthy state", "Upgrading Postgres major version", `not yet: Cluster NS/pg is not healthy: phase "Upgrading Postgres major version"`},
	{"disk full", "Cluster in healthy state", "Not enough disk space", `not yet: Cluster NS/pg is not healthy: phase "Not enough disk space"`},
	{"unknown phase that begins like the healthy one", "Cluster in healthy state", "Cluster in healthy state of mind", `not yet: Cluster NS/pg is not healthy: phase "Cluster in healthy state of mind"`},
	{"supervised", "phase: Cluster in healthy state", "phase: Waiting for user action\n  phaseReason: User must issue a supervised switchover", "no: Cluster NS/pg is waiting for user action (primaryUpdateStrategy supervised): promote another instance or restart the primary: User must issue a supervised switchover"},
	{"unrecoverable", "Cluster in healthy state", "Cluster is unrecoverable and needs manual intervention", "no: Cluster NS/pg is unrecoverable and needs manual intervention"},
	{"invalid definition", "phase: Cluster in healthy state", "phase: Invalid cluster definition\n  phaseReason: no such parameter", `no: Cluster NS/pg cannot get healthy by itself: phase "Invalid cluster definition": no such parameter; change the Cluster, and sync again`},
	{"image catalog", "Cluster in healthy state", "Cluster has incomplete or invalid image catalog", `no: Cluster NS/pg cannot get healthy by itself: phase "Cluster has incomplete or invalid image catalog"; change the catalog, or the Cluster's imageCatalogRef, and sync again`},
	{"architecture", "Cluster in healthy state", "Cluster cannot execute instance online upgrade due to missing architecture binary", `no: Cluster NS/pg cannot get healthy by itself: phase "Cluster cannot execute instance online upgrade due to missing architecture binary"; install an operator that has the architecture of every node, and sync again`},
	{"unknown plugin", "Cluster in healthy state", "Cluster cannot proceed to reconciliation due to an unknown plugin being required", `not yet: Cluster NS/pg is not healthy: phase "Cluster cannot proceed to reconciliation due to an unknown plugin being required"`},
	{"plugin that fails", "Cluster in healthy state", "Cluster cannot proceed to reconciliation due to an error while interacting with plugins", `not yet: Cluster NS/pg is not healthy: phase "Cluster cannot proceed to reconciliation due to an error while interacting with plugins"`},
	{"objects", "Cluster in healthy state", "Unable to create required cluster objects", `not yet: Cluster NS/pg is not healthy: phase "Unable to create required cluster objects"`},
	{"no phase", "phase: Cluster in healthy state", "readyInstances: 0", "not yet: Cluster NS/pg has no phase yet: the operator has not looked at it"},
	{"no primary", "currentPrimary: pg-1", "image: x", "not yet: Cluster NS/pg has no primary yet"},
}

func TestHealthyInEveryState(t *testing.T) {
	s, access := space(t)
	p := access.IsHealthy(*step(t, "cnpg.healthy", "").CNPGHealthy)
	assert.Equal(t, says(t.Context(), s, p), "not yet: Cluster NS/pg does not exist")
	for _, state := range states {
		t.Run(state.name, func(t *testing.T) {
			assert.Assert(t, strings.Contains(healthy, state.replace))
			text := strings.Replace(healthy, state.replace, state.with, 1)
			if state.name == "no phase" {
				text = strings.Replace(text, "  readyInstances: 3\n", "", 1)
			}
			s.Put(t, text)
			assert.Equal(t, says(t.Context(), s, p), state.want)
		})
	}
}

func TestClusterThatIsBeingDeleted(t *testing.T) {
	s, access := space(t)
	s.Put(t, strings.Replace(healthy, "metadata: {name: pg}", "metadata: {name: pg, finalizers: [example.com/test]}", 1))
	assert.NilError(t, s.At("postgresql.cnpg.io/v1", "Cluster").Delete(t.Context(), "pg", deleteNow))
	p := access.IsHealthy(*step(t, "cnpg.healthy", "").CNPGHealthy)
	assert.Equal(t, says(t.Context(), s, p), "no: Cluster NS/pg is being deleted")
}

func TestPluginThatNeverStarts(t *testing.T) {
	s, access := space(t)
	var ahead time.Duration
	access.Now = func() time.Time { return time.Now().Add(ahead) }
	s.Put(t, strings.Replace(healthy, "phase: Cluster in healthy state", "phase: Cluster cannot proceed to reconciliation due to an unknown plugin being required\n  phaseReason: 'Unknown plugin: x'", 1))
	const words = `Cluster NS/pg is not healthy: phase "Cluster cannot proceed to reconciliation due to an unknown plugin being required": Unknown plugin: x`
	p := access.IsHealthy(*step(t, "cnpg.healthy", "").CNPGHealthy)
	assert.Equal(t, says(t.Context(), s, p), "not yet: "+words)
	ahead = time.Minute
	assert.Equal(t, says(t.Context(), s, p), "not yet: "+words)
	ahead = 2*time.Minute + time.Second
	assert.Equal(t, says(t.Context(), s, p), "no: "+words+", for 2m already: install the plugin beside the operator, or look at its log")
	s.Put(t, healthy)
	assert.Equal(t, says(t.Context(), s, p), "yes: Cluster NS/pg is healthy, primary pg-1")
}
