package lint

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// Text writes the report for people: a finding a line, its hint below, and what
// it comes to.
func (r Report) Text(colour bool) string {
	var b strings.Builder
	for _, f := range r.Findings {
		b.WriteString(harmless(f.before()) + painted(f.Severity, colour) + ": ")
		fmt.Fprintf(&b, "%s [%s]", harmless(f.whole()), f.Rule)
		if len(f.Apps) > 1 {
			fmt.Fprintf(&b, " (in %d applications)", len(f.Apps))
		}
		b.WriteByte('\n')
		if f.Hint != "" {
			b.WriteString("\thint: " + harmless(f.Hint) + "\n")
		}
	}
	fmt.Fprintf(&b, "%s: %s, %s, %s\n", many(len(r.Apps), "application"),
		many(r.Count(diag.Error), "error"), many(r.Count(diag.Warning), "warning"), many(r.Count(diag.Note), "note"))
	return b.String()
}

// harmless is text of somebody else's repository without what a terminal, or a
// CI system that reads its output, would obey: GitHub's runner takes a line that
// begins with two colons for a command, and spaces before them for nothing.
func harmless(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n':
			b.WriteString("\n\t| ")
		case unicode.IsGraphic(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}

// before is the place, if there is one, for what follows it.
func (f Finding) before() string {
	place := f.Pos.String()
	if place == "" {
		return ""
	}
	return place + ": "
}

// whole is the message with the path before it.
func (f Finding) whole() string {
	if f.Path == "" {
		return f.Msg
	}
	return f.Path + ": " + f.Msg
}

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// painted is the word for a severity, in red, yellow or blue.
func painted(s diag.Severity, colour bool) string {
	if !colour {
		return s.String()
	}
	code := map[diag.Severity]int{diag.Error: 31, diag.Warning: 33, diag.Note: 34}[s]
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", code, s)
}
