package lint

import (
	"fmt"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// Text writes the report for people: a finding a line, its hint below, and what
// it comes to.
func (r Report) Text(colour bool) string {
	var b strings.Builder
	for _, f := range r.Findings {
		if place := f.Pos.String(); place != "" {
			b.WriteString(place + ": ")
		}
		b.WriteString(painted(f.Severity, colour) + ": ")
		fmt.Fprintf(&b, "%s [%s]", f.whole(), f.Rule)
		if len(f.Apps) > 1 {
			fmt.Fprintf(&b, " (in %d applications)", len(f.Apps))
		}
		b.WriteByte('\n')
		if f.Hint != "" {
			b.WriteString("\thint: " + f.Hint + "\n")
		}
	}
	fmt.Fprintf(&b, "%s: %s, %s, %s\n", many(len(r.Apps), "application"),
		many(r.Count(diag.Error), "error"), many(r.Count(diag.Warning), "warning"), many(r.Count(diag.Note), "note"))
	return b.String()
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
