package policy

import (
	"fmt"
	"reflect"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// Guarded returns p without the entries whose guards hold, and without the
// guards of those that stay. There is one warning for each guard that holds and
// has a reason.
func (p Policy) Guarded() (Policy, []diag.Problem) {
	left := p.guard()
	return p, left.warnings
}

// leftOut is what guards took out of a policy.
type leftOut struct {
	paths    []string
	warnings []diag.Problem
	held     []held
}

// A held is a guard that holds and has a reason: the place of its entry, and
// whether the entry goes.
type held struct {
	entry, guard, reason string
	gone                 bool
}

// guard takes out of p the entries whose guards hold. A hook that loses all its
// steps goes too: a Job that checks nothing always passes.
func (p *Policy) guard() leftOut {
	var left leftOut
	p.Rollout = keep(&left, p.Rollout, func(r *Rollout, _ int) guarded {
		return guarded{&r.SkipIf, r.At, "rollout of " + r.Match.Kind + " " + r.Match.Name}
	})
	p.Charts = keep(&left, p.Charts, func(c *Chart, _ int) guarded {
		return guarded{&c.SkipIf, c.At, "parameters of chart " + c.Name}
	})
	p.Hooks = keep(&left, p.Hooks, func(h *Hook, _ int) guarded {
		return guarded{&h.SkipIf, h.At, "hook " + h.Name}
	})
	var hooks []Hook
	for _, h := range p.Hooks {
		before := len(h.Steps)
		h.Steps = keep(&left, h.Steps, func(s *Step, i int) guarded {
			at := h.At
			at.Path += fmt.Sprintf(".steps[%d]", i)
			return guarded{&s.SkipIf, at, "step " + s.Name + " of hook " + h.Name}
		})
		if before == 0 || len(h.Steps) > 0 {
			left.warn(&h.WarnIf, h.At, "hook "+h.Name)
			left.steps(h)
			hooks = append(hooks, h)
		}
	}
	p.Hooks = hooks
	return left
}

// steps tells what there is to say of the steps that stay.
func (l *leftOut) steps(h Hook) {
	for i := range h.Steps {
		s := &h.Steps[i]
		l.warn(&s.WarnIf, s.At, "step "+s.Name+" of hook "+h.Name)
	}
}

// warn tells what there is to say of an entry that stays.
func (l *leftOut) warn(guards *[]Guard, at diag.Pos, what string) {
	for i, g := range *guards {
		if same(g.Value, g.Equals) {
			l.warnings = append(l.warnings, at.Warningf("%s: %s", what, g.Reason))
			l.held = append(l.held, held{entry: at.Path, guard: fmt.Sprintf("%s.warnIf[%d]", at.Path, i), reason: g.Reason})
		}
	}
	*guards = nil
}

// outside returns what of err is not about an entry that was left out: a
// preset's entry for something that is not there has no values to be right.
func (l leftOut) outside(err error) error {
	found := diag.Problems(err)
	if len(found) == 0 {
		return err
	}
	var out diag.List
	for _, p := range found {
		if !l.has(p.Path) {
			out.Add(p)
		}
	}
	return out.Err()
}

func (l leftOut) has(path string) bool {
	for _, parent := range l.paths {
		if under(path, parent) {
			return true
		}
	}
	return false
}

// A guarded is an entry that may be left out: its guards, its place, and what
// messages call it.
type guarded struct {
	guards *[]Guard
	at     diag.Pos
	what   string
}

// keep returns the entries whose guards do not hold. It is generic because
// hooks, steps, rollouts and charts have guards and nothing else in common.
func keep[T any](left *leftOut, entries []T, of func(entry *T, i int) guarded) []T {
	var out []T
	for i, e := range entries {
		g := of(&e, i)
		if guard, holds := first(*g.guards); holds {
			left.paths = append(left.paths, g.at.Path)
			if guard.Reason != "" {
				left.warnings = append(left.warnings, g.at.Warningf("%s left out: %s", g.what, guard.Reason))
				left.held = append(left.held, held{entry: g.at.Path, reason: guard.Reason, gone: true})
			}
			continue
		}
		*g.guards = nil
		out = append(out, e)
	}
	return out
}

// first returns the first of guards that holds.
func first(guards []Guard) (Guard, bool) {
	for _, g := range guards {
		if same(g.Value, g.Equals) {
			return g, true
		}
	}
	return Guard{}, false
}

func same(a, b any) bool {
	x, okX := wholeNumber(a)
	y, okY := wholeNumber(b)
	if okX && okY {
		return x == y
	}
	return reflect.DeepEqual(a, b)
}
