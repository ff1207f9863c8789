package runner

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// A script is a probe that gives one answer after the other; the last one again
// and again. Each takes some time.
type script struct {
	answers   []error
	takes     time.Duration
	asked     int
	abandoned string
}

func (s *script) Ask(ctx context.Context) (probe.Yes, error) {
	answer := s.answers[min(s.asked, len(s.answers)-1)]
	s.asked++
	if s.takes > 0 && !pause(ctx, s.takes) {
		return probe.Yes{}, probe.NotYet(probe.Other, "interrupted")
	}
	if answer != nil {
		return probe.Yes{}, answer
	}
	return probe.Yes{Saw: "all is well"}, nil
}

// A cleaner is a script that leaves something behind.
type cleaner struct{ *script }

func (c cleaner) Abandon(ctx context.Context) string {
	deadline, _ := ctx.Deadline()
	c.abandoned = time.Until(deadline).String()
	return "deleted what was begun"
}

var (
	refused = probe.NotYet(probe.Refused, "tcp db:5432: connection refused")
	reset   = probe.NotYet(probe.Other, "tcp db:5432: connection reset by the other side")
	never   = probe.No("404", "GET http://x: 404 Not Found, want 200")
	denied  = probe.Refusal("get clusters.postgresql.cnpg.io db/postgres17: forbidden")
	nothing = probe.Skip("Cluster db/postgres17 does not exist")
	errOwn  = errors.New("a driver's own words")
)

func TestWaiting(t *testing.T) {
	cases := []struct {
		name    string
		answers []error
		takes   time.Duration
		step    hookspec.Step
		timeout time.Duration

		asked int
		took  time.Duration
		code  int
		want  string // the failure; "" for none
	}{
		{name: "yes at once", answers: []error{nil}, asked: 1},
		{name: "yes in the end", answers: []error{refused, refused, nil}, asked: 3, took: 10 * time.Second},
		{
			name: "three in a row", answers: []error{nil, nil, refused, nil}, step: hookspec.Step{For: 3},
			asked: 6, took: 25 * time.Second,
		},
		{
			name: "the last answer survives the deadline", answers: []error{reset, refused},
			asked: 24, took: 2 * time.Minute, code: ExitTime, want: "db: gave up after 2m: tcp db:5432: connection refused",
		},
		{
			name: "the step's own timeout", answers: []error{refused}, step: hookspec.Step{Timeout: hookspec.Duration(12 * time.Second)},
			asked: 3, took: 12 * time.Second, code: ExitTime, want: "db: gave up after 12s: tcp db:5432: connection refused",
		},
		{
			name: "the run's time", answers: []error{refused}, timeout: time.Minute,
			asked: 12, took: time.Minute, code: ExitTime, want: "db: gave up, the 1m of the whole hook are over: tcp db:5432: connection refused",
		},
		{
			name: "what an interrupted probe says does not hide the last answer", answers: []error{refused}, takes: 50 * time.Second,
			asked: 3, took: 2 * time.Minute, code: ExitTime, want: "db: gave up after 2m: tcp db:5432: connection refused",
		},
		{
			name: "never an answer", answers: []error{nil}, takes: time.Hour,
			asked: 1, took: 2 * time.Minute, code: ExitTime, want: "db: gave up after 2m: interrupted",
		},
		{
			name: "yes but not often enough", answers: []error{nil, nil, nil}, step: hookspec.Step{For: 100},
			asked: 24, took: 2 * time.Minute, code: ExitTime, want: "db: gave up after 2m: yes 24 times in a row, want 100",
		},
		{name: "a definite no", answers: []error{refused, never, nil}, asked: 2, took: 5 * time.Second, code: ExitNo, want: "db: GET http://x: 404 Not Found, want 200"},
		{name: "anything else is a no", answers: []error{errOwn}, asked: 1, code: ExitNo, want: "db: a driver's own words"},
		{name: "refused permission", answers: []error{denied}, asked: 1, code: ExitDenied, want: "db: permission refused: get clusters.postgresql.cnpg.io db/postgres17: forbidden"},
		{name: "one line", answers: []error{errors.New("two\nlines\x1b[31m")}, asked: 1, code: ExitNo, want: "db: two lines [31m"},
		{name: "nothing to do", answers: []error{nothing}, step: hookspec.Step{For: 3}, asked: 1},
		{
			name: "a hint for the cause", answers: []error{refused}, asked: 24, took: 2 * time.Minute, code: ExitTime,
			step: hookspec.Step{Hints: map[string]string{"refused": "is the port on the Service?", "any": "look"}},
			want: "db: gave up after 2m: tcp db:5432: connection refused (is the port on the Service?)",
		},
		{
			name: "a hint for a status", answers: []error{never}, asked: 1, code: ExitNo,
			step: hookspec.Step{Hints: map[string]string{"404": "is the API on?"}},
			want: "db: GET http://x: 404 Not Found, want 200 (is the API on?)",
		},
		{
			name: "a hint for the rest", answers: []error{errOwn}, asked: 1, code: ExitNo,
			step: hookspec.Step{Hints: map[string]string{"404": "is the API on?", "any": "look"}},
			want: "db: a driver's own words (look)",
		},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &script{answers: tc.answers, takes: tc.takes}
				r := newRun(Env{Timeout: tc.timeout}, nil)
				report, err := r.do(t.Context(), []step{newStep("db", tc.step, p)})
				if tc.want == "" {
					assert.NilError(t, err)
				} else {
					assert.Error(t, err, tc.want)
					f, ok := errors.AsType[*Failure](err)
					assert.Assert(t, ok)
					assert.Equal(t, f.Code, tc.code)
					assert.Equal(t, f.Step, "db")
				}
				assert.Equal(t, p.asked, tc.asked)
				assert.Equal(t, report.Steps[0].Attempts, tc.asked-interrupted(tc.takes, tc.asked))
				assert.Equal(t, report.Took, tc.took)
			})
		})
	}
}

