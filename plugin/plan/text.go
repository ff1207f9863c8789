package plan

import (
	"fmt"
	"strings"
	"time"
)

// NoHooks says when Argo CD syncs without running hooks. People learn it from a
// backup that was not taken.
const NoHooks = "hooks do not run when Argo CD heals a drift by itself, syncs selected resources only, or rolls back"

// A Style puts emphasis into text for a terminal; the zero value leaves it plain.
type Style struct{ Colour bool }

func (s Style) bold(text string) string { return s.paint("1", text) }
func (s Style) dim(text string) string  { return s.paint("2", text) }
func (s Style) red(text string) string  { return s.paint("31", text) }

func (s Style) paint(code, text string) string {
	if !s.Colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Text renders p as a tree for people.
func (p Plan) Text(style Style) string {
	var b strings.Builder
	for _, phase := range p.Phases {
		fmt.Fprintf(&b, "%s\n", style.bold(phase.Name))
		for i, wave := range phase.Waves {
			branch, stem := "├─", "│ "
			if i == len(phase.Waves)-1 {
				branch, stem = "└─", "  "
			}
			fmt.Fprintf(&b, "%s wave %d\n", branch, wave.Number)
			for _, step := range wave.Steps {
				step.text(&b, stem, style)
			}
		}
	}
	for _, step := range p.Never {
		fmt.Fprintf(&b, "%s %s\n", style.red("never"), step.ref())
	}
	for _, line := range p.notes() {
		fmt.Fprintf(&b, "\n%s\n", line)
	}
	return b.String()
}

func (s Step) text(b *strings.Builder, stem string, style Style) {
	line := s.ref()
	if words := s.words(); words != "" {
		line += "  " + style.dim(words)
	}
	fmt.Fprintf(b, "%s   %s\n", stem, line)
	for _, check := range s.Checks {
		fmt.Fprintf(b, "%s     · %s\n", stem, check)
	}
}

// ref names the object as messages about objects do.
func (s Step) ref() string {
	if s.Namespace == "" {
		return s.Kind + " " + s.name()
	}
	return fmt.Sprintf("%s %s/%s", s.Kind, s.Namespace, s.name())
}

// name is the object's, as far as it is known before a sync.
func (s Step) name() string {
	if s.Name == "" && s.GenerateName != "" {
		return s.GenerateName + "…"
	}
	return s.Name
}

// words say what there is to say of a hook.
func (s Step) words() string {
	switch {
	case !s.Hook:
		return ""
	case !s.runs():
		return "hook"
	case s.Run != "":
		return "hook, skipped where nothing changed, " + s.end()
	}
	return "hook, " + s.end()
}

// end says when a hook ends at the latest.
func (s Step) end() string {
	within := Wait(time.Duration(s.Deadline) * time.Second).String()
	switch {
	case s.Deadline == 0:
		return "without a deadline: may hang for ever"
	case s.isPod():
		return "ends within " + within + " of its start on a node"
	}
	return "ends within " + within
}

// notes are what a reader must know beside the order.
func (p Plan) notes() []string {
	var out []string
	if p.Namespace != "" {
		out = append(out, "What is named without a namespace, and is not cluster-wide, is in "+p.Namespace+".")
	}
	if p.Waits {
		out = append(out, "Between waves and phases Argo CD waits until everything that it applied is healthy; what is Degraded fails the sync.")
	} else {
		out = append(out, "One wave: the sync ends as soon as everything is applied, healthy or not.")
	}
	if p.Retry != nil {
		out = append(out, p.Retry.words()+" "+p.whereItCounts())
	}
	return append(out, strings.ToUpper(NoHooks[:1])+NoHooks[1:]+".")
}

func (r *Retry) words() string {
	if r.Limit == 0 {
		return "A failed sync is not tried again."
	}
	revision := "with the same revision"
	if r.Refresh {
		revision = "with the newest revision"
	}
	return fmt.Sprintf("A failed sync is tried again %s, %s and from PreSync on, after %s (documented: %s).",
		r.times(), revision, waitsText(r.Real), waitsText(r.Documented))
}

func (r *Retry) times() string {
	switch {
	case r.Limit < 0:
		return "without end"
	case r.Limit == 0:
		return "never"
	case r.Limit == 1:
		return "once"
	}
	return fmt.Sprintf("%d times", r.Limit)
}

// whereItCounts is what people learn from a sync that is not tried again: a retry
// belongs to the Application, which is not among its own objects.
func (p Plan) whereItCounts() string {
	switch {
	case p.Retry.File == "":
		return "This counts only where an app of apps with a policy renders the Application; elsewhere what stands in the Application does."
	case p.PolicyRetry == nil:
		return "This stands in the Application (" + p.Retry.File + ")."
	}
	return fmt.Sprintf("This stands in the Application (%s). The policy's retry (%s) is not in force: no directory with a policy is seen to render the Application.",
		p.Retry.File, p.PolicyRetry.times())
}

func waitsText(waits []Wait) string {
	parts := make([]string, len(waits))
	for i, w := range waits {
		parts[i] = w.String()
	}
	return strings.Join(parts, ", ")
}
