package testenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A PostgresServer is a primary or a standby. It listens on a socket in Dir
// only, and knows the users of the system by peer authentication, as in a pod of
// CloudNative-PG.
type PostgresServer struct {
	// Dir is the folder of the socket: PGHOST.
	Dir string

	bin     string // folder of the programs
	data    string
	process *process
}

// Postgres starts a primary for the length of the test, in about 2 s. It writes
// no data through to the disk, and hands its WAL to the archive, see
// [PostgresServer.Archive]. Settings are like "archive_timeout=1".
func Postgres(tb testing.TB, settings ...string) *PostgresServer {
	tb.Helper()
	p := newPostgres(tb)
	p.must(tb, "initdb", "--pgdata="+p.data, "--username=postgres", "--auth=peer", "--no-sync")
	check(tb, p.allowPeers())
	check(tb, os.Mkdir(p.archived(), 0o777))
	check(tb, os.Chmod(p.archived(), 0o777))
	check(tb, os.WriteFile(p.archiver(), []byte(archiver), 0o755))
	check(tb, p.configure(append([]string{
		"wal_level=logical", "max_wal_senders=5", "archive_mode=on",
		"archive_command=" + p.archiver() + " %p %f",
	}, settings...)))
	p.Start(tb)
	p.Query(tb, "create role streaming_replica replication login")
	return p
}

// newPostgres prepares the folder of a server that its user may write to.
func newPostgres(tb testing.TB) *PostgresServer {
	tb.Helper()
	postgres := Need(tb, "postgres")
	dir := scratch(tb, "pg")
	check(tb, os.Chmod(dir, 0o777))
	return &PostgresServer{Dir: dir, bin: filepath.Dir(postgres), data: filepath.Join(dir, "data")}
}

// configure appends settings to the server's own; the last one of a name counts.
func (p *PostgresServer) configure(settings []string) error {
	settings = append([]string{
		"listen_addresses=", "unix_socket_directories=" + p.Dir,
		"fsync=off", "shared_buffers=32MB", "cluster_name=" + filepath.Base(p.Dir),
	}, settings...)
	var text strings.Builder
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		fmt.Fprintf(&text, "%s = '%s'\n", name, strings.ReplaceAll(value, "'", "''"))
	}
	return p.add("postgresql.conf", text.String())
}

// allowPeers lets the server's system user and the one that runs the test act
// as every role that the tests use.
func (p *PostgresServer) allowPeers() error {
	me, err := user.Current()
	if err != nil {
		return err
	}
	var idents strings.Builder
	for _, name := range []string{me.Username, unprivileged} {
		for _, role := range []string{"postgres", "streaming_replica"} {
			fmt.Fprintf(&idents, "tests %s %s\n", name, role)
		}
	}
	if err := p.add("pg_ident.conf", idents.String()); err != nil {
		return err
	}
	const rules = "local all all peer map=tests\nlocal replication all peer map=tests\n"
	return os.WriteFile(filepath.Join(p.data, "pg_hba.conf"), []byte(rules), 0o644)
}

func (p *PostgresServer) add(file, text string) error {
	f, err := os.OpenFile(filepath.Join(p.data, file), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// Start starts the server, again after Stop or Kill, and waits until it takes
// queries. It ends with tb.
func (p *PostgresServer) Start(tb testing.TB) {
	tb.Helper()
	// The process outlives the test's context: Cleanup ends it in good order.
	process, err := launch(tb, p.command(context.WithoutCancel(tb.Context()), "postgres", "-D", p.data), p.Dir, func() error {
		out, err := p.command(tb.Context(), "pg_isready", "-q", "-U", "postgres").CombinedOutput()
		if err != nil {
			return fmt.Errorf("pg_isready: %w %s", err, out)
		}
		return nil
	})
	check(tb, err)
	p.process = process
	tb.Cleanup(p.Kill)
}

// Stop ends the server in good order: it says goodbye to its clients and
// standbys.
func (p *PostgresServer) Stop() { p.process.stop(syscall.SIGINT) }

// Kill ends the server without a word to anyone, as a crash does. SIGKILL would
// leave its children and its shared memory behind.
func (p *PostgresServer) Kill() { p.process.stop(syscall.SIGQUIT) }

// Exec runs command where the server runs, as its system user, as kubectl exec
// does in a pod of CloudNative-PG: psql is on PATH and PGHOST is set. An exit code
// that is not 0 is no error; the error is for a command that could not be run or
// did not end before ctx.
func (p *PostgresServer) Exec(ctx context.Context, command []string) (stdout, stderr string, exitCode int, err error) {
	cmd := p.command(ctx, command[0], command[1:]...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	if ctx.Err() != nil {
		return out.String(), errs.String(), 0, ctx.Err()
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return out.String(), errs.String(), exit.ExitCode(), nil
	}
	return out.String(), errs.String(), 0, err
}

// Query runs SQL as the superuser and returns its rows as psql -Atq prints them.
func (p *PostgresServer) Query(tb testing.TB, sql string) string {
	tb.Helper()
	return p.must(tb, "psql", "-U", "postgres", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql)
}

func (p *PostgresServer) must(tb testing.TB, name string, args ...string) string {
	tb.Helper()
	stdout, stderr, exitCode, err := p.Exec(tb.Context(), append([]string{name}, args...))
	check(tb, err)
	if exitCode != 0 {
		tb.Fatalf("test environment: %s: exit code %d: %s%s", name, exitCode, stdout, stderr)
	}
	return strings.TrimSpace(stdout)
}

// command runs a program of the server's, or else one on PATH.
func (p *PostgresServer) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	if own := filepath.Join(p.bin, name); !strings.Contains(name, "/") {
		if _, err := os.Stat(own); err == nil {
			name = own
		}
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = p.Dir
	cmd.Env = []string{"PATH=" + p.bin + ":" + os.Getenv("PATH"), "PGHOST=" + p.Dir, "LC_ALL=C", "TZ=UTC", "HOME=" + p.Dir}
	dropRoot(cmd)
	return cmd
}
