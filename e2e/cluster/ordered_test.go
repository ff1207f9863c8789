package main_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"gotest.tools/v3/assert"
)

// ordered wants times in the last output, one in each line, that do not go back;
// with a duration, each at least that long after the one above it.
func (c *scenario) ordered(ts *testscript.TestScript, args []string) error {
	gap, err := time.ParseDuration(strings.Join(append(args, "0s")[:1], ""))
	if err != nil {
		return err
	}
	return ordered(ts.ReadFile("stdout"), gap)
}

func ordered(text string, gap time.Duration) error {
	lines := strings.Fields(text)
	if len(lines) < 2 {
		return errors.New("want at least two times, got " + strings.Join(lines, " "))
	}
	var before time.Time
	for _, line := range lines {
		at, err := time.Parse(time.RFC3339, line)
		if err != nil {
			return err
		}
		if at.Before(before.Add(gap)) {
			return fmt.Errorf("want %s at least %s after the one before: %s", line, gap, strings.Join(lines, " "))
		}
		before = at
	}
	return nil
}

func TestTimesThatGoBackAreNotOrdered(t *testing.T) {
	const backup, change = "2026-11-24T08:00:00Z\n", "2026-11-24T08:00:20Z\n"
	assert.NilError(t, ordered(backup+change, 20*time.Second))
	assert.NilError(t, ordered(backup+backup, 0))
	assert.Error(t, ordered(change+backup, 0), "want 2026-11-24T08:00:00Z at least 0s after the one before: 2026-11-24T08:00:20Z 2026-11-24T08:00:00Z")
	assert.Error(t, ordered(backup+change, 21*time.Second), "want 2026-11-24T08:00:20Z at least 21s after the one before: 2026-11-24T08:00:00Z 2026-11-24T08:00:20Z")
	assert.Error(t, ordered(backup, 0), "want at least two times, got 2026-11-24T08:00:00Z")
	assert.ErrorContains(t, ordered(backup+"soon", 0), `cannot parse "soon"`)
}
