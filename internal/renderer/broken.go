package renderer

import (
	"fmt"
	"regexp"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// action is what a line of a template has besides its own text.
var action = regexp.MustCompile(`{{.*?}}`)

const (
	// upwards is how many lines before the broken one are looked for in the template:
	// a value may have lines of its own.
	upwards = 5
	// recovers is how many lines a text in quotes or brackets may have, which is no
	// YAML before it ends.
	recovers = 30
	// maxBroken bounds the documents that are looked at: they are parsed many times.
	maxBroken = 1 << 20
)

// Broken adds to a problem with what a template rendered to, which has no line that
// anybody could look at, the line of the template, if one fits. Docs are the
// documents that came of it; template is its text, "" if it is not at hand.
func Broken(p diag.Problem, docs []string, template string) diag.Problem {
	left := maxBroken
	for i, doc := range docs {
		lines := strings.SplitAfter(doc, "\n")
		if left -= len(doc); left < 0 {
			return p
		}
		if parses(lines) {
			continue
		}
		line := brokenLine(lines)
		if p.Line = templateLine(template, lines, line); p.Line > 0 {
			p.Col = 1
		}
		of := "what the template renders to"
		if len(docs) > 1 {
			of = fmt.Sprintf("document %d of %s", i+1, of)
		}
		return p.WithHint("it is in line %d of %s, which helm template --debug prints", line, of)
	}
	return p
}

func parses(lines []string) bool {
	var any yaml.Node
	return yaml.Unmarshal([]byte(strings.Join(lines, "")), &any) == nil
}

// brokenLine is the number of the line from which on a document is no YAML. What
// the library says is often the line where the list or mapping around it begins.
func brokenLine(lines []string) int {
	good := 0
	for {
		// Of the lines that follow, as many as possible that end in YAML.
		good += sort.Search(len(lines)-good, func(n int) bool { return !parses(lines[:good+n+1]) })
		more := good + 2
		for more <= min(good+recovers, len(lines)) && !parses(lines[:more]) {
			more++
		}
		if more > min(good+recovers, len(lines)) {
			return min(good+1, len(lines))
		}
		good = more
	}
}

// templateLine is the number of the one line of the template that could have become
// a line of the document, or one of those before it; 0 if there is none.
func templateLine(template string, lines []string, line int) int {
	for n := min(line, len(lines)); n > 0 && n > line-upwards; n-- {
		found := 0
		for i, text := range strings.Split(template, "\n") {
			if !couldBecome(text, lines[n-1]) {
				continue
			}
			if found > 0 {
				found = 0
				break
			}
			found = i + 1
		}
		if found > 0 {
			return found
		}
	}
	return 0
}

// couldBecome reports whether a line of a template has all of its own text, in
// order, in a line that was rendered, and some that tells them from others.
func couldBecome(text, rendered string) bool {
	parts := action.Split(strings.TrimSpace(text), -1)
	rest, isSome := strings.TrimSpace(rendered), false
	for i, part := range parts {
		part = strings.TrimSpace(part)
		before, after, found := strings.Cut(rest, part)
		if !found || i == 0 && before != "" || i == len(parts)-1 && part != "" && after != "" {
			return false
		}
		rest = after
		isSome = isSome || strings.ContainsFunc(part, isLetter)
	}
	return isSome
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
