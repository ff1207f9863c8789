package prometheus

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// longestWait is how long a target may take until its next scrape before it is
// judged by the last one; common scrape intervals are 15 s to 2 min.
const longestWait = 3 * time.Minute

// A target is what the API says about one target.
type target struct {
	Labels         map[string]string
	ScrapePool     string
	ScrapeURL      string
	Health         string // up, down or unknown
	LastError      string
	LastScrape     time.Time
	ScrapeInterval string
	ScrapeTimeout  string
}

// scraped is how long a target may take until it is scraped again. Scrapes are
// spread over the interval, so that the next one may be a whole interval away.
func (t target) scraped() time.Duration {
	return duration(t.ScrapeInterval, time.Minute) + duration(t.ScrapeTimeout, 10*time.Second)
}

// duration reads what Prometheus prints, or takes Prometheus' own default where
// an old version prints nothing. Go has no word for the days and weeks that
// Prometheus knows; they are longer than anybody waits.
func duration(text string, standard time.Duration) time.Duration {
	if text == "" {
		return standard
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 2 * longestWait
	}
	return d
}

func (t target) job() string { return t.Labels["job"] }

// id tells targets apart, and is the same for one target that several replicas
// scrape.
func (t target) id() string { return t.ScrapePool + " " + t.ScrapeURL + " " + labelsOf(t.Labels) }

// labelsOf writes labels in an order of their own.
func labelsOf(labels map[string]string) string {
	var out []string
	for name, value := range labels {
		out = append(out, name+"="+value)
	}
	slices.Sort(out)
	return strings.Join(out, ",")
}

// A sighting is a target as it was when it was seen for the first time.
type sighting struct {
	at         time.Time
	lastScrape time.Time
}

// targets is the probe of a prometheus.targets step. It remembers since when it
// knows each target: only a scrape after that tells what the sync has done.
type targets struct {
	Access
	step  hookspec.PrometheusTargets
	first map[string]sighting
}

// Targets is the probe of a prometheus.targets step.
func (a Access) Targets(step hookspec.PrometheusTargets) probe.Probe {
	return &targets{Access: a, step: step, first: map[string]sighting{}}
}

// Ask looks at the targets of all instances and judges them.
func (t *targets) Ask(ctx context.Context) (probe.Yes, error) {
	all, err := t.instances(ctx)
	if err != nil {
		return probe.Yes{}, err
	}
	seen, err := t.look(ctx, all)
	if err != nil {
		return probe.Yes{}, err
	}
	v := verdict{step: t.step, place: all[0].called("/api/v1/targets"), seen: seen}
	if len(all) > 1 {
		v.place = names(all)
	}
	if err := v.hard(); err != nil {
		return probe.Yes{}, err
	}
	if v.tooManyDown() {
		if v.before, err = t.baseline(ctx, all); err != nil {
			return probe.Yes{}, err
		}
	}
	return v.judge()
}

// look returns each target once. Where replicas differ, the one with the worst
// view counts: each of them raises alerts.
func (t *targets) look(ctx context.Context, all []instance) ([]seen, error) {
	merged := map[string]seen{}
	for _, i := range all {
		data, err := ask[struct{ ActiveTargets []target }](ctx, t.Access, i, "/api/v1/targets?state=active")
		if err != nil {
			return nil, about(i, err)
		}
		for _, target := range data.ActiveTargets {
			if slices.Contains(t.step.IgnoreJobs, target.job()) {
				continue
			}
			s := t.see(i, target)
			if other, found := merged[target.id()]; !found || s.worse(other) {
				merged[target.id()] = s
			}
		}
	}
	out := make([]seen, 0, len(merged))
	for _, s := range merged {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b seen) int { return strings.Compare(a.id(), b.id()) })
	return out, nil
}

// A seen is a target as one instance sees it.
type seen struct {
	target
	by instance
	// waiting: its next scrape is still to come.
	waiting bool
}

// see compares a target with the first sight of it.
func (t *targets) see(i instance, target target) seen {
	key := i.base + " " + target.id()
	first, known := t.first[key]
	if !known {
		first = sighting{at: t.Now(), lastScrape: target.LastScrape}
		t.first[key] = first
	}
	anew := target.LastScrape.After(first.lastScrape)
	patience := min(target.scraped(), longestWait)
	return seen{target: target, by: i, waiting: !anew && t.Now().Sub(first.at) < patience}
}

// worse orders what two replicas say about one target.
func (s seen) worse(o seen) bool {
	if s.waiting != o.waiting {
		return s.waiting
	}
	rank := map[string]int{"up": 0, "unknown": 1, "down": 2}
	return rank[s.Health] > rank[o.Health]
}
