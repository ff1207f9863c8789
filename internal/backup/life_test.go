package backup_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
)

// abc is the name of the backup of the revision abc.
const abc = "pg-presync-ba7816bf"

// forSeconds is how long something lasts already, which depends on the machine.
var forSeconds = regexp.MustCompile(`for [0-9]+s`)

// soon asks once; times under a minute do not count.
func soon(text string) string { return forSeconds.ReplaceAllString(text, "for Ns") }

func TestBackupIsTaken(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	p := s.probe(t, "revision: abc")
	assert.Equal(t, soon(s.says(t, p)), "not yet: Backup NS/"+abc+" not looked at by the operator for Ns")

	made := s.Get(t, cnpgV1, "Backup", abc)
	assert.DeepEqual(t, made.GetLabels(), map[string]string{
		"cnpg.io/cluster": "pg", "app.kubernetes.io/managed-by": "argocd-safesync", "safesync/backup": "presync",
	})
	assert.DeepEqual(t, made.GetAnnotations(), map[string]string{"safesync/revision": "abc"})
	assert.DeepEqual(t, made.Object["spec"], map[string]any{
		"cluster": map[string]any{"name": "pg"}, "method": "plugin", "target": "primary",
		"pluginConfiguration": map[string]any{"name": "barman-cloud.cloudnative-pg.io"},
	})

	s.becomes(t, abc, `{phase: pending}`)
	assert.Equal(t, soon(s.says(t, p)), "not yet: Backup NS/"+abc+" pending for Ns")
	s.becomes(t, abc, `{phase: started, startedAt: "`+s.now().UTC().Format(time.RFC3339)+`", instanceID: {podName: pg-1}}`)
	assert.Equal(t, soon(s.says(t, p)), "not yet: Backup NS/"+abc+" started for Ns on pg-1")
	s.ahead = 7 * time.Minute
	assert.Equal(t, strings.Replace(s.says(t, p), "7m1s", "7m", 1), "not yet: Backup NS/"+abc+" still started for 7m on pg-1: is the database large, or WAL archiving stuck?")

	s.becomes(t, abc, `{phase: completed, backupId: 20261124T080000, startedAt: "2026-11-24T08:00:00Z", stoppedAt: "2026-11-24T08:00:42Z", beginWal: "000000010000000000000003", endWal: "000000010000000000000004"}`)
	assert.Equal(t, s.says(t, p), "yes: Backup NS/"+abc+" completed in 42s, id 20261124T080000, WAL 000000010000000000000003 to 000000010000000000000004")
	yes, err := p.Ask(t.Context())
	assert.NilError(t, err)
	assert.Equal(t, yes.News, yes.Saw) // a hook that took a backup says which
	assert.Equal(t, s.abandons(t, p), "")
}

// TestRestoreManifest prints the manifests and has the API server judge them by
// the operator's own schema.
func TestRestoreManifest(t *testing.T) {
	for _, name := range []string{"plugin", "barmanObjectStore", "volumeSnapshot", "special"} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			cluster, method := healthy, name
			switch name {
			case "special": // without these it would not start, or not read its data
				method = "plugin"
				cluster = strings.Replace(healthy, "  instances: 2\n", `  instances: 2
  imagePullSecrets: [{name: registry}]
  postgresUID: 1001
  postgresGID: 1001
  tablespaces: [{name: cold, storage: {size: 5Gi, storageClass: slow}}]
  postgresql: {shared_preload_libraries: [timescaledb], parameters: {work_mem: 8MB}}
`, 1)
			case "barmanObjectStore":
				cluster = strings.Replace(healthy, "  instances: 2\n", "  instances: 2\n  backup: {barmanObjectStore: {destinationPath: s3://b}}\n", 1)
			case "volumeSnapshot":
				cluster = strings.Replace(healthy, "  instances: 2\n", "  instances: 2\n  backup: {volumeSnapshot: {className: c}}\n", 1)
			}
			s.Put(t, cluster)
			p := s.probe(t, "revision: abc, method: "+method)
			s.says(t, p)
			s.becomes(t, abc, `{phase: completed, backupId: 20261124T080000, snapshotBackupStatus: {elements: [{name: pg-snap, type: PG_DATA}, {name: pg-snap-wal, type: PG_WAL}]}}`)
			yes, err := p.Ask(t.Context())
			assert.NilError(t, err)
			golden.Assert(t, strings.ReplaceAll(yes.Note, s.Namespace, "NS"), "restore-"+name+".yaml")
			s.Put(t, yes.Note)
		})
	}
}

