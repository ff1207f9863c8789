package lint

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// A Finding is what a rule found, and in which applications.
type Finding struct {
	diag.Problem
	// Apps are the directories of the applications, sorted: one file may be part of
	// many.
	Apps []string
}

// MarshalJSON writes a finding as one flat object. A line of 0 is unknown and
// left out.
func (f Finding) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Rule     string   `json:"rule"`
		Severity string   `json:"severity"`
		Apps     []string `json:"apps"`
		File     string   `json:"file,omitempty"`
		Line     int      `json:"line,omitempty"`
		Column   int      `json:"column,omitempty"`
		Path     string   `json:"path,omitempty"`
		Message  string   `json:"message"`
		Hint     string   `json:"hint,omitempty"`
	}{f.Rule, f.Severity.String(), f.Apps, f.File, f.Line, f.Col, f.Path, f.Msg, f.Hint})
}

// A Report is what a run has found.
type Report struct {
	// Apps are the directories of all applications that were judged, sorted.
	Apps []string `json:"apps"`
	// Findings are in the order of files and lines.
	Findings []Finding `json:"findings"`
}

// NewReport puts findings in order. What was found more than once, because many
// applications use the same file, is told once.
func NewReport(apps []string, findings []Finding) Report {
	sorted := slices.Clone(findings)
	slices.SortStableFunc(sorted, inOrder)
	r := Report{Apps: append([]string{}, apps...), Findings: []Finding{}}
	slices.Sort(r.Apps)
	for _, f := range sorted {
		if n := len(r.Findings); n > 0 && r.Findings[n-1].Problem == f.Problem {
			last := &r.Findings[n-1]
			last.Apps = slices.Compact(append(slices.Clone(last.Apps), f.Apps...))
			continue
		}
		r.Findings = append(r.Findings, f)
	}
	return r
}

func inOrder(a, b Finding) int {
	return cmp.Or(
		strings.Compare(a.File, b.File),
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Col, b.Col),
		strings.Compare(a.Rule, b.Rule),
		strings.Compare(a.Path, b.Path),
		strings.Compare(a.Msg, b.Msg),
		slices.Compare(a.Apps, b.Apps),
	)
}

// Count is the number of findings of a severity.
func (r Report) Count(s diag.Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// A Threshold says which findings fail a run.
type Threshold string

// The thresholds, by what they are called on a command line.
const (
	OnError   Threshold = "error"
	OnWarning Threshold = "warning"
	Never     Threshold = "never"
)

// Fails reports whether a finding of this severity fails the run.
func (t Threshold) Fails(s diag.Severity) bool {
	switch t {
	case OnWarning:
		return s == diag.Error || s == diag.Warning
	case OnError:
		return s == diag.Error
	default:
		return false
	}
}

// Fail reports whether anything in the report fails the run.
func (r Report) Fail(t Threshold) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return t.Fails(f.Severity) })
}
