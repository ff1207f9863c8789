// Package runner does what a spec says: its steps in order, each asked until it
// says yes, a definite no, or its time is over.
//
// All waiting is here and nowhere else: time-outs of steps, the deadline of the
// run, pauses, answers in a row. The package knows which probe answers which
// kind of step; it knows no protocol, no flags and no policy.
package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

// An Env is what a run knows of the world around it.
type Env struct {
	// Namespace is the hook's own; steps that name none mean it. Where it is
	// empty, that is what the kubeconfig or the pod says.
	Namespace string
	// Kubeconfig is the file that says where the Kubernetes API is and who we are;
	// without it that is the pod's own ServiceAccount.
	Kubeconfig string
	// Timeout is how long the whole run may take; 0 means as long as its steps.
	Timeout time.Duration
	// Log gets a line for each attempt whose answer is new.
	Log *slog.Logger
	// Getenv and ReadFile find what references in a spec name.
	Getenv   func(name string) (value string, ok bool)
	ReadFile func(path string) ([]byte, error)
}

// Run does the steps of spec in order and stops at the first that does not say
// yes or skip. The report holds every step, also those that were not reached.
// The error is a *Failure, and its text is one line.
func Run(ctx context.Context, spec hookspec.Spec, env Env) (Report, error) {
	r := run{env: env, started: time.Now()}
	steps, err := r.prepare(spec)
	if err != nil {
		return Report{}, err
	}
	if spec.Changed == nil {
		return r.do(ctx, steps)
	}
	return r.doIfChanged(ctx, *spec.Changed, steps)
}

// do does the steps within the run's time.
func (r *run) do(ctx context.Context, steps []step) (Report, error) {
	if r.env.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, r.env.Timeout, errRunDeadline)
		defer cancel()
	}
	report := newReport(steps)
	for i, s := range steps {
		report.Steps[i] = r.step(ctx, s)
		report.Took = time.Since(r.started)
		if failure := report.Steps[i].failure; failure != nil {
			return report, failure
		}
	}
	return report, nil
}

// A run is one call of Run.
type run struct {
	env     Env
	secrets secrets
	started time.Time
	api     *kube.Client // made for the first step that needs it
}

// A step is one step of the spec with the probe that answers it.
type step struct {
	hookspec.Step
	kind  string
	probe probe.Probe
}

// prepare makes all probes before the first is asked: a missing reference of the
// last step should not show after a backup was taken.
func (r *run) prepare(spec hookspec.Spec) ([]step, error) {
	spec, err := spec.WithDefaults()
	if err != nil {
		return nil, &Failure{Code: ExitSpec, Err: err}
	}
	var steps []step
	var problems []error
	for i := range spec.Steps {
		s := &spec.Steps[i]
		_, kind := s.Kind()
		p, err := makers[kind](r, s)
		if err != nil {
			problems = append(problems, fmt.Errorf("steps[%d].%s%w", i, kind, err))
		}
		steps = append(steps, step{Step: *s, kind: kind, probe: p})
	}
	if err := errors.Join(problems...); err != nil {
		return nil, &Failure{Code: ExitSpec, Err: r.secrets.redactErr(err)}
	}
	return steps, nil
}

// step asks until there is an end and turns it into words.
func (r *run) step(ctx context.Context, s step) StepReport {
	log := r.env.Log.With("step", s.Name)
	started := time.Now()
	w := waiter{step: s, log: &folder{log: log, clean: r.clean}}
	end := w.wait(ctx)
	w.log.flush()
	out := StepReport{
		Name: s.Name, Result: end.result, Attempts: end.attempts, Took: time.Since(started),
		Saw: r.clean(end.yes.Saw), News: r.clean(end.yes.News), Note: r.secrets.redact(end.yes.Note),
	}
	for _, warning := range end.yes.Warnings {
		warning = r.clean(warning)
		log.Warn(warning)
		out.Warnings = append(out.Warnings, s.Name+": "+warning)
	}
	switch {
	case end.result.good() && end.answer != nil:
		out.Saw = r.clean(end.answer.Error())
	case !end.result.good():
		r.abandon(ctx, &w, log)
		out.failure = r.failure(s, end)
	}
	return out
}

// How long a probe may take to put away what it left, after its time was over
// and after the process was asked to end, which must happen within a second.
const (
	abandonTime        = 10 * time.Second
	abandonTimeStopped = 500 * time.Millisecond
)

func (r *run) abandon(ctx context.Context, w *waiter, log *slog.Logger) {
	a, ok := w.probe.(probe.Abandoner)
	if !ok {
		return
	}
	limit := abandonTime
	if stopped(ctx) {
		limit = abandonTimeStopped
	}
	// ctx is over; what was left behind still has to go.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	// In a goroutine for the same reason as a question: it may not listen to ctx.
	did := make(chan string, 1)
	go func() {
		// A question that was given up may still be about to leave something behind.
		select {
		case <-w.asking:
			did <- a.Abandon(ctx)
		case <-ctx.Done():
		}
	}()
	select {
	case words := <-did:
		if words != "" {
			log.Info(r.clean(words))
		}
	case <-ctx.Done():
		log.Warn("no time to put away what the step has begun")
	}
}
