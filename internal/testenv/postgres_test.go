package testenv_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/poll"

	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

func TestPostgresEndsWithTheTest(t *testing.T) {
	testenv.Need(t, "postgres")
	var dir string
	t.Run("started", func(t *testing.T) {
		dir = testenv.Postgres(t).Dir
		sockets, err := filepath.Glob(filepath.Join(dir, ".s.PGSQL.*"))
		assert.NilError(t, err)
		assert.Equal(t, len(sockets), 2, sockets) // the socket and its lock
	})
	left, err := filepath.Glob(dir + "*")
	assert.NilError(t, err)
	assert.Equal(t, len(left), 0, left)
}

func TestPostgresRunsCommandsAsInAPod(t *testing.T) {
	pg := testenv.Postgres(t)
	for _, tc := range []struct {
		name                   string
		command                []string
		wantStdout, wantStderr string
		wantExitCode           int
	}{
		{
			name:       "a query",
			command:    []string{"psql", "-U", "postgres", "-XAtq", "-c", "select 1, 'a'"},
			wantStdout: "1|a\n",
		},
		{
			name:         "a mistake in a query",
			command:      []string{"psql", "-U", "postgres", "-XAtq", "-c", "select x"},
			wantStderr:   "ERROR:  column \"x\" does not exist\nLINE 1: select x\n               ^\n",
			wantExitCode: 1,
		},
		{
			name:       "a role that peer authentication does not map",
			command:    []string{"psql", "-U", "app", "-d", "postgres", "-XAtq", "-c", "select 1"},
			wantStderr: "psql: error: connection to server on socket \"" + pg.Dir + "/.s.PGSQL.5432\" failed: FATAL:  Peer authentication failed for user \"app\"\n", wantExitCode: 2,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			stdout, stderr, exitCode, err := pg.Exec(t.Context(), tc.command)
			assert.NilError(t, err)
			assert.Equal(t, stdout, tc.wantStdout)
			assert.Equal(t, stderr, tc.wantStderr)
			assert.Equal(t, exitCode, tc.wantExitCode)
		})
	}
	t.Run("no longer than the caller waits", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, _, _, err := pg.Exec(ctx, []string{"psql", "-U", "postgres", "-XAtq", "-c", "select pg_sleep(60)"})
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
	t.Run("nothing that does not exist", func(t *testing.T) {
		_, _, _, err := pg.Exec(t.Context(), []string{"no-such-program"})
		assert.ErrorContains(t, err, `exec: "no-such-program": executable file not found in $PATH`)
	})
}

func TestPostgresReplicates(t *testing.T) {
	pg := testenv.Postgres(t)
	standby := pg.Standby(t, "pg-2")
	const standbys = "select application_name, state, slot_name from pg_stat_replication join pg_replication_slots on active_pid = pid"
	assert.Equal(t, pg.Query(t, standbys), "pg-2|streaming|_cnpg_pg_2")
	assert.Equal(t, standby.Query(t, "select pg_is_in_recovery()"), "t")

	for _, end := range []func(){standby.Stop, standby.Kill} {
		end()
		waitForRow(t, pg, "select count(*) from pg_stat_replication", "0")
		standby.Start(t)
		waitForRow(t, pg, standbys, "pg-2|streaming|_cnpg_pg_2")
	}
}

func TestPostgresArchives(t *testing.T) {
	pg := testenv.Postgres(t)
	const next = "select pg_logical_emit_message(false, 'test', 'x'); select pg_walfile_name(pg_switch_wal())"
	const archiver = "select last_archived_wal is not null, failed_count > 0 from pg_stat_archiver"

	pg.Archive(t, testenv.ArchiveNone)
	pg.Query(t, next)
	waitForRow(t, pg, "select count(*) > 0 from pg_ls_archive_statusdir() where name like '%.ready'", "t")
	assert.Equal(t, pg.Query(t, archiver), "f|f")

	pg.Archive(t, testenv.ArchiveFailing)
	pg.Query(t, next)
	waitForRow(t, pg, archiver, "f|t")

	pg.Archive(t, testenv.ArchiveWorks)
	pg.Query(t, next)
	waitForRow(t, pg, archiver, "t|t")
}

// waitForRow waits until query gives want.
func waitForRow(t *testing.T, pg *testenv.PostgresServer, query, want string) {
	t.Helper()
	poll.WaitOn(t, func(poll.LogT) poll.Result {
		if got := pg.Query(t, query); got != want {
			return poll.Continue("want %q, got %q", want, got)
		}
		return poll.Success()
	}, poll.WithTimeout(90*time.Second))
}