// interrupted is how many questions got no answer of their own.
func interrupted(takes time.Duration, asked int) int {
	if takes > 0 && asked > 1 {
		return 1
	}
	return 0
}

func TestAStopNamesTheStepThatRan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(12*time.Second, func() { cancel(errors.New("terminated signal received")) })
		p := cleaner{&script{answers: []error{refused}}}
		r := newRun(Env{}, nil)
		report, err := r.do(ctx, []step{
			newStep("first", hookspec.Step{}, &script{answers: []error{nil}}),
			newStep("db", hookspec.Step{}, p),
			newStep("last", hookspec.Step{}, &script{answers: []error{nil}}),
		})
		assert.Error(t, err, "db: stopped (terminated) after 12s: tcp db:5432: connection refused")
		f, _ := errors.AsType[*Failure](err)
		assert.Equal(t, f.Code, ExitStopped)
		assert.Equal(t, p.abandoned, "500ms")
		assert.Equal(t, report.Table(), `STEP   RESULT   ATTEMPTS  TIME
first  yes      1         0s
db     stopped  3         12s
last   not run
`)
	})
}

func TestAStopDoesNotWaitForAProbeThatDoesNotListen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errors.New("terminated signal received")) })
		release := make(chan struct{})
		defer close(release)
		deaf := probe.Func(func(context.Context) (probe.Yes, error) {
			<-release
			return probe.Yes{}, nil
		})
		r := newRun(Env{}, nil)
		report, err := r.do(ctx, []step{newStep("db", hookspec.Step{}, deaf)})
		assert.Error(t, err, "db: stopped (terminated) after 1.2s: no answer")
		assert.Equal(t, report.Took, time.Second+patience)
	})
}

// A late probe makes something after its time is over, as a request does whose
// answer was on the way.
type late struct{ made string }