func TestBackupThatFails(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	p := s.probe(t, "revision: abc")
	s.says(t, p)
	s.becomes(t, abc, `{phase: failed, error: "exit  status 2", commandError: "no such bucket"}`)
	assert.Equal(t, s.says(t, p), "no: Backup NS/"+abc+" failed: exit status 2; no such bucket")
	assert.Equal(t, s.abandons(t, p), "")

	// The operator's own words are an exit code where a plugin takes the backup.
	s.becomes(t, abc, `{phase: failed, error: "rpc error: code = Unknown desc = exit status 2", instanceID: {podName: pg-1}}`)
	assert.Equal(t, s.says(t, p), "no: Backup NS/"+abc+" failed: rpc error: code = Unknown desc = exit status 2 (Barman cannot reach the object store); look at its log: kubectl -n NS logs pg-1 -c plugin-barman-cloud")

	// The next try is another Backup.
	again := s.probe(t, "revision: abc")
	s.says(t, again)
	s.becomes(t, abc+"-2", `{phase: failed}`)
	assert.Equal(t, s.says(t, again), "no: Backup NS/"+abc+"-2 failed: the operator gives no reason")
}

func TestFailureWithoutThePluginIsInTheLogOfPostgreSQL(t *testing.T) {
	s := newStage(t)
	s.Put(t, strings.Replace(healthy, "  instances: 2\n", "  instances: 2\n  backup: {barmanObjectStore: {destinationPath: s3://b}}\n", 1))
	p := s.probe(t, "revision: abc, method: barmanObjectStore")
	s.says(t, p)
	s.becomes(t, abc, `{phase: failed, error: "exit status 1", instanceID: {podName: pg-2}}`)
	assert.Equal(t, s.says(t, p), "no: Backup NS/"+abc+" failed: exit status 1; look at its log: kubectl -n NS logs pg-2 -c postgres")
}

func TestBackupThatTheOperatorDoesNotAccept(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	p := s.probe(t, "revision: abc")
	s.says(t, p)
	s.becomes(t, abc, `{phase: invalid backup definition, error: no such plugin}`)
	assert.Equal(t, s.says(t, p), "no: Backup NS/"+abc+" is not accepted by the operator (invalid backup definition): no such plugin")
	assert.Equal(t, s.abandons(t, p), "deleted Backup NS/"+abc+": it never started and would block every later backup")
	assert.DeepEqual(t, s.Names(t, cnpgV1, "Backup"), []string{})
}

func TestCompletedBackupThatFallsBackToPending(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	p := s.probe(t, "revision: abc")
	s.says(t, p)
	s.becomes(t, abc, `{phase: pending, backupId: 20261124T080000, startedAt: "2026-11-24T08:00:00Z", stoppedAt: "2026-11-24T08:00:42Z"}`)
	assert.Equal(t, s.says(t, p), "yes: Backup NS/"+abc+" completed in 42s, id 20261124T080000")
	assert.Equal(t, s.abandons(t, p), "")
}

func TestBackupThatIsDeletedMeanwhile(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	p := s.probe(t, "revision: abc")
	s.says(t, p)
	assert.NilError(t, s.At(cnpgV1, "Backup").Delete(t.Context(), abc, deleteNow))
	assert.Equal(t, s.says(t, p), "no: Backup NS/"+abc+" was deleted before it was completed")
	assert.Equal(t, s.abandons(t, p), "")
}

func TestOutOfTime(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	const deleted = "deleted Backup NS/" + abc + ": it never started and would block every later backup"
	for _, test := range []struct{ status, want string }{
		{`{phase: pending}`, deleted},
		{`{phase: walArchivingFailing}`, deleted},
		{`{phase: started}`, "left Backup NS/" + abc + " running: the next sync of the same revision waits for it"},
	} {
		p := s.probe(t, "revision: abc")
		s.says(t, p)
		s.becomes(t, abc, test.status)
		assert.Equal(t, s.abandons(t, p), test.want)
	}
	assert.DeepEqual(t, s.Names(t, cnpgV1, "Backup"), []string{abc}) // the started one
	assert.Equal(t, s.abandons(t, s.probe(t, "")), "")
}

func TestRunningBackupOfTheRevisionIsAdopted(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	s.says(t, s.probe(t, "revision: abc"))
	s.becomes(t, abc, `{phase: started}`)
	retry := s.probe(t, "revision: abc")
	assert.Equal(t, soon(s.says(t, retry)), "not yet: Backup NS/"+abc+" started for Ns")
	assert.DeepEqual(t, s.Names(t, cnpgV1, "Backup"), []string{abc})
	// Even when the cluster is not well any more: the backup goes on.
	s.Put(t, strings.Replace(healthy, "targetPrimary: pg-1", "targetPrimary: pg-2", 1))
	assert.Equal(t, soon(s.says(t, s.probe(t, "revision: abc"))), "not yet: Backup NS/"+abc+" started for Ns")
}

func TestCompletedBackupServesAgain(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	s.put(t, abc, "abc", `{phase: completed, stoppedAt: "`+time.Now().UTC().Format(time.RFC3339)+`"}`)
	s.ahead = 3 * time.Minute
	got := s.says(t, s.probe(t, "revision: abc"))
	assert.Assert(t, strings.HasPrefix(got, "yes: Backup NS/"+abc+" completed (taken 3m") && strings.HasSuffix(got, " ago for the same revision)"), got)
	assert.DeepEqual(t, s.Names(t, cnpgV1, "Backup"), []string{abc})

	s.says(t, s.probe(t, "revision: def"))
	s.ahead = 11 * time.Minute
	assert.NilError(t, s.At(cnpgV1, "Backup").Delete(t.Context(), "pg-presync-cb8379ac", deleteNow))
	s.says(t, s.probe(t, "revision: abc"))
	assert.DeepEqual(t, s.Names(t, cnpgV1, "Backup"), []string{abc, abc + "-2"})
}

