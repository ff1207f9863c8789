package runner

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// watch wraps p, which follows a rollout, with questions to an endpoint at a
// fixed rate from the first time that p is asked to its yes.
func (r *run) watch(p probe.Probe, w *hookspec.Watch, path string) (probe.Probe, error) {
	endpoint, err := r.http(&w.HTTP, path+".http")
	if err != nil {
		return nil, err
	}
	return newWatched(p, endpoint, w.Every.Std(), *w.MaxFailures), nil
}

// A watched probe says yes when its own probe does and the endpoint answered
// well all the time.
type watched struct {
	probe.Probe
	endpoint probe.Probe
	every    time.Duration
	allowed  int // how many answers may be wrong

	begin sync.Once
	tally tally
}

func newWatched(p, endpoint probe.Probe, every time.Duration, allowed int) *watched {
	return &watched{Probe: p, endpoint: endpoint, every: every, allowed: allowed, tally: tally{more: make(chan struct{})}}
}

// Ask asks the probe; the endpoint is asked beside it as long as ctx lives,
// which is the same for all questions of a step.
func (w *watched) Ask(ctx context.Context) (probe.Yes, error) {
	// The endpoint must be asked while the probe is, and while the runner waits.
	w.begin.Do(func() { go w.follow(ctx) })
	yes, err := w.Probe.Ask(ctx)
	if err != nil {
		return yes, err
	}
	// The question that is under way belongs to the rollout, and so does the first
	// one: without its answer nothing was measured.
	if !w.tally.settled(ctx) {
		words, _, _ := w.tally.sum(time.Now())
		return probe.Yes{}, probe.NotYet(probe.Timeout, "the rollout is complete, but a question to the endpoint has no answer yet; %s", words)
	}
	if words, failed, last := w.tally.sum(time.Now()); failed > w.allowed {
		return yes, probe.No(probe.CauseOf(last), "the rollout is complete, but %s, want at most %d: %w", words, w.allowed, last)
	} else if yes.Saw != "" {
		yes.Saw += "; " + words
	} else {
		yes.Saw = words
	}
	return yes, nil
}

// Abandon says what the endpoint did while the rollout went nowhere.
func (w *watched) Abandon(ctx context.Context) string {
	words, _, last := w.tally.sum(time.Now())
	if last != nil {
		words += ": " + last.Error()
	}
	if a, ok := w.Probe.(probe.Abandoner); ok {
		if did := a.Abandon(ctx); did != "" {
			words = did + "; " + words
		}
	}
	return words
}

// follow asks the endpoint until ctx ends. Questions do not overlap: one that
// takes longer than the rate counts once, and shows in the gap.
func (w *watched) follow(ctx context.Context) {
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	for {
		asked := w.tally.begin(time.Now())
		_, err := w.endpoint.Ask(ctx)
		if ctx.Err() != nil {
			return
		}
		w.tally.add(asked, time.Now(), err)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// A tally counts the answers of an endpoint.
type tally struct {
	mu            sync.Mutex
	more          chan struct{} // closed, and made anew, at each answer
	begun         int           // questions
	asked, failed int           // answers, and those that were wrong
	last          error         // the last answer that was wrong
	bad           time.Time     // since when the answers are wrong; zero while they are good
	gap           time.Duration // the longest time without a good answer
}

func (t *tally) begin(now time.Time) (asked time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.begun++
	return now
}

// settled waits for the answer to every question that was begun before it was
// called, and to the first one in any case. Each takes no longer than one request
// may. It reports whether they came before ctx ended.
func (t *tally) settled(ctx context.Context) bool {
	t.mu.Lock()
	want := max(t.begun, 1)
	t.mu.Unlock()
	for {
		t.mu.Lock()
		asked, more := t.asked, t.more
		t.mu.Unlock()
		if asked >= want {
			return true
		}
		select {
		case <-more:
		case <-ctx.Done():
			return false
		}
	}
}

func (t *tally) add(asked, answered time.Time, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked++
	close(t.more)
	t.more = make(chan struct{})
	if err == nil {
		t.close(answered)
		return
	}
	t.failed++
	t.last = err
	if t.bad.IsZero() {
		t.bad = asked
	}
}

// close ends the gap that is open, if one is.
func (t *tally) close(now time.Time) {
	if !t.bad.IsZero() {
		t.gap = max(t.gap, now.Sub(t.bad))
	}
	t.bad = time.Time{}
}

// sum says how it went until now.
func (t *tally) sum(now time.Time) (words string, failed int, last error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if open := t.bad; !open.IsZero() {
		t.close(now)
		t.bad = open
	}
	words = fmt.Sprintf("the endpoint was asked %s, %s wrong", plural(t.asked, "time", "times"), plural(t.failed, "answer was", "answers were"))
	if t.failed > 0 {
		words += fmt.Sprintf(", the longest gap was %s", seconds(t.gap))
	}
	return words, t.failed, t.last
}

// plural is "1 time", "2 times".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
