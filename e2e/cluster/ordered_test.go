package main_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
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
		return errors.New("want at least two times, got " + text)
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