func TestMaxAgeZeroTakesAnotherBackup(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	s.put(t, abc, "abc", `{phase: completed, stoppedAt: "`+time.Now().UTC().Format(time.RFC3339)+`"}`)
	s.says(t, s.probe(t, "revision: abc, maxAge: 0s"))
	assert.DeepEqual(t, s.Names(t, cnpgV1, "Backup"), []string{abc, abc + "-2"})
}

func TestBackupWithoutARevisionIsNamedAfterTheTime(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	s.says(t, s.probe(t, ""))
	names := s.Names(t, cnpgV1, "Backup")
	assert.Equal(t, len(names), 1)
	assert.Assert(t, regexp.MustCompile(`^pg-presync-20[0-9]{12}$`).MatchString(names[0]), names[0])
}

func TestRecoveryWindow(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	s.put(t, abc, "abc", `{phase: completed, startedAt: "2026-11-24T08:00:00Z", stoppedAt: "`+time.Now().UTC().Format(time.RFC3339)+`"}`)
	store := func(status string) {
		s.Put(t, `{apiVersion: `+barmanV1+`, kind: ObjectStore, metadata: {name: store}, spec: {configuration: {destinationPath: s3://b}}, status: `+status+`}`)
	}
	ask := func() (first, last string) {
		p := s.probe(t, "revision: abc, objectStore: store")
		s.ahead = 0
		first = s.says(t, p)
		s.ahead = time.Minute + time.Second
		yes, err := p.Ask(t.Context())
		assert.NilError(t, err)
		return first, strings.ReplaceAll(strings.Join(yes.Warnings, "\n"), s.Namespace, "NS")
	}
	first, last := ask()
	assert.Equal(t, first, "not yet: Backup NS/"+abc+" is completed; ObjectStore NS/store does not exist")
	assert.Equal(t, last, "Backup NS/"+abc+" is completed, but ObjectStore NS/store does not exist")

	store(`{serverRecoveryWindow: {pg: {lastSuccessfulBackupTime: "2026-11-24T08:01:00Z"}}}`)
	_, last = ask()
	assert.Equal(t, last, "Backup NS/"+abc+" is completed, but ObjectStore NS/store shows no backup of server pg-v8")

	store(`{serverRecoveryWindow: {pg-v8: {lastSuccessfulBackupTime: "2026-11-23T08:00:00Z"}}}`)
	_, last = ask()
	assert.Equal(t, last, "Backup NS/"+abc+" is completed, but ObjectStore NS/store shows the last backup of server pg-v8 at 2026-11-23T08:00:00Z, before this one began")

	store(`{serverRecoveryWindow: {pg-v8: {lastSuccessfulBackupTime: "2026-11-24T08:01:00Z"}}}`)
	first, last = ask()
	assert.Assert(t, strings.HasPrefix(first, "yes: Backup NS/"+abc+" completed"), first)
	assert.Equal(t, last, "")
}

func TestBackupOfAReplicaCluster(t *testing.T) {
	s := newStage(t)
	s.Put(t, strings.Replace(healthy, "  instances: 2\n", "  instances: 2\n  replica: {enabled: true, source: other}\n  externalClusters: [{name: other}]\n", 1))
	p := s.probe(t, "revision: abc")
	s.says(t, p)
	s.becomes(t, abc, `{phase: completed}`)
	assert.Equal(t, s.says(t, p), "yes: Backup NS/"+abc+" completed (of a replica cluster: its data is as new as what it has received)")
}

func TestCompletedBackupWithoutARevisionServesNoOtherSync(t *testing.T) {
	s := newStage(t)
	s.Put(t, healthy)
	first := s.probe(t, "")
	s.says(t, first)
	made := s.Names(t, cnpgV1, "Backup")[0]
	s.becomes(t, made, `{phase: started}`)
	assert.Equal(t, s.abandons(t, first), "left Backup NS/"+made+" running: the next sync waits for it")

	second := s.probe(t, "")
	assert.Equal(t, soon(s.says(t, second)), "not yet: Backup NS/"+made+" started for Ns")
	s.becomes(t, made, `{phase: completed, stoppedAt: "`+time.Now().UTC().Format(time.RFC3339)+`"}`)
	assert.Equal(t, s.says(t, second), "yes: Backup NS/"+made+" completed (an earlier hook began it; neither knows its revision)")

	s.ahead = time.Minute
	got := s.says(t, s.probe(t, ""))
	assert.Assert(t, strings.HasPrefix(got, "not yet: Backup NS/pg-presync-") && !strings.Contains(got, made), got)
	assert.Equal(t, len(s.Names(t, cnpgV1, "Backup")), 2)
}
