package backup_test

import (
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/kubetest"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// annotated is a change of the healthy cluster.
func annotated(key, value string) [2]string {
	return [2]string{"metadata: {name: pg}", "metadata: {name: pg, annotations: {" + key + ": " + value + "}}"}
}

const (
	skipped  = ": no backup taken (onUnhealthy: skip)"
	failed   = ": no backup can be taken (onUnhealthy: fail)"
	required = ": want a backup of it (requireBackup)"
)

// states are ways for a cluster not to be backed up as it is: at once, or when
// settle is over.
var states = []struct {
	name   string
	change [2]string
	passes bool // waited for, up to settle
	words  string
}{
	{"fenced", annotated("cnpg.io/fencedInstances", `'["pg-2"]'`), false, "has fenced instances: pg-2"},
	{"reconciliation off", annotated("cnpg.io/reconciliationLoop", "disabled"), false, "is not looked at by the operator (annotation cnpg.io/reconciliationLoop: disabled), so its status is of the past"},
	{"supervised", [2]string{"Cluster in healthy state", "Waiting for user action"}, false, "is waiting for user action (primaryUpdateStrategy supervised): promote another instance or restart the primary"},
	{"unrecoverable", [2]string{"Cluster in healthy state", "Cluster is unrecoverable and needs manual intervention"}, false, "is unrecoverable and needs manual intervention"},
	{"switchover", [2]string{"targetPrimary: pg-1", "targetPrimary: pg-2"}, true, "has a switchover or failover under way: the primary is pg-1, shall be pg-2"},
	{"failing over", [2]string{"Cluster in healthy state", "Failing over"}, true, `is not healthy: phase "Failing over"`},
	{"major upgrade", [2]string{"Cluster in healthy state", "Upgrading Postgres major version"}, true, `is not healthy: phase "Upgrading Postgres major version"`},
	{"unknown plugin", [2]string{"Cluster in healthy state", "Cluster cannot proceed to reconciliation due to an unknown plugin being required"}, true, `is not healthy: phase "Cluster cannot proceed to reconciliation due to an unknown plugin being required"`},
	{"invalid definition", [2]string{"Cluster in healthy state", "Invalid cluster definition"}, false, `cannot get healthy by itself: phase "Invalid cluster definition"; change the Cluster, and sync again`},
	{"waking", [2]string{"conditions: [", `conditions: [{type: cnpg.io/hibernation, status: "True", reason: Hibernated, message: "", lastTransitionTime: "2026-01-01T00:00:00Z"}, `}, true, "is waking from hibernation"},
	{"first primary", [2]string{"Cluster in healthy state", "Setting up primary"}, true, `is not healthy: phase "Setting up primary"`},
	{"no plugin", [2]string{"barman-cloud.cloudnative-pg.io,", "other.example.com,"}, false, "has no plugin barman-cloud.cloudnative-pg.io in spec.plugins, or it is not enabled"},
	{"plugin off", [2]string{"isWALArchiver: true", "isWALArchiver: true, enabled: false"}, false, "has no plugin barman-cloud.cloudnative-pg.io in spec.plugins, or it is not enabled"},
	{"no archiver", [2]string{"isWALArchiver: true", "isWALArchiver: false"}, false, "cannot be restored from a backup: nothing archives its WAL: no entry of spec.plugins has isWALArchiver, and there is no spec.backup.barmanObjectStore"},
	{"archiving off", annotated("cnpg.io/skipWalArchiving", "enabled"), false, "cannot be restored from a backup: WAL archiving is switched off by the annotation cnpg.io/skipWalArchiving"},
}

func TestClustersThatCannotBeBackedUp(t *testing.T) {
	s := newStage(t)
	for _, state := range states {
		t.Run(state.name, func(t *testing.T) {
			assert.Assert(t, strings.Contains(healthy, state.change[0]))
			s.Put(t, strings.Replace(healthy, state.change[0], state.change[1], 1))
			for keys, want := range map[string]string{
				"": "skip: ", "onUnhealthy: fail": "no: ", "requireBackup: true": "no: ",
			} {
				end := map[string]string{"": skipped, "onUnhealthy: fail": failed, "requireBackup: true": required}[keys]
				s.ahead = 0
				p := s.probe(t, keys)
				waited := ""
				if state.passes {
					assert.Equal(t, s.says(t, p), "not yet: Cluster NS/pg "+state.words+" (waiting up to 2m)")
					s.ahead = 2*time.Minute + time.Second
					waited = ", for 2m1s already"
				}
				assert.Equal(t, s.says(t, p), want+"Cluster NS/pg "+state.words+waited+end)
				assert.Equal(t, s.abandons(t, p), "")
			}
			assert.DeepEqual(t, s.Names(t, cnpgV1, "Backup"), []string{})
		})
	}
}

// The cluster is well and would survive the sync; only a mistake in it would not
// be survived. So it is no state that the sync may mend.
func TestAnArchiveThatFailsStopsTheSync(t *testing.T) {
	s := newStage(t)
	const works = `status: "True", reason: ContinuousArchivingSuccess, message: Continuous archiving is working`
	const fails = `status: "False", reason: ContinuousArchivingFailing, message: "barman-cloud-wal-archive: exit status 2"`
	assert.Assert(t, strings.Contains(healthy, works))
	s.Put(t, strings.Replace(healthy, works, fails, 1))
	const words = "Cluster NS/pg cannot be backed up: WAL archiving does not work: ContinuousArchivingFailing: barman-cloud-wal-archive: exit status 2"
	for _, keys := range []string{"", "onUnhealthy: fail", "requireBackup: true"} {
		s.ahead = 0
		p := s.probe(t, keys)
		assert.Equal(t, s.says(t, p), "not yet: "+words+" (waiting up to 2m)")
		s.ahead = 2*time.Minute + time.Second
		assert.Equal(t, s.says(t, p), "no: "+words+", for 2m1s already: want its archive to work before the sync; to sync what mends it, leave this step out")
		assert.Equal(t, s.abandons(t, p), "")
	}
	assert.DeepEqual(t, s.Names(t, cnpgV1, "Backup"), []string{})
}

func TestASwitchoverThatEndsIsWaitedFor(t *testing.T) {
	s := newStage(t)
	s.Put(t, strings.Replace(healthy, "targetPrimary: pg-1", "targetPrimary: pg-2", 1))
	p := s.probe(t, "revision: abc")
	assert.Equal(t, s.says(t, p), "not yet: Cluster NS/pg has a switchover or failover under way: the primary is pg-1, shall be pg-2 (waiting up to 2m)")
	s.Put(t, healthy)
	got := s.says(t, p)
	assert.Assert(t, strings.HasPrefix(got, "not yet: Backup NS/pg-presync-ba7816bf not looked at by the operator for "), got)
}

func TestClusterThatDoesNotExist(t *testing.T) {
	s := newStage(t)
	assert.Equal(t, s.says(t, s.probe(t, "")), "skip: Cluster NS/pg does not exist: nothing to back up yet")
	assert.Equal(t, s.says(t, s.probe(t, "onUnhealthy: fail")), "skip: Cluster NS/pg does not exist: nothing to back up yet")
	assert.Equal(t, s.says(t, s.probe(t, "requireBackup: true")), "no: Cluster NS/pg does not exist: want a backup of it (requireBackup)")
}

func TestHibernatedClusterIsSkipped(t *testing.T) {
	s := newStage(t)
	change := annotated("cnpg.io/hibernation", `"on"`)
	s.Put(t, strings.Replace(healthy, change[0], change[1], 1))
	assert.Equal(t, s.says(t, s.probe(t, "")), "skip: Cluster NS/pg is hibernated: no backup can be taken")
	assert.Equal(t, s.says(t, s.probe(t, "onUnhealthy: fail")), "skip: Cluster NS/pg is hibernated: no backup can be taken")
	assert.Equal(t, s.says(t, s.probe(t, "requireBackup: true")), "no: Cluster NS/pg is hibernated: want a backup of it (requireBackup)")
}

// TestOperatorThatIsNotInstalled needs a server without the operator's kinds.
func TestOperatorThatIsNotInstalled(t *testing.T) {
	s := &stage{Space: kubetest.New(t, testenv.KubeAPIServer(t))}
	var err error
	s.api, err = kube.New(s.Admin, s.Namespace)
	assert.NilError(t, err)
	assert.Equal(t, s.says(t, s.probe(t, "")), "skip: Cluster NS/pg: the API has no clusters in postgresql.cnpg.io/v1 (is its CustomResourceDefinition installed?): nothing to back up yet")
}

func TestRefusalsAndOutagesAreNoAbsence(t *testing.T) {
	s := newStage(t)
	s.Grant(t, "nobody", nil)
	refused, err := kube.New(s.As(t, "nobody"), s.Namespace)
	assert.NilError(t, err)
	s.api = refused
	assert.Equal(t, s.says(t, s.probe(t, "")), "denied: Cluster NS/pg: forbidden: ServiceAccount NS/nobody may not get clusters.postgresql.cnpg.io in namespace NS (is the hook's Role bound to it?)")

	away := *s.Admin
	away.Host = "https://127.0.0.1:1"
	s.api, err = kube.New(&away, s.Namespace)
	assert.NilError(t, err)
	assert.Equal(t, s.says(t, s.probe(t, "")), "not yet: get Cluster NS/pg: Kubernetes API: connection refused")
}
