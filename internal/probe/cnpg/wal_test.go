package cnpg_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/poll"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// archives asks until the answer is final, as the runner does.
func archives(t *testing.T, p probe.Probe) string {
	t.Helper()
	var saw string
	poll.WaitOn(t, func(poll.LogT) poll.Result {
		yes, err := p.Ask(t.Context())
		if err != nil {
			return poll.Continue("%v", err)
		}
		saw = yes.Saw
		return poll.Success()
	}, poll.WithTimeout(20*time.Second))
	return saw
}

func TestWALIsArchived(t *testing.T) {
	s, access := space(t)
	server := testenv.Postgres(t)
	access.Shell = through(t, server)
	s.Put(t, healthy)
	// Twice: the second time the server is idle, so that a switch alone would name
	// a segment that is archived already.
	for range 2 {
		saw := archives(t, access.ArchivesWAL(*step(t, "cnpg.walArchiving", "").CNPGWALArchive))
		last := server.Query(t, "select last_archived_wal from pg_stat_archiver")
		assert.Equal(t, strings.ReplaceAll(saw, s.Namespace, "NS"), "Cluster NS/pg: WAL "+last+" archived by barman-cloud.cloudnative-pg.io")
	}
	saw := archives(t, access.ArchivesWAL(*step(t, "cnpg.walArchiving", "switch: false").CNPGWALArchive))
	assert.Assert(t, strings.Contains(saw, "WAL archiving works, last archived 00000001"), saw)
}

func TestWALIsSwitchedOnceForEachStep(t *testing.T) {
	s, access := space(t)
	server := testenv.Postgres(t)
	server.Archive(t, testenv.ArchiveFailing)
	access.Shell = through(t, server)
	s.Put(t, healthy)
	p := access.ArchivesWAL(*step(t, "cnpg.walArchiving", "").CNPGWALArchive)
	first := says(t.Context(), s, p)
	segment := server.Query(t, "select pg_walfile_name(pg_current_wal_lsn())")
	for range 3 {
		says(t.Context(), s, p)
	}
	assert.Equal(t, server.Query(t, "select pg_walfile_name(pg_current_wal_lsn())"), segment)
	assert.Assert(t, strings.HasPrefix(first, "not yet: Cluster NS/pg: WAL 00000001"), first)
}

func TestWALIsNotArchived(t *testing.T) {
	s, access := space(t)
	server := testenv.Postgres(t)
	server.Archive(t, testenv.ArchiveFailing)
	access.Shell = through(t, server)
	s.Put(t, healthy)
	p := access.ArchivesWAL(*step(t, "cnpg.walArchiving", "").CNPGWALArchive)
	poll.WaitOn(t, func(poll.LogT) poll.Result {
		got := says(t.Context(), s, p)
		if strings.Contains(got, "not archived yet, none archived so far, last_failed_wal 00000001") {
			return poll.Success()
		}
		return poll.Continue("%s", got)
	}, poll.WithTimeout(20*time.Second))

	server.Archive(t, testenv.ArchiveNone)
	got := says(t.Context(), s, access.ArchivesWAL(*step(t, "cnpg.walArchiving", "switch: false").CNPGWALArchive))
	assert.Assert(t, strings.HasPrefix(got, "not yet: Cluster NS/pg: no WAL archived since the last failure, none archived so far, last_failed_wal 00000001"), got)
}

// TestWALWithoutAnArchiver is the trap: the counters say that all is well.
func TestWALWithoutAnArchiver(t *testing.T) {
	s, access := space(t)
	access.Shell = through(t, testenv.Postgres(t))
	ask := func(cluster string) string {
		s.Put(t, cluster)
		return says(t.Context(), s, access.ArchivesWAL(*step(t, "cnpg.walArchiving", "").CNPGWALArchive))
	}
	const none = "no: Cluster NS/pg: nothing archives its WAL: no entry of spec.plugins has isWALArchiver, and there is no spec.backup.barmanObjectStore"
	assert.Equal(t, ask(strings.Replace(healthy, "isWALArchiver: true", "isWALArchiver: false", 1)), none)
	assert.Equal(t, ask(strings.Replace(healthy, "isWALArchiver: true", "isWALArchiver: true, enabled: false", 1)), none)
	assert.Equal(t, ask(strings.Replace(healthy, "metadata: {name: pg}", "metadata: {name: pg, annotations: {cnpg.io/skipWalArchiving: enabled}}", 1)),
		"skip: Cluster NS/pg: WAL archiving is switched off by the annotation cnpg.io/skipWalArchiving")
	assert.Equal(t, ask(replica), "skip: Cluster NS/pg is a replica cluster: its primary is in recovery and switches no WAL")
	assert.Equal(t, ask(strings.Replace(healthy, "metadata: {name: pg}", `metadata: {name: pg, annotations: {cnpg.io/hibernation: "on"}}`, 1)), "skip: Cluster NS/pg is hibernated")
}

// TestLastArchivedName reads names that the archiver gives besides those of
// segments.
func TestLastArchivedName(t *testing.T) {
	s, access := space(t)
	s.Put(t, healthy)
	const segment = "0000000200000001000000FE"
	for _, test := range []struct{ last, want string }{
		{segment, "yes: Cluster NS/pg: WAL " + segment + " archived by barman-cloud.cloudnative-pg.io"},
		{"0000000200000001000000FF", "yes: Cluster NS/pg: WAL " + segment + " archived by barman-cloud.cloudnative-pg.io"},
		{"0000000200000001000000FE.00000028.backup", "yes: Cluster NS/pg: WAL " + segment + " archived by barman-cloud.cloudnative-pg.io"},
		{"0000000200000001000000FD", "not yet: Cluster NS/pg: WAL " + segment + " not archived yet, last archived 0000000200000001000000FD"},
		{"0000000200000001000000FE.partial", "not yet: Cluster NS/pg: WAL " + segment + " not archived yet, last archived 0000000200000001000000FE.partial"},
		{"0000000100000001000000FF", "not yet: Cluster NS/pg: WAL " + segment + " not archived yet, last archived 0000000100000001000000FF"},
		{"00000002.history", "not yet: Cluster NS/pg: WAL " + segment + " not archived yet, last archived 00000002.history"},
	} {
		access.Shell = func(_ context.Context, _ kube.Container, command []string) (kube.Output, error) {
			if strings.Contains(command[len(command)-1], "pg_switch_wal") {
				return kube.Output{Stdout: segment + "\n"}, nil
			}
			return kube.Output{Stdout: "7|" + test.last + "|0||t\n"}, nil
		}
		assert.Equal(t, says(t.Context(), s, access.ArchivesWAL(*step(t, "cnpg.walArchiving", "").CNPGWALArchive)), test.want)
	}
}
