package prometheus

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// A baseline is how many targets of each job were down before the sync. Nobody
// looked then, but Prometheus remembers: it is what it stored some time ago.
type baseline struct {
	down map[string]int
	// ago is when that was; without is why there is nothing to compare with.
	ago, without string
}

// words say what a job's targets were like before.
func (b baseline) words(job string) string {
	if b.without != "" {
		return b.without
	}
	return fmt.Sprintf("%d had %s ago", b.down[job], b.ago)
}

// baseline asks every instance what was down: the targets of shards add up, and
// those of replicas are the same ones.
func (t *targets) baseline(ctx context.Context, all []instance) (baseline, error) {
	ago := t.step.Baseline.Std()
	if ago == 0 {
		return baseline{without: "and no baseline excuses it"}, nil
	}
	b := baseline{down: map[string]int{}, ago: t.step.Baseline.String()}
	offset := fmt.Sprintf("offset %ds", int(ago.Seconds()))
	counted, known := map[string]bool{}, 0
	for _, i := range all {
		before, err := t.query(ctx, i, "count(up "+offset+")")
		if err != nil {
			return t.noBaseline(i, err)
		}
		known += len(before)
		were, err := t.query(ctx, i, "up "+offset+" == 0")
		if err != nil {
			return t.noBaseline(i, err)
		}
		for _, s := range were {
			if id := labelsOf(s.labels); !counted[id] && !slices.Contains(t.step.IgnoreJobs, s.labels["job"]) {
				counted[id] = true
				b.down[s.labels["job"]]++
			}
		}
	}
	if known == 0 {
		b.without = "and nothing is known of " + b.ago + " ago"
	}
	return b, nil
}

// noBaseline lets a Prometheus without queries, as an agent is, do without; who
// may not ask is told so.
func (t *targets) noBaseline(i instance, err error) (baseline, error) {
	if errors.Is(err, probe.ErrDenied) {
		return baseline{}, about(i, err)
	}
	return baseline{without: "and what was " + t.step.Baseline.String() + " ago cannot be asked: " + err.Error()}, nil
}
