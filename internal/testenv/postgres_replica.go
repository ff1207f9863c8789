package testenv

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Standby starts a streaming replica of p for the length of the test and waits
// until it streams. Its application_name is name, such as "pg-2", and its slot is
// named as CloudNative-PG does.
func (p *PostgresServer) Standby(tb testing.TB, name string) *PostgresServer {
	tb.Helper()
	s := newPostgres(tb)
	s.must(tb, "pg_basebackup", "--dbname=host="+p.Dir+" user=streaming_replica application_name="+name,
		"--pgdata="+s.data, "--write-recovery-conf", "--checkpoint=fast", "--no-sync",
		"--create-slot", "--slot=_cnpg_"+strings.ReplaceAll(name, "-", "_"))
	check(tb, s.configure([]string{"hot_standby=on", "cluster_name=" + name}))
	s.Start(tb)
	p.awaitStreaming(tb, name)
	return s
}

// awaitStreaming waits until the standby name streams from p.
func (p *PostgresServer) awaitStreaming(tb testing.TB, name string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), readyWithin)
	defer cancel()
	query := fmt.Sprintf("select state from pg_stat_replication where application_name = '%s'", name)
	for state := ""; state != "streaming"; state = p.Query(tb, query) {
		select {
		case <-ctx.Done():
			tb.Fatalf("test environment: standby %s: want it streaming, got %q after %s", name, state, readyWithin)
		case <-time.After(askEvery):
		}
	}
}

// An ArchiveState is what becomes of a finished WAL segment.
type ArchiveState string

// The states of the archive. After Failing, PostgreSQL tries again when the next
// segment is full or after a minute.
const (
	ArchiveWorks   ArchiveState = "works"   // it is copied to a folder
	ArchiveFailing ArchiveState = "failing" // archive_command fails
	ArchiveNone    ArchiveState = "none"    // archive_command is empty; segments pile up
)

// archiver is the archive_command: it fails while the file "broken" is beside it.
const archiver = `#!/bin/sh
here=$(dirname "$0")
if [ -e "$here/broken" ]; then echo "archive: no route to the store" >&2; exit 1; fi
cp "$1" "$here/archive/$2"
`

func (p *PostgresServer) archiver() string { return filepath.Join(p.Dir, "archiver") }
func (p *PostgresServer) archived() string { return filepath.Join(p.Dir, "archive") }

// Archive changes what becomes of WAL segments from now on. A new server's
// archive works.
func (p *PostgresServer) Archive(tb testing.TB, state ArchiveState) {
	tb.Helper()
	broken := filepath.Join(p.Dir, "broken")
	check(tb, os.RemoveAll(broken))
	if state == ArchiveFailing {
		check(tb, os.WriteFile(broken, nil, 0o644))
	}
	setting := "reset archive_command"
	if state == ArchiveNone {
		setting = "set archive_command = ''"
	}
	p.Query(tb, "alter system "+setting)
	p.Query(tb, "select pg_reload_conf()")
}
