package runner

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// A Result is how a step ended.
type Result string

// The results of a step, as the table shows them.
const (
	NotReached Result = "" // an earlier step ended the run
	Yes        Result = "yes"
	Skipped    Result = "skipped"
	No         Result = "no"
	Denied     Result = "permission refused"
	OutOfTime  Result = "out of time"
	Stopped    Result = "stopped"
)

// good reports whether the steps after this one run.
func (r Result) good() bool { return r == Yes || r == Skipped }

// A Report is what a run did.
type Report struct {
	Steps []StepReport
	Took  time.Duration
	// Skipped is why no step was done, although none says no; "" if they were.
	Skipped string
	// Warnings are about the run as a whole.
	Warnings []string
}

// A StepReport is how one step went. No text in it holds a secret.
type StepReport struct {
	Name     string
	Result   Result
	Attempts int
	Took     time.Duration
	Saw      string   // what a good step saw, or why it was skipped; one line
	News     string   // one line that the run was for; may be empty
	Warnings []string // each begins with the step's name
	Note     string   // several lines for people; may be empty

	failure *Failure // nil for a good step
}

func newReport(steps []step) Report {
	r := Report{Steps: make([]StepReport, len(steps))}
	for i, s := range steps {
		r.Steps[i].Name = s.Name
	}
	return r
}

// Table renders one line for each step.
func (r Report) Table() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "STEP\tRESULT\tATTEMPTS\tTIME\t")
	for _, s := range r.Steps {
		if s.Result == NotReached {
			fmt.Fprintf(w, "%s\tnot run\t\t\t\n", s.Name)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t\n", s.Name, s.Result, strconv.Itoa(s.Attempts), seconds(s.Took))
	}
	_ = w.Flush()
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// Notes is what the steps want kept, each below its step's name; "" if nothing.
func (r Report) Notes() string {
	var b strings.Builder
	for _, s := range r.Steps {
		if s.Note != "" {
			fmt.Fprintf(&b, "%s:\n%s\n", s.Name, strings.TrimRight(s.Note, "\n"))
		}
	}
	return b.String()
}

// Conclusion is one line about a run that ended well: its news, what was done, what was
// skipped and why, what to look at.
func (r Report) Conclusion() string {
	if r.Skipped != "" {
		return "skipped: " + r.Skipped
	}
	var skipped []string
	warnings := slices.Clone(r.Warnings)
	done := 0
	var parts []string
	for _, s := range r.Steps {
		if s.News != "" {
			parts = append(parts, s.News)
		}
		if s.Result == Skipped {
			skipped = append(skipped, s.Name+" skipped: "+s.Saw)
			continue
		}
		done++
		warnings = append(warnings, s.Warnings...)
	}
	parts = append(parts, fmt.Sprintf("done: %d of %d steps in %s", done, len(r.Steps), seconds(r.Took)))
	parts = append(parts, skipped...)
	for _, w := range warnings {
		parts = append(parts, "warning: "+w)
	}
	return strings.Join(parts, "; ")
}
