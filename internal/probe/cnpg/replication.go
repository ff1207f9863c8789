package cnpg

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// replicationSQL asks for the replicas that the operator made: other users of
// the same view are backups, logical subscribers and other clusters. A primary
// of a replica cluster is in recovery and has no current position of its own.
const replicationSQL = `SELECT application_name, state, COALESCE(pg_wal_lsn_diff(
 CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, replay_lsn), 0)::bigint
 FROM pg_stat_replication WHERE usename = 'streaming_replica' ORDER BY 1`

// A replica is one row of the answer.
type replica struct {
	name, state string
	lag         hookspec.Bytes
}

// Replicates is the probe of a cnpg.replication step.
func (a Access) Replicates(step hookspec.CNPGReplication) probe.Probe {
	return probe.Func(func(ctx context.Context) (probe.Yes, error) {
		c, err := a.reachable(ctx, step.CNPGCluster)
		if err != nil {
			return probe.Yes{}, err
		}
		if c.Instances() == 1 {
			return probe.Yes{}, probe.Skip("%s has one instance: there is nothing to replicate to", c.Ref())
		}
		rows, err := a.primary(ctx, c, replicationSQL)
		if err != nil {
			return probe.Yes{}, err
		}
		replicas, err := replicasOf(c, rows)
		if err != nil {
			return probe.Yes{}, err
		}
		return judgeReplication(c, replicas, step.MaxLag)
	})
}

// replicasOf keeps the rows whose name is that of an instance of the cluster.
func replicasOf(c Cluster, rows [][]string) ([]replica, error) {
	ours := regexp.MustCompile("^" + regexp.QuoteMeta(c.GetName()) + "-[0-9]+$")
	var out []replica
	for _, r := range rows {
		if !ours.MatchString(r[0]) {
			continue
		}
		if len(r) != 3 {
			return nil, probe.No(probe.Content, "%s: want three columns about each replica, got %v", c.Ref(), r)
		}
		lag, err := strconv.ParseInt(r[2], 10, 64)
		if err != nil {
			return nil, probe.No(probe.Content, "%s: want the lag of %s as a number, got %q", c.Ref(), r[0], r[2])
		}
		out = append(out, replica{name: r[0], state: r[1], lag: hookspec.Bytes(max(lag, 0))})
	}
	return out, nil
}

func judgeReplication(c Cluster, replicas []replica, maxLag *hookspec.Bytes) (probe.Yes, error) {
	want := c.Instances() - 1
	var streaming, trouble, warnings []string
	worst := hookspec.Bytes(0)
	for _, r := range replicas {
		if r.state != "streaming" {
			trouble = append(trouble, fmt.Sprintf("%s is in state %s", r.name, r.state))
			continue
		}
		streaming = append(streaming, r.name)
		worst = max(worst, r.lag)
		if maxLag != nil && r.lag > *maxLag {
			warnings = append(warnings, fmt.Sprintf("%s: replica %s is %d bytes of WAL behind, want at most %s", c.Ref(), r.name, int64(r.lag), *maxLag))
		}
	}
	if len(streaming) == want {
		saw := fmt.Sprintf("%s: %d/%d replicas streaming, at most %d bytes behind", c.Ref(), len(streaming), want, int64(worst))
		return probe.Yes{Saw: saw, Warnings: warnings}, nil
	}
	if missing := missingReplicas(c, replicas, want); missing != "" {
		trouble = append([]string{missing}, trouble...)
	}
	return probe.Yes{}, probe.NotYet(probe.Content, "%s: %s", c.Ref(), strings.Join(append([]string{fmt.Sprintf("%d/%d replicas streaming", len(streaming), want)}, trouble...), "; "))
}

// missingReplicas names the instances that do not replicate at all. The operator
// knows their names once it has begun to make them.
func missingReplicas(c Cluster, replicas []replica, want int) string {
	var names []string
	for _, name := range c.InstanceNames() {
		known := func(r replica) bool { return r.name == name }
		if name != c.Primary() && !slices.ContainsFunc(replicas, known) {
			names = append(names, name)
		}
	}
	switch unnamed := want - len(replicas) - len(names); {
	case unnamed > 0 && len(names) > 0:
		return fmt.Sprintf("missing %s; %d not created yet", strings.Join(names, ", "), unnamed)
	case unnamed > 0:
		return fmt.Sprintf("%d not created yet", unnamed)
	case len(names) > 0:
		return "missing " + strings.Join(names, ", ")
	}
	return ""
}
