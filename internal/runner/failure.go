package runner

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// Exit codes of a run. They are an API: the Job's podFailurePolicy reads them,
// and Argo CD shows them.
const (
	ExitDone    = 0 // done or skipped
	ExitNo      = 1 // the system says no
	ExitSpec    = 2 // the spec is wrong, or the command line
	ExitDenied  = 3 // permission refused
	ExitTime    = 4 // out of time
	ExitStopped = 143
)

// A Failure is why a run did not end well. Its text names the step, after what it
// found if that was bad news, and is one line without secrets.
type Failure struct {
	Step string // "" when no step was reached, and where the text begins with news
	Code int
	Err  error
}

// Error is the step and the reason.
func (f *Failure) Error() string {
	if f.Step == "" {
		return f.Err.Error()
	}
	return f.Step + ": " + f.Err.Error()
}

// Unwrap returns the reason.
func (f *Failure) Unwrap() error { return f.Err }

// failure turns the end of a step into a reason that people can act on. News come
// first, before the step's name: where the text is shown is often short.
func (r *run) failure(s step, e end) *Failure {
	found, ok := errors.AsType[*probe.Found](e.answer)
	switch {
	case ok && found.Err == nil:
		return &Failure{Code: ExitNo, Err: errors.New(r.clean(found.News))}
	case ok:
		e.answer = found.Err
		beside := r.reason(s, e)
		return &Failure{Code: beside.Code, Err: errors.New(r.clean(found.News) + "; and " + beside.Error())}
	}
	return r.reason(s, e)
}

// reason is what the last answer says.
func (r *run) reason(s step, e end) *Failure {
	var text string
	if e.answer != nil {
		text = e.answer.Error()
	}
	if text == "" && e.row > 0 {
		text = fmt.Sprintf("yes %d times in a row, want %d", e.row, s.Times())
	}
	if text == "" {
		text = "no answer"
	}
	var code int
	switch e.result {
	case Denied:
		code, text = ExitDenied, "permission refused: "+text
	case OutOfTime:
		code, text = ExitTime, r.outOfTime(s, e)+": "+text
	case Stopped:
		code, text = ExitStopped, fmt.Sprintf("stopped (%s) after %s: %s", stopWords(e.cause), seconds(e.took), text)
	default:
		code = ExitNo
	}
	if hint := hintFor(s.Hints, e.answer); hint != "" {
		text += " (" + hint + ")"
	}
	return &Failure{Step: s.Name, Code: code, Err: errors.New(r.clean(text))}
}

// outOfTime says whose time was over.
func (r *run) outOfTime(s step, e end) string {
	if errors.Is(e.cause, errRunDeadline) {
		return fmt.Sprintf("gave up, the %s of the whole hook are over", seconds(r.env.Timeout))
	}
	return "gave up after " + s.Limit().String()
}

// stopWords names the signal: the standard library says "terminated signal
// received".
func stopWords(cause error) string {
	if cause == nil || errors.Is(cause, context.Canceled) && cause.Error() == context.Canceled.Error() {
		return "canceled"
	}
	return strings.TrimSuffix(cause.Error(), " signal received")
}

// hintFor is what whoever wrote the step says about this answer.
func hintFor(hints map[string]string, answer error) string {
	if hint, ok := hints[string(probe.CauseOf(answer))]; ok {
		return hint
	}
	return hints["any"]
}

// seconds renders a duration as people say it.
func seconds(d time.Duration) string {
	unit := time.Second
	if d < 10*time.Second {
		unit = time.Second / 10
	}
	if d < time.Second {
		unit = time.Millisecond
	}
	s := d.Round(unit).String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}
