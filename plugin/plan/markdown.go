package plan

import (
	"fmt"
	"strings"
)

// Markdown renders p for a pull request: a picture of the phases, and a table of
// what each wave holds.
func (p Plan) Markdown() string {
	var b strings.Builder
	b.WriteString(p.mermaid())
	b.WriteString("\n| phase | wave | object | |\n|---|---|---|---|\n")
	for _, phase := range p.Phases {
		for _, wave := range phase.Waves {
			for _, s := range wave.Steps {
				fmt.Fprintf(&b, "| %s | %d | %s | %s |\n", phase.Name, wave.Number, cell(s.ref()), cell(s.remarks()))
			}
		}
	}
	for _, s := range p.Never {
		fmt.Fprintf(&b, "| never | | %s | its hook annotation has no value that Argo CD knows |\n", cell(s.ref()))
	}
	for _, note := range p.notes() {
		b.WriteString("\n" + note + "\n")
	}
	return b.String()
}

// remarks are the words about a step and its checks.
func (s Step) remarks() string {
	parts := s.Checks
	if words := s.words(); words != "" {
		parts = append([]string{words}, parts...)
	}
	return strings.Join(parts, "; ")
}

// mermaid draws the phases as boxes with an arrow to the next; each of them that
// fails leads to SyncFail, where there is such a hook.
func (p Plan) mermaid() string {
	var b strings.Builder
	b.WriteString("```mermaid\nflowchart LR\n")
	var before []string // the phases of a sync so far
	for _, phase := range p.Phases {
		fmt.Fprintf(&b, "  %s[\"%s\"]\n", phase.Name, phase.label())
		switch phase.Name {
		case "SyncFail":
			for _, name := range before {
				fmt.Fprintf(&b, "  %s -. fails .-> SyncFail\n", name)
			}
		case "PreDelete", "PostDelete":
			// A deletion is not part of a sync.
		default:
			if n := len(before); n > 0 {
				fmt.Fprintf(&b, "  %s --> %s\n", before[n-1], phase.Name)
			}
			before = append(before, phase.Name)
		}
	}
	b.WriteString("```\n")
	return b.String()
}

// label names a phase and its hooks, and counts the rest.
func (p Phase) label() string {
	lines, others := []string{p.Name}, 0
	for _, wave := range p.Waves {
		for _, s := range wave.Steps {
			if s.runs() {
				lines = append(lines, entities(s.name()))
				continue
			}
			others++
		}
	}
	switch others {
	case 0:
	case 1:
		lines = append(lines, "1 object")
	default:
		lines = append(lines, fmt.Sprintf("%d objects", others))
	}
	return strings.Join(lines, "<br>")
}

// entities keeps a text inside a quoted label of Mermaid, which has entities of its
// own.
func entities(s string) string {
	return strings.NewReplacer(
		"#", "#35;", `"`, "#quot;", "&", "#amp;", "<", "#lt;", ">", "#gt;", "`", "#96;", "\n", " ",
	).Replace(s)
}

// cell keeps a text inside its cell of a table.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "<", "&lt;").Replace(s)
}
