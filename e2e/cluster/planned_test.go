package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// A retrial is how often Argo CD has tried again, and how long it waited.
type retrial struct {
	failed time.Time // the last failure that is waited after; zero while a sync runs
	waits  []time.Duration
}

// look takes note of one look at an operation. Argo CD keeps the time of a
// failure only until it tries again.
func (r *retrial) look(o operation, now time.Time) {
	waiting := o.Phase == "Running" && o.FinishedAt != ""
	failed, err := time.Parse(time.RFC3339, o.FinishedAt)
	switch {
	case waiting && err == nil && r.failed.IsZero():
		r.failed = failed
	case !waiting && !r.failed.IsZero():
		r.waits = append(r.waits, now.Sub(r.failed))
		r.failed = time.Time{}
	}
}

// late is how much later than planned a retry may begin: times are in whole
// seconds, and the controller looks at an operation when it has time.
const late = 5 * time.Second

// planned wants the retries of the last sync when a plan says, as plan -o json
// prints it.
func (c *scenario) planned(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return errors.New("want the file of a plan")
	}
	var plan struct{ Retry struct{ Real []string } }
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &plan); err != nil {
		return err
	}
	if len(plan.Retry.Real) == 0 || len(plan.Retry.Real) != len(c.retries.waits) {
		return fmt.Errorf("want retries after %v, got %v", plan.Retry.Real, c.retries.waits)
	}
	for i, text := range plan.Retry.Real {
		want, err := time.ParseDuration(text)
		if err != nil {
			return err
		}
		got := c.retries.waits[i]
		fmt.Fprintf(ts.Stdout(), "retry %d began %.1f s after the failure, planned %s\n", i+1, got.Seconds(), want)
		if got < want || got > want+late {
			return fmt.Errorf("want retry %d between %s and %s after the failure, got %s", i+1, want, want+late, got)
		}
	}
	return nil
}
