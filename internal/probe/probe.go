// Package probe is the vocabulary in which probes answer.
//
// A probe asks a system once. It knows its protocol and the meaning of one
// answer; it knows nothing about waiting, time-outs of a step, other steps or
// exit codes, which are the runner's. The packages below this one speak one
// protocol each.
package probe

import (
	"context"
	"errors"
	"fmt"
)

// A Probe asks once.
//
// A nil error is a yes. An error that wraps [ErrNotYet] means that time may
// change the answer and that the runner may ask again; [ErrDenied] that the
// system refused permission; [ErrSkip] that there is nothing to ask. Any other
// error is a definite no. Ask returns soon after ctx ends; what it then answers
// counts only if nothing was answered before.
//
// The ctx of all calls within one step ends when the step does, so that a probe
// may tie to it what it does between two calls.
//
// A probe that does something, such as a backup, keeps what it knows between
// two calls of Ask. Neither Ask nor Abandon is called while a call of Ask is
// under way.
type Probe interface {
	Ask(ctx context.Context) (Yes, error)
}

// An Abandoner is a Probe that can leave something behind. Abandon is called
// once when the step ends without a yes: out of time, stopped from outside or
// with a no, unless a question that does not listen to its ctx never returns. It
// has until ctx ends, which may be less than a second, and
// returns a sentence about what it did for the log; "" if there was nothing.
type Abandoner interface {
	Abandon(ctx context.Context) (did string)
}

// Func is a Probe that remembers nothing.
type Func func(ctx context.Context) (Yes, error)

// Ask calls f.
func (f Func) Ask(ctx context.Context) (Yes, error) { return f(ctx) }

// A Yes is what a probe saw when the answer is yes. All of it may be empty.
type Yes struct {
	// Saw is one line for the log, such as "200 OK in 12ms".
	Saw string
	// News is one line that the run was for, although all is well: it begins what
	// people read of the whole run.
	News string
	// Warnings are things that people should look at and that do not make the
	// answer a no; one line each.
	Warnings []string
	// Note is text of several lines that is worth keeping when all is done, such
	// as the manifest that restores a backup. The runner prints it as it is.
	Note string
}

// What an answer that is not yes means to the runner. Probes make such answers
// with the functions below.
var (
	// ErrNotYet marks an answer that time may change.
	ErrNotYet = errors.New("not yet")
	// ErrDenied marks a refusal of permission, which time does not change.
	ErrDenied = errors.New("permission refused")
	// ErrSkip marks that there is nothing to ask: the step is done.
	ErrSkip = errors.New("skipped")
)

// A Cause is the class of an answer that is not yes. Whoever wrote a step can
// attach a hint to each; a status code such as 404 is a cause too.
type Cause string

// The causes that more than one protocol knows. internal/hookspec lists them for
// users.
const (
	Refused Cause = "refused" // nothing listens there
	Timeout Cause = "timeout" // nothing answered in time
	DNS     Cause = "dns"     // the name is not known
	TLS     Cause = "tls"     // no handshake, or a certificate that is not trusted
	Content Cause = "content" // an answer, but not the expected one
	Denied  Cause = "denied"  // permission refused
	Absent  Cause = "absent"  // the object does not exist
	Other   Cause = ""        // none of them
)

// NotYet is an answer that time may change.
func NotYet(c Cause, format string, args ...any) error {
	return newAnswer(ErrNotYet, c, format, args)
}

// No is an answer that time does not change.
func No(c Cause, format string, args ...any) error {
	return newAnswer(nil, c, format, args)
}

// Refusal is the answer of a system that knows us and says no, or does not know
// us. The message names the verb and the object: that is what to grant.
func Refusal(format string, args ...any) error {
	return newAnswer(ErrDenied, Denied, format, args)
}

// Skip ends the step with success and says why there was nothing to do. The
// steps after it still run.
func Skip(format string, args ...any) error {
	return newAnswer(ErrSkip, Other, format, args)
}

// A Found is the answer of a step that has found the bad news it was for: the
// run ends with a no, although nothing went wrong with the step.
type Found struct {
	// News is one line, and begins what people read of the whole run.
	News string
	// Err is the answer about what the step was to do beside; nil is a definite no
	// with nothing but the news.
	Err error
}

func (f *Found) Error() string {
	if f.Err == nil {
		return f.News
	}
	return f.News + "; and " + f.Err.Error()
}

// Unwrap returns the answer beside the news.
func (f *Found) Unwrap() error { return f.Err }

// CauseOf returns the cause of an answer; Other where it has none.
func CauseOf(err error) Cause {
	if a, ok := errors.AsType[*answer](err); ok {
		return a.cause
	}
	return Other
}

// An answer is an error with a meaning that is not part of its text: people
// read the text, the runner the kind and the cause.
type answer struct {
	kind  error // nil is a definite no
	cause Cause
	err   error
}

// newAnswer makes an answer whose meaning is its own: of another answer that
// args hold only the text counts.
func newAnswer(kind error, c Cause, format string, args []any) error {
	err := fmt.Errorf(format, args...)
	if _, ok := errors.AsType[*answer](err); ok {
		err = errors.New(err.Error())
	}
	return &answer{kind: kind, cause: c, err: err}
}

func (a *answer) Error() string { return a.err.Error() }

func (a *answer) Unwrap() []error {
	if a.kind == nil {
		return []error{a.err}
	}
	return []error{a.kind, a.err}
}
