package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// The reasons for which a wait is over.
var (
	errStepDeadline = errors.New("the step's time is over")
	errRunDeadline  = errors.New("the run's time is over")
)

// stopped reports whether ctx ended for a reason that is not time: a signal.
func stopped(ctx context.Context) bool {
	return ctx.Err() != nil && !errors.Is(context.Cause(ctx), errStepDeadline) && !errors.Is(context.Cause(ctx), errRunDeadline)
}

// A waiter asks the probe of one step until there is an end.
type waiter struct {
	step
	log *folder
	// asking is closed when the last question has returned, which may be after
	// the wait.
	asking chan struct{}
}

// An end is how a wait ended.
type end struct {
	result   Result
	attempts int
	yes      probe.Yes
	// answer is the last one that was not yes; nil if there was none.
	answer error
	// row is how many answers were yes in a row when time was over.
	row int
	// cause says which time was over, or what stopped the run.
	cause error
	took  time.Duration
}

// wait asks every interval. The step's own limit counts from now; a run that
// ends earlier ends the step.
func (w *waiter) wait(ctx context.Context) (e end) {
	if limit := w.Limit().Std(); limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, errStepDeadline)
		defer cancel()
	}
	started := time.Now()
	for {
		over := w.attempt(ctx, &e)
		e.took = time.Since(started)
		if over || !pause(ctx, w.Interval.Std()) {
			break
		}
	}
	e.took = time.Since(started)
	if ctx.Err() != nil && e.result == NotReached {
		e.result, e.cause = outOfTime(ctx), context.Cause(ctx)
	}
	return e
}

func outOfTime(ctx context.Context) Result {
	if stopped(ctx) {
		return Stopped
	}
	return OutOfTime
}

// attempt asks once and notes the answer in e. It reports whether e is final.
func (w *waiter) attempt(ctx context.Context, e *end) (over bool) {
	yes, err := w.ask(ctx)
	// What a probe says when it was interrupted is about the interruption. What
	// it said before is about the system.
	if err != nil && ctx.Err() != nil {
		if e.answer == nil && e.row == 0 {
			e.attempts++
			e.answer = err
		}
		return true
	}
	e.attempts++
	e.row++
	switch {
	case err == nil && e.row >= w.Times():
		w.log.line(yesWords(yes, e.row, w.Times()))
		e.result, e.yes, e.answer = Yes, yes, nil
	case err == nil:
		w.log.line(yesWords(yes, e.row, w.Times()))
		return false
	case errors.Is(err, probe.ErrNotYet):
		w.log.line("not yet: " + err.Error())
		e.answer, e.row = err, 0
		return false
	case errors.Is(err, probe.ErrSkip):
		w.log.line("skipped: " + err.Error())
		e.result, e.answer = Skipped, err
	case errors.Is(err, probe.ErrDenied):
		w.log.line("permission refused: " + err.Error())
		e.result, e.answer = Denied, err
	default:
		w.log.line("no: " + err.Error())
		e.result, e.answer = No, err
	}
	return true
}

func yesWords(yes probe.Yes, row, want int) string {
	words := "yes"
	if want > 1 {
		words = fmt.Sprintf("yes, %d of %d in a row", row, want)
	}
	if yes.Saw != "" {
		words += ": " + yes.Saw
	}
	return words
}

// patience is how long a probe may take to notice that its context is over.
const patience = 200 * time.Millisecond

// ask calls the probe in a goroutine of its own: a driver or a name server that
// does not listen to ctx must not keep the process from ending in time.
func (w *waiter) ask(ctx context.Context) (probe.Yes, error) {
	type reply struct {
		yes probe.Yes
		err error
	}
	replies := make(chan reply, 1)
	returned := make(chan struct{})
	w.asking = returned
	go func() {
		defer close(returned)
		yes, err := w.probe.Ask(ctx)
		replies <- reply{yes, err}
	}()
	select {
	case r := <-replies:
		return r.yes, r.err
	case <-ctx.Done():
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case r := <-replies:
		return r.yes, r.err
	case <-late.C:
		return probe.Yes{}, probe.NotYet(probe.Timeout, "no answer")
	}
}

// pause waits for d and reports whether ctx is still alive after it. At the very
// moment of the deadline it is not: that would be a coin toss.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return false
	}
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		<-ctx.Done()
	}
	return ctx.Err() == nil
}
