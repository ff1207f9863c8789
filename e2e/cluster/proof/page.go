package proof

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"
	"time"
)

// A Page is what docs/proof.md says.
type Page struct {
	// Records are those of all scenarios, in the order in which they ran.
	Records []Record
	// Commit is the one that was tested.
	Commit string
	// Passes are the runs of that commit that have passed in a row, this one at the end.
	Passes []Pass
	// Start is how long the cluster took to come up, and Memory what its own
	// programs took, in MB.
	Start  time.Duration
	Memory int
}

//go:embed page.md.tmpl
var page string

// Write writes p as Markdown. It is an error if it has other scenarios than want,
// which are all that there are, or if its records are of different runs: a proof
// with a hole is none.
func (p Page) Write(w io.Writer, want []string) error {
	if err := errors.Join(p.complete(want), p.oneRun()); err != nil {
		return err
	}
	t, err := template.New("page").Funcs(template.FuncMap{
		"seconds": func(d time.Duration) string { return d.Round(time.Second).String() },
		"minutes": func(d time.Duration) string { return d.Round(time.Minute).String() },
		"anchor":  func(name string) string { return strings.ReplaceAll(strings.ToLower(name), " ", "-") },
		"cell": func(text string) string {
			return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
		},
	}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

// complete wants one record for each scenario, with lines in it.
func (p Page) complete(want []string) error {
	var errs []error
	have := map[string]int{}
	for _, r := range p.Records {
		have[r.Name]++
		switch {
		case !slices.Contains(want, r.Name):
			errs = append(errs, fmt.Errorf("record of %s: there is no such scenario", r.Name))
		case len(r.Seen) == 0:
			errs = append(errs, fmt.Errorf("record of %s: want lines that were seen, got none", r.Name))
		}
	}
	for _, name := range want {
		if have[name] == 0 {
			errs = append(errs, fmt.Errorf("scenario %s: want a record, got none; it did not run or did not pass", name))
		}
	}
	if len(want) == 0 {
		errs = append(errs, errors.New("want scenarios, got none"))
	}
	return errors.Join(errs...)
}

// oneRun wants one machine and one version of each part.
func (p Page) oneRun() error {
	versions := map[string]string{}
	for _, r := range p.Records {
		if r.Machine != p.Records[0].Machine {
			return fmt.Errorf("records of %s and %s: want one machine, got two", p.Records[0].Name, r.Name)
		}
		for _, part := range r.Parts {
			if v, ok := versions[part.Name]; ok && v != part.Version {
				return fmt.Errorf("record of %s: want %s %s as in the other ones, got %s", r.Name, part.Name, v, part.Version)
			}
			versions[part.Name] = part.Version
		}
	}
	return nil
}

// Machine is where all records were made.
func (p Page) Machine() Machine { return p.Records[0].Machine }

// Day is when the first scenario began.
func (p Page) Day() string { return p.Records[0].Began.UTC().Format(time.DateOnly) }

// Took is the time from the begin of the first scenario to the end of the last.
func (p Page) Took() time.Duration {
	var end time.Time
	for _, r := range p.Records {
		if e := r.Began.Add(r.Took); e.After(end) {
			end = e
		}
	}
	return end.Sub(p.Records[0].Began)
}

// Parts are those of all records, each once, in the order in which they come.
func (p Page) Parts() []Part {
	var out []Part
	for _, r := range p.Records {
		for _, part := range r.Parts {
			if !slices.ContainsFunc(out, func(o Part) bool { return o.Name == part.Name }) {
				out = append(out, part)
			}
		}
	}
	return out
}
