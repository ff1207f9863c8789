package proof

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// A Pass is one run of all scenarios in which each of them passed.
type Pass struct {
	// Commit is the one that was tested.
	Commit string `json:"commit"`
	// Began and Took are when the run began, and how long it took with everything
	// that comes before the first scenario.
	Began time.Time     `json:"began"`
	Took  time.Duration `json:"took"`
}

// Add writes the passes of before, a file that may be empty or not be there, and p to file, and
// returns them. Those of another commit are left out. Whoever begins a run moves file
// to before: a run that does not end with Add leaves no file, so that the passes in
// one have come in a row.
func (p Pass) Add(before, file string) ([]Pass, error) {
	var out []Pass
	text, err := os.ReadFile(before)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case len(text) > 0:
		if err := json.Unmarshal(text, &out); err != nil {
			return nil, fmt.Errorf("%s: %w", before, err)
		}
	}
	if len(out) > 0 && out[0].Commit != p.Commit {
		out = nil
	}
	out = append(out, p)
	if text, err = json.MarshalIndent(out, "", "  "); err != nil {
		return nil, err
	}
	return out, os.WriteFile(file, append(text, '\n'), 0o644)
}
