// Package proof keeps what the scenarios of a real cluster have shown, and makes
// docs/proof.md of it.
//
// It knows records and Markdown. It must not know how a scenario runs, nor which
// there are.
package proof

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Folder is the name of the folder of records, in the state of the cluster.
const Folder = "records"

// A Record is one scenario that has passed.
type Record struct {
	// Name is the scenario's file, without its ending.
	Name string `json:"name"`
	// Claim is what it was to show, in one or a few sentences of Markdown.
	Claim string `json:"claim"`
	// Seen are the lines that show it, word for word: a status, a message, a log's
	// line. A handful, in the order in which they were seen.
	Seen []string `json:"seen"`
	// Began and Took are when it ran and for how long.
	Began time.Time     `json:"began"`
	Took  time.Duration `json:"took"`
	// Parts are the programs that took part, the same for all of one run.
	Parts []Part `json:"parts"`
	// Machine is where it ran.
	Machine Machine `json:"machine"`
}

// A Part is a program of the cluster.
type Part struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Form is how it was run, and what it stands in for if it is not the vendor's
	// own: "image of its own program on Debian 12, not the vendor's image".
	Form string `json:"form"`
}

// Write adds r to those in the folder dir.
func (r Record) Write(dir string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("record of %s: %w", r.Name, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, r.Name+".json"), append(text, '\n'), 0o644)
}

// Read returns the records in the folder dir, in the order in which they began.
func Read(dir string) ([]Record, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var out []Record
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var r Record
		if err := json.Unmarshal(text, &r); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b Record) int { return a.Began.Compare(b.Began) })
	return out, nil
}
