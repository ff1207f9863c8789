package main_test

import (
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// Argo CD waits with the phase Running and the time of the failure, and forgets
// that time when it tries again.
func TestARetryIsMeasuredFromTheFailure(t *testing.T) {
	at := func(second int) time.Time { return time.Date(2026, 1, 2, 3, 4, second, 0, time.UTC) }
	var r retrial
	for _, look := range []struct {
		second int
		operation
	}{
		{1, operation{Phase: "Running"}},
		{3, operation{Phase: "Running", FinishedAt: "2026-01-02T03:04:02Z"}},
		{7, operation{Phase: "Running", FinishedAt: "2026-01-02T03:04:02Z"}},
		{8, operation{Phase: "Running"}},
		{12, operation{Phase: "Running", FinishedAt: "2026-01-02T03:04:10Z"}},
		{20, operation{Phase: "Running"}},
		{22, operation{Phase: "Failed", FinishedAt: "2026-01-02T03:04:21Z"}},
	} {
		r.look(look.operation, at(look.second))
	}
	assert.DeepEqual(t, r.waits, []time.Duration{6 * time.Second, 10 * time.Second})
}
