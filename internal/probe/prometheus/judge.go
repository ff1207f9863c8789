package prometheus

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
)

// A verdict judges the targets of one look. It asks nobody.
type verdict struct {
	step  hookspec.PrometheusTargets
	place string
	seen  []seen
	// before is what was down before the sync; read if tooManyDown.
	before baseline
}

// hard are the rules that no baseline excuses.
func (v verdict) hard() error {
	if n := len(v.seen); n < v.step.MinTargets {
		return v.no("%d active targets, want >=%d", n, v.step.MinTargets)
	}
	if waiting := v.that(func(s seen) bool { return s.waiting }); len(waiting) > 0 {
		return probe.NotYet(probe.Other, "%s: waiting for the next scrape of %d of %d targets, up to %s", v.place, len(waiting), len(v.seen), longest(waiting))
	}
	if never := v.that(neverScraped); len(never) > 0 {
		return v.no("%d targets never scraped: %s", len(never), v.some(never))
	}
	for _, job := range v.step.RequiredJobs {
		if why := v.missing(job); why != "" {
			return v.no("job %s: %s", job, why)
		}
	}
	return nil
}

// judge wants few targets down, or no more than before.
func (v verdict) judge() (probe.Yes, error) {
	down := v.down()
	share := fmt.Sprintf("%d/%d targets down", len(down), len(v.seen))
	switch {
	case len(down) == 0:
		return probe.Yes{Saw: fmt.Sprintf("%s: %d targets up", v.place, len(v.seen))}, nil
	case !v.tooManyDown():
		share += ", at most " + v.step.MaxDownRatio.Percent() + " may be"
	case v.worse() == "":
		share += ", no more of any job than " + v.step.Baseline.String() + " ago"
	default:
		return probe.Yes{}, v.no("%s, want at most %s: %s; last error%s: %s", share, v.step.MaxDownRatio.Percent(), v.worse(), down[0].by.of(), lastError(down[0]))
	}
	return probe.Yes{Saw: v.place + ": " + share, Warnings: []string{share + ": " + v.some(down)}}, nil
}

func (v verdict) no(format string, args ...any) error {
	return probe.NotYet(probe.Content, "%s: "+format, append([]any{v.place}, args...)...)
}

// missing says why a required job is not up; "" if it is.
func (v verdict) missing(job string) string {
	of := v.that(func(s seen) bool { return s.job() == job })
	if len(of) == 0 {
		return "no targets, want it up"
	}
	bad := slices.DeleteFunc(slices.Clone(of), func(s seen) bool { return s.Health == "up" })
	if len(bad) == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d up; last error%s: %s", len(of)-len(bad), len(of), bad[0].by.of(), lastError(bad[0]))
}

func (v verdict) down() []seen { return v.that(func(s seen) bool { return s.Health == "down" }) }

func (v verdict) tooManyDown() bool {
	return float64(len(v.down())) > float64(*v.step.MaxDownRatio)*float64(len(v.seen))
}

// worse lists the jobs that have more targets down than before, which is each
// with one down where nothing is known of before.
func (v verdict) worse() string {
	now := map[string]int{}
	for _, s := range v.down() {
		now[s.job()]++
	}
	var out []string
	for job, n := range now {
		if n > v.before.down[job] {
			out = append(out, fmt.Sprintf("job %s has %d down, %s", probehttp.Line(job), n, v.before.words(job)))
		}
	}
	slices.Sort(out)
	return strings.Join(out[:min(len(out), mostNamed)], "; ")
}

func (v verdict) that(holds func(seen) bool) []seen {
	return slices.DeleteFunc(slices.Clone(v.seen), func(s seen) bool { return !holds(s) })
}

// neverScraped leaves out a target whose first scrape may be further away than
// anybody waits for.
func neverScraped(s seen) bool { return s.Health == "unknown" && s.scraped() <= longestWait }

// mostNamed bounds a list in a message.
const mostNamed = 3

// some names a few of many targets by job and URL.
func (v verdict) some(of []seen) string {
	var out []string
	for _, s := range of[:min(len(of), mostNamed)] {
		out = append(out, fmt.Sprintf("job %s, %s%s", probehttp.Line(s.job()), probehttp.Line(s.ScrapeURL), s.by.of()))
	}
	if more := len(of) - mostNamed; more > 0 {
		out = append(out, fmt.Sprintf("%d more", more))
	}
	return strings.Join(out, "; ")
}

// longest is how long the last of the targets may take.
func longest(waiting []seen) hookspec.Duration {
	slowest := slices.MaxFunc(waiting, func(a, b seen) int { return cmp.Compare(a.scraped(), b.scraped()) })
	return hookspec.Duration(min(slowest.scraped(), longestWait))
}

// lastError is what Prometheus says about a scrape without a result, without the
// address of the target, which is long and not the point.
func lastError(s seen) string {
	if s.Health == "unknown" {
		return "never scraped"
	}
	return fmt.Sprintf("%s (%s)", probehttp.Line(strings.TrimPrefix(s.LastError, fmt.Sprintf("Get %q: ", s.ScrapeURL))), probehttp.Line(s.ScrapeURL))
}
