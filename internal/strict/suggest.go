package strict

import (
	"fmt"
	"slices"
	"strings"
)

// Suggest returns a hint for a word that is not one of known: the nearest one
// if it is near enough to be a slip, else all of them after the label. With an
// empty label it returns only a near one.
func Suggest(word string, known []string, label string) string {
	best, distance := "", len(word)/3+1
	if len(word) < 4 {
		distance = 1 // two of three letters are another word
	}
	for _, k := range known {
		if d := levenshtein(strings.ToLower(word), strings.ToLower(k)); d < distance || (d == distance && best == "") {
			best, distance = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	if label == "" || len(known) == 0 {
		return ""
	}
	sorted := slices.Sorted(slices.Values(known))
	return label + ": " + strings.Join(sorted, ", ")
}

// levenshtein counts the letters to insert, drop or change to get from a to b.
// Keys are short, and user text is bounded by the size of the file.
func levenshtein(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
