package lint

import (
	"fmt"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// Commands of GitHub's runners end at a line break, and their properties at a
// comma or a colon; these are its own escapes.
var (
	escapeData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// GitHub writes the report as workflow commands, which GitHub shows at the lines
// of a pull request.
func (r Report) GitHub() string {
	var b strings.Builder
	for _, f := range r.Findings {
		command := f.Severity.String()
		if f.Severity == diag.Note {
			command = "notice"
		}
		fmt.Fprintf(&b, "::%s ", command)
		if f.File != "" {
			fmt.Fprintf(&b, "file=%s,", escapeProperty.Replace(f.File))
		}
		if f.Line > 0 {
			fmt.Fprintf(&b, "line=%d,col=%d,", f.Line, f.Col)
		}
		fmt.Fprintf(&b, "title=%s::%s\n", escapeProperty.Replace(f.Rule), escapeData.Replace(f.withHint()))
	}
	return b.String()
}

// withHint is all there is to say, on two lines.
func (f Finding) withHint() string {
	if f.Hint == "" {
		return f.whole()
	}
	return f.whole() + "\nhint: " + f.Hint
}