func (l *late) Ask(context.Context) (probe.Yes, error) {
	time.Sleep(10*time.Second + patience + time.Second)
	l.made = "a backup"
	return probe.Yes{}, nil
}

func (l *late) Abandon(context.Context) string { return "deleted " + l.made }

func TestWhatIsMadeAfterTheEndIsPutAwayToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		_, err := newRun(Env{}, &log).do(t.Context(), []step{newStep("db", hookspec.Step{Timeout: hookspec.Duration(10 * time.Second)}, &late{})})
		assert.Error(t, err, "db: gave up after 10s: no answer")
		assert.Equal(t, log.String(), "level=INFO msg=\"deleted a backup\" step=db\n")
	})
}

func TestWhatWasBegunIsPutAwayUnlessTheAnswerIsYes(t *testing.T) {
	for name, tc := range map[string]struct {
		answer error
		want   string
	}{
		"yes":         {nil, ""},
		"skip":        {nothing, ""},
		"no":          {never, "10s"},
		"denied":      {denied, "10s"},
		"out of time": {refused, "10s"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := cleaner{&script{answers: []error{tc.answer}}}
				_, _ = newRun(Env{}, nil).do(t.Context(), []step{newStep("db", hookspec.Step{}, p)})
				assert.Equal(t, p.abandoned, tc.want)
			})
		})
	}
}

func TestLogFoldsWhatRepeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		answers := append(slices.Repeat([]error{refused}, 15), reset, reset, nil)
		r := newRun(Env{}, &log)
		_, err := r.do(t.Context(), []step{newStep("db", hookspec.Step{}, &script{answers: answers})})
		assert.NilError(t, err)
		assert.Equal(t, log.String(), `level=INFO msg="not yet: tcp db:5432: connection refused" step=db attempt=1
level=INFO msg="same answer" step=db times=12
level=INFO msg="same answer" step=db times=2
level=INFO msg="not yet: tcp db:5432: connection reset by the other side" step=db attempt=16
level=INFO msg="same answer" step=db times=1
level=INFO msg="yes: all is well" step=db attempt=18
`)
	})
}

func TestReportOfARunThatEndsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		loud := probe.Func(func(context.Context) (probe.Yes, error) {
			return probe.Yes{Saw: "2 of 2", Warnings: []string{"postgres17-2 is 70Mi behind"}, Note: "apiVersion: x\nkind: y\n"}, nil
		})
		var log strings.Builder
		report, err := newRun(Env{}, &log).do(t.Context(), []step{
			newStep("backup", hookspec.Step{}, &script{answers: []error{nothing}}),
			newStep("replication", hookspec.Step{}, loud),
		})
		assert.NilError(t, err)
		assert.Equal(t, report.Conclusion(), "done: 1 of 2 steps in 0s; backup skipped: Cluster db/postgres17 does not exist; warning: replication: postgres17-2 is 70Mi behind")
		assert.Equal(t, report.Notes(), "replication:\napiVersion: x\nkind: y\n")
		assert.Equal(t, log.String(), `level=INFO msg="skipped: Cluster db/postgres17 does not exist" step=backup attempt=1
level=INFO msg="yes: 2 of 2" step=replication attempt=1
level=WARN msg="postgres17-2 is 70Mi behind" step=replication
`)
	})
}

// newRun returns a run that logs to log without the time.
func newRun(env Env, log *strings.Builder) *run {
	env.Log = slog.New(slog.DiscardHandler)
	if log != nil {
		env.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	}
	return &run{env: env, started: time.Now()}
}

func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey && len(groups) == 0 {
		return slog.Attr{}
	}
	return a
}

// newStep returns a tcp step that p answers.
func newStep(name string, s hookspec.Step, p probe.Probe) step {
	s.Name, s.TCP = name, &hookspec.TCP{Address: "db:5432"}
	s.For = max(s.For, 1)
	s.Interval = hookspec.Duration(5 * time.Second)
	return step{Step: s, kind: "tcp", probe: p}
}
