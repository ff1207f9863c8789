package cnpg_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/cnpg"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// replica is the healthy cluster as one that follows another.
var replica = strings.Replace(healthy, "spec: {instances: 3,", "spec: {instances: 3, replica: {enabled: true, source: other}, externalClusters: [{name: other}],", 1)

func TestConnect(t *testing.T) {
	s, access := space(t)
	primary := testenv.Postgres(t)
	standby := primary.Standby(t, "pg-2")
	ask := func(server *testenv.PostgresServer, keys string) string {
		access.Shell = through(t, server)
		return says(t.Context(), s, access.Connects(*step(t, "cnpg.connect", keys).CNPGConnect))
	}

	s.Put(t, healthy)
	assert.Equal(t, ask(primary, ""), "yes: Cluster NS/pg: PostgreSQL 15 answers on pg-1")
	assert.Equal(t, ask(standby, ""), "not yet: Cluster NS/pg: its primary pg-1 is in recovery, want one that takes writes")

	s.Put(t, replica)
	assert.Equal(t, ask(standby, ""), "yes: Cluster NS/pg: PostgreSQL 15 answers on pg-1")
	assert.Equal(t, ask(primary, ""), "not yet: Cluster NS/pg is a replica cluster, and its primary pg-1 takes writes, want one in recovery")

	s.Put(t, strings.Replace(healthy, "currentPrimary: pg-1", "image: x", 1))
	assert.Equal(t, ask(primary, ""), "not yet: Cluster NS/pg has no primary yet")
	s.Put(t, strings.Replace(healthy, "metadata: {name: pg}", `metadata: {name: pg, annotations: {cnpg.io/fencedInstances: '["pg-1"]'}}`, 1))
	assert.Equal(t, ask(primary, ""), "not yet: Cluster NS/pg: its primary pg-1 is fenced")
	s.Put(t, strings.Replace(healthy, "metadata: {name: pg}", `metadata: {name: pg, annotations: {cnpg.io/hibernation: "on"}}`, 1))
	assert.Equal(t, ask(primary, ""), "skip: Cluster NS/pg is hibernated")

	s.Put(t, healthy)
	primary.Stop()
	got := ask(primary, "")
	assert.Assert(t, strings.HasPrefix(got, "not yet: psql in Pod NS/pg-1: exit code 2: psql: error: connection to server on socket "), got)
}

func TestConnectThroughTheService(t *testing.T) {
	s, access := space(t)
	server := testenv.Postgres(t)
	access.Shell = through(t, server)
	s.Put(t, healthy)
	ask := func(address string) string {
		got := says(t.Context(), s, access.Connects(*step(t, "cnpg.connect", "service: '"+address+"'").CNPGConnect))
		return strings.ReplaceAll(got, address, "HOST")
	}
	assert.Equal(t, ask(forward(t, server.Dir+"/.s.PGSQL.5432")), "yes: Cluster NS/pg: PostgreSQL 15 answers on pg-1, HOST answers")
	assert.Equal(t, ask("127.0.0.1:1"), "not yet: postgres HOST: connection refused")
	assert.Equal(t, ask(greeter(t)), `not yet: postgres HOST: want a PostgreSQL server, got one that answers "2"`)
}

func TestReplication(t *testing.T) {
	s, access := space(t)
	server := testenv.Postgres(t)
	access.Shell = through(t, server)
	ask := func(keys string) string {
		return says(t.Context(), s, access.Replicates(*step(t, "cnpg.replication", keys).CNPGReplication))
	}
	s.Put(t, healthy)
	assert.Equal(t, ask(""), "not yet: Cluster NS/pg: 0/2 replicas streaming; missing pg-2, pg-3")
	second := server.Standby(t, "pg-2")
	server.Standby(t, "other-1") // of another cluster: same user, other name
	assert.Equal(t, ask(""), "not yet: Cluster NS/pg: 1/2 replicas streaming; missing pg-3")
	s.Put(t, strings.Replace(healthy, "instanceNames: [pg-1, pg-2, pg-3]", "instanceNames: [pg-1, pg-2]", 1))
	assert.Equal(t, ask(""), "not yet: Cluster NS/pg: 1/2 replicas streaming; 1 not created yet")

	third := server.Standby(t, "pg-3")
	got := ask("")
	assert.Assert(t, strings.HasPrefix(got, "yes: Cluster NS/pg: 2/2 replicas streaming, at most "), got)
	third.Query(t, "select pg_wal_replay_pause()")
	server.Query(t, "create table t as select repeat('x', 1000) from generate_series(1, 1000)")
	got = ask("maxLag: 64Ki")
	assert.Assert(t, strings.Contains(got, "warning: Cluster NS/pg: replica pg-3 is ") && strings.HasSuffix(got, " bytes of WAL behind, want at most 64Ki"), got)

	second.Stop()
	s.Put(t, healthy)
	assert.Equal(t, ask(""), "not yet: Cluster NS/pg: 1/2 replicas streaming; missing pg-2")
	s.Put(t, strings.Replace(healthy, "instances: 3, storage", "instances: 1, storage", 1))
	assert.Equal(t, ask(""), "skip: Cluster NS/pg has one instance: there is nothing to replicate to")
}

// TestReplicationOfAReplicaCluster asks a server in recovery, which has no
// current position of its own.
func TestReplicationOfAReplicaCluster(t *testing.T) {
	s, access := space(t)
	source := testenv.Postgres(t)
	server := source.Standby(t, "other-2")
	server.Standby(t, "pg-2")
	access.Shell = through(t, server)
	s.Put(t, strings.Replace(replica, "instances: 3, replica", "instances: 2, replica", 1))
	got := says(t.Context(), s, access.Replicates(*step(t, "cnpg.replication", "").CNPGReplication))
	assert.Assert(t, strings.HasPrefix(got, "yes: Cluster NS/pg: 1/1 replicas streaming, at most "), got)
}

func TestReplicaThatIsCatchingUpDoesNotCount(t *testing.T) {
	s, access := space(t)
	access.Shell = func(context.Context, kube.Container, []string) (kube.Output, error) {
		return kube.Output{Stdout: "pg-2|streaming|0\npg-3|catchup|99\n"}, nil
	}
	s.Put(t, healthy)
	assert.Equal(t, says(t.Context(), s, access.Replicates(hookspec.CNPGReplication{CNPGCluster: hookspec.CNPGCluster{Cluster: "pg"}})),
		"not yet: Cluster NS/pg: 1/2 replicas streaming; pg-3 is in state catchup")
}

func TestAnswersThatAreNoTable(t *testing.T) {
	s, access := space(t)
	s.Put(t, healthy)
	for _, out := range []string{"", "1", "1|f|15\n1|f|15\n"} {
		access.Shell = func(context.Context, kube.Container, []string) (kube.Output, error) {
			return kube.Output{Stdout: out}, nil
		}
		got := says(t.Context(), s, access.Connects(*step(t, "cnpg.connect", "").CNPGConnect))
		assert.Assert(t, strings.HasPrefix(got, "no: psql in Pod NS/pg-1: want one row of 3 columns, got ["), fmt.Sprint(out, got))
	}
}

var _ cnpg.Shell = (*kube.Client)(nil).Exec
