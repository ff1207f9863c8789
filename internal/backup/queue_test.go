package backup_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var deleteNow = metav1.DeleteOptions{}

func TestRunningBackupOfOthersIsWaitedFor(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	s.put(t, "nightly", "", `{phase: running}`)
	s.put(t, "behind", "", `{phase: pending}`)
	s.ahead = time.Hour
	p := s.probe(t, "revision: abc")
	got := s.says(t, p)
	assert.Assert(t, strings.HasPrefix(got, "not yet: Cluster NS/pg: another backup runs: Backup NS/nightly (running for 1h"), got)
	s.becomes(t, "nightly", `{phase: completed}`)
	s.becomes(t, "behind", `{phase: completed}`)
	got = s.says(t, p)
	assert.Assert(t, strings.HasPrefix(got, "not yet: Backup NS/"+abc+" not looked at"), got)
}

func TestLeftoversThatBlockTheQueueAreNamed(t *testing.T) {
	for _, phase := range []string{`""`, "pending", "walArchivingFailing"} {
		t.Run(phase, func(t *testing.T) {
			s := newStage(t)
			s.Put(t, healthy)
			s.put(t, "old", "", "{phase: "+phase+"}")
			p := s.probe(t, "revision: abc")
			name := strings.Replace(phase, `""`, "not looked at by the operator", 1)
			assert.Equal(t, soon(s.says(t, p)), "not yet: Cluster NS/pg: older backups wait: Backup NS/old ("+name+" for Ns)")
			s.ahead = 3 * time.Minute
			got := s.says(t, p)
			assert.Assert(t, strings.HasPrefix(got, "no: Cluster NS/pg: every new backup is blocked by Backup NS/old ("+name+" for 3m"), got)
			assert.Assert(t, strings.HasSuffix(got, "; look at them and delete them: kubectl -n NS delete backups.postgresql.cnpg.io old"), got)
			assert.DeepEqual(t, s.Names(t, cnpgV1, "Backup"), []string{"old"})
		})
	}
}

func TestInvalidBackupBlocksAtOnce(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	s.put(t, "old", "", "{phase: invalid backup definition}")
	s.put(t, "older", "", "{phase: pending}")
	assert.Equal(t, soon(s.says(t, s.probe(t, "revision: abc"))),
		"no: Cluster NS/pg: every new backup is blocked by Backup NS/old (invalid backup definition for Ns), Backup NS/older (pending for Ns); look at them and delete them: kubectl -n NS delete backups.postgresql.cnpg.io old older")
}

func TestBackupsOfOtherClustersBlockNothing(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	s.Put(t, "{apiVersion: "+cnpgV1+", kind: Backup, metadata: {name: other}, spec: {cluster: {name: pg2}}, status: {phase: pending}}")
	s.says(t, s.probe(t, "revision: abc"))
	assert.DeepEqual(t, s.Names(t, cnpgV1, "Backup"), []string{"other", abc})
}

func TestOwnLeftoverOfAKilledHookIsDeleted(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	s.put(t, "pg-presync-old", "before", `{phase: pending}`)
	p := s.probe(t, "revision: abc")
	assert.Equal(t, soon(s.says(t, p)), "not yet: Cluster NS/pg: a backup of another hook waits: Backup NS/pg-presync-old (pending for Ns)")
	s.ahead = 3 * time.Minute
	got := s.says(t, p)
	assert.Assert(t, strings.HasPrefix(got, "not yet: deleted what an earlier hook left behind: Backup NS/pg-presync-old (pending for 3m"), got)
	s.says(t, p)
	assert.DeepEqual(t, s.Names(t, cnpgV1, "Backup"), []string{abc})
}

func TestPendingBackupSaysWhatItWaitsBehind(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	s.put(t, "manual", "", `{phase: walArchivingFailing}`)
	waitASecond(t)
	s.put(t, abc, "abc", `{phase: pending}`)
	s.put(t, "later", "", `{phase: pending}`)
	assert.Equal(t, soon(s.says(t, s.probe(t, "revision: abc"))), "not yet: Backup NS/"+abc+" pending for Ns behind older Backup NS/manual (walArchivingFailing for Ns)")
}

func TestOwnOldBackupsArePruned(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	s.put(t, "manual", "", `{phase: completed}`)
	for i := range 3 {
		s.put(t, fmt.Sprintf("pg-presync-done%d", i), "r", `{phase: completed}`)
		s.put(t, fmt.Sprintf("pg-presync-bad%d", i), "r", `{phase: failed}`)
		waitASecond(t) // creation times have no fractions
	}
	s.put(t, abc, "abc", `{phase: completed, stoppedAt: "`+time.Now().UTC().Format(time.RFC3339)+`"}`)
	got := s.says(t, s.probe(t, "revision: abc, keep: 2"))
	assert.Assert(t, strings.HasPrefix(got, "yes: "), got)
	assert.DeepEqual(t, s.Names(t, cnpgV1, "Backup"), []string{"manual", abc, "pg-presync-bad1", "pg-presync-bad2", "pg-presync-done2"})
}

// waitASecond lets the clock of the API server reach its next second.
func waitASecond(t *testing.T) {
	t.Helper()
	select {
	case <-t.Context().Done():
	case <-time.After(1100 * time.Millisecond):
	}
}

// TestGoodBackupThatFellBackToPendingIsKept holds for our own and for those of
// others: the operator's queue waits for it, and it must not be lost for that.
func TestGoodBackupThatFellBackToPendingIsKept(t *testing.T) {
	for name, revision := range map[string]string{"own, of another revision": "before", "of others": ""} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.Put(t, healthy)
			s.put(t, "old", revision, `{phase: pending, backupId: 20261124T080000, startedAt: "2026-11-24T08:00:00Z", stoppedAt: "2026-11-24T08:00:42Z"}`)
			p := s.probe(t, "revision: abc")
			assert.Equal(t, s.says(t, p), "not yet: Cluster NS/pg: older backups hold the queue: Backup NS/old (completed with the id 20261124T080000 and put back to pending)")
			s.ahead = 3 * time.Minute
			assert.Equal(t, s.says(t, p), "no: Cluster NS/pg: every new backup is blocked by Backup NS/old (completed with the id 20261124T080000 and put back to pending); "+
				"this is a fault of operators before 1.30, and the backup is good: do not delete it, say again that it is completed: "+
				`kubectl -n NS patch backups.postgresql.cnpg.io old --subresource=status --type=merge -p '{"status":{"phase":"completed"}}'`)
			assert.DeepEqual(t, s.Names(t, cnpgV1, "Backup"), []string{"old"})

			s.becomes(t, "old", `{phase: completed, backupId: 20261124T080000}`) // what the command does
			s.says(t, p)
			assert.DeepEqual(t, s.Names(t, cnpgV1, "Backup"), []string{"old", abc})
		})
	}
}
