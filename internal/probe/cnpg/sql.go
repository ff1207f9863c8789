package cnpg

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

// container is where PostgreSQL runs in a pod of the operator; a plugin adds a
// sidecar, so that it must be named.
const container = "postgres"

// sqlTimeout is how long one question may take. All of them read counters or
// write one message.
const sqlTimeout = 30 * time.Second

// primary returns the cluster and asks its primary one question in SQL. It needs
// no password: psql in that container is the superuser by peer authentication,
// with the socket's folder in PGHOST.
func (a Access) primary(ctx context.Context, c Cluster, sql string) ([][]string, error) {
	ctx, cancel := context.WithTimeout(ctx, sqlTimeout)
	defer cancel()
	shell := a.Shell
	if shell == nil {
		shell = a.API.Exec
	}
	out, err := shell(ctx, kube.Container{Namespace: c.GetNamespace(), Pod: c.Primary(), Name: container}, psql(sql))
	if err != nil {
		return nil, err
	}
	if out.ExitCode != 0 {
		return nil, probe.NotYet(probe.Content, "psql in %s: exit code %d: %s", kube.PodRef(c.GetNamespace(), c.Primary()), out.ExitCode, firstLine(out.Stderr))
	}
	return table(out.Stdout), nil
}

// psql is the command: no start file, unaligned rows alone, an end at the first
// problem. The server's own limit ends a query when nobody listens any more.
func psql(sql string) []string {
	return []string{"psql", "-U", "postgres", "-d", "postgres", "-XAtqw", "-v", "ON_ERROR_STOP=1", "-c", "SET statement_timeout = '20s'", "-c", sql}
}

// table splits what psql printed into rows and columns. None of our columns can
// hold the separator.
func table(stdout string) [][]string {
	var rows [][]string
	for line := range strings.Lines(stdout) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			rows = append(rows, strings.Split(line, "|"))
		}
	}
	return rows
}

// row is the only row of an answer that must have n columns.
func row(c Cluster, rows [][]string, n int) ([]string, error) {
	if len(rows) != 1 || len(rows[0]) != n {
		return nil, probe.No(probe.Content, "psql in %s: want one row of %d columns, got %v", kube.PodRef(c.GetNamespace(), c.Primary()), n, rows)
	}
	return rows[0], nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	if line == "" {
		return "it printed nothing"
	}
	return strings.TrimSpace(line)
}

// reachable returns the cluster of a check that asks its primary.
func (a Access) reachable(ctx context.Context, step hookspec.CNPGCluster) (Cluster, error) {
	c, err := a.awake(ctx, step)
	switch {
	case err != nil:
		return c, err
	case c.Primary() == "":
		return c, probe.NotYet(probe.Content, "%s has no primary yet", c.Ref())
	case c.isFenced(c.Primary()):
		return c, probe.NotYet(probe.Content, "%s: its primary %s is fenced", c.Ref(), c.Primary())
	case c.Primary() != c.Target():
		return c, probe.NotYet(probe.Content, "%s %s", c.Ref(), c.switching())
	}
	return c, nil
}

const connectSQL = `SELECT 1, pg_is_in_recovery(), current_setting('server_version_num')::int / 10000`

// Connects is the probe of a cnpg.connect step.
func (a Access) Connects(step hookspec.CNPGConnect) probe.Probe {
	return probe.Func(func(ctx context.Context) (probe.Yes, error) {
		c, err := a.reachable(ctx, step.CNPGCluster)
		if err != nil {
			return probe.Yes{}, err
		}
		rows, err := a.primary(ctx, c, connectSQL)
		if err != nil {
			return probe.Yes{}, err
		}
		yes, err := judgeConnect(c, rows)
		if err != nil || step.Service == "" {
			return yes, err
		}
		yes.Saw += ", " + step.Service + " answers"
		return yes, greet(ctx, step.Service)
	})
}

func judgeConnect(c Cluster, rows [][]string) (probe.Yes, error) {
	r, err := row(c, rows, 3)
	if err != nil {
		return probe.Yes{}, err
	}
	recovery := r[1] == "t"
	switch {
	case recovery && !c.Replica():
		return probe.Yes{}, probe.NotYet(probe.Content, "%s: its primary %s is in recovery, want one that takes writes", c.Ref(), c.Primary())
	case !recovery && c.Replica():
		return probe.Yes{}, probe.NotYet(probe.Content, "%s is a replica cluster, and its primary %s takes writes, want one in recovery", c.Ref(), c.Primary())
	}
	return probe.Yes{Saw: fmt.Sprintf("%s: PostgreSQL %s answers on %s", c.Ref(), r[2], c.Primary())}, nil
}
