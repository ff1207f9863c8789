// Package diag describes what is wrong with a user's file, and where.
//
// It knows files, lines and wording; it knows nothing about YAML, Kubernetes or
// who prints the result. Everything of ours may import it; it imports nothing
// of ours.
package diag

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Pos is a place in a file. Line and Col start at 1; 0 means unknown.
type Pos struct {
	// File is relative to the directory that was asked for, with slashes, so that
	// the same mistake always reads the same.
	File string
	// Line and Col count from 1, in characters.
	Line, Col int
	// Path is the place in the document, such as hooks[0].timeout.
	Path string
}

// String renders file:line:col, leaving out what is unknown.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Problemf returns a problem at p. The message is lower case, without a period,
// and says what was wanted and then what was got.
func (p Pos) Problemf(format string, args ...any) Problem {
	return Problem{Pos: p, Msg: fmt.Sprintf(format, args...)}
}

// Warningf returns a problem at p that does not stop the run.
func (p Pos) Warningf(format string, args ...any) Problem {
	return Problem{Pos: p, Severity: Warning, Msg: fmt.Sprintf(format, args...)}
}

// Notef returns a problem at p that is worth knowing and asks for nothing.
func (p Pos) Notef(format string, args ...any) Problem {
	return Problem{Pos: p, Severity: Note, Msg: fmt.Sprintf(format, args...)}
}

// A Severity says whether a problem stops the run.
type Severity int

// The zero value is Error: a problem stops the run unless it says otherwise.
const (
	Error Severity = iota
	Warning
	Note
)

// String is the word for the severity: error, warning or note.
func (s Severity) String() string {
	switch s {
	case Warning:
		return "warning"
	case Note:
		return "note"
	default:
		return "error"
	}
}

// A Problem is one thing wrong in one place of a file that a user wrote.
type Problem struct {
	Pos
	Severity Severity
	// Rule is the name of the rule that found it, which has a page in docs/rules;
	// it may be empty.
	Rule string
	// Msg says what was wanted and what was got.
	Msg string
	// Hint says what to do about it; it may be empty.
	Hint string
}

// WithHint returns p with a hint: one line that says what to do.
func (p Problem) WithHint(format string, args ...any) Problem {
	p.Hint = fmt.Sprintf(format, args...)
	return p
}

// Error renders the problem: place, path and message on the first line, the
// hint on a second one.
func (p Problem) Error() string {
	var b strings.Builder
	if place := p.Pos.String(); place != "" {
		b.WriteString(place + ": ")
	}
	if p.Severity != Error {
		b.WriteString(p.Severity.String() + ": ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Msg)
	if p.Hint != "" {
		b.WriteString("\n\thint: " + p.Hint)
	}
	return b.String()
}

// A List collects problems, so that one run shows them all.
// The zero value is ready to use.
type List struct{ problems []Problem }

// Add records problems.
func (l *List) Add(p ...Problem) { l.problems = append(l.problems, p...) }

// AddErr records err: the problems in it one by one. It returns what is not a
// problem, and nil if there is nothing else.
func (l *List) AddErr(err error) error {
	if list, ok := errors.AsType[problems](err); ok {
		l.problems = append(l.problems, list...)
		return nil
	}
	if p, ok := errors.AsType[Problem](err); ok {
		l.problems = append(l.problems, p)
		return nil
	}
	return err
}

// Err returns nil if nothing stops the run, else one error that holds every
// problem of severity Error in file order.
func (l *List) Err() error { return l.filter(Error).err() }

// Warnings returns the problems that do not stop the run, in file order.
func (l *List) Warnings() []Problem { return l.filter(Warning) }

func (l *List) filter(s Severity) problems {
	var out problems
	for _, p := range l.problems {
		if p.Severity == s {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, inFileOrder)
	return out
}

// inFileOrder keeps files in the order in which they were first reported only
// within the same name; names are sorted so that two runs print the same.
func inFileOrder(a, b Problem) int {
	if c := strings.Compare(a.File, b.File); c != 0 {
		return c
	}
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	return a.Col - b.Col
}

// problems is the error that List.Err returns.
type problems []Problem

func (ps problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// maxShown is how many problems one error tells: enough to mend a file in one
// go, and little enough for a person and for the conditions of Argo CD.
const maxShown = 100

// Error renders one problem after the other, each on lines of its own. Of a
// hopeless number it leaves the last ones out, and says so.
func (ps problems) Error() string {
	var lines []string
	for _, p := range ps[:min(len(ps), maxShown)] {
		lines = append(lines, p.Error())
	}
	if more := len(ps) - maxShown; more > 0 {
		lines = append(lines, fmt.Sprintf("%d more problems are not shown", more))
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find the first Problem.
func (ps problems) Unwrap() []error {
	out := make([]error, len(ps))
	for i, p := range ps {
		out[i] = p
	}
	return out
}

// Problems returns every problem that err holds, in order; none if err is of
// another kind.
func Problems(err error) []Problem {
	var l List
	if l.AddErr(err) != nil {
		return nil
	}
	return l.problems
}
