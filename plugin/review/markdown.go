package review

import (
	"fmt"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/plugin/change"
)

// maxComment leaves room in the 65,536 characters that a comment on GitHub takes,
// and maxSummary is what the summary of one of its steps takes, 1 MiB.
const (
	maxComment = 60_000
	maxSummary = 1 << 20
)

// maxObjects is how many objects, or fields of an Application, a sentence names:
// what more there is, diff shows, and git.
const maxObjects = 8

// Markdown has a section for each application, however long it becomes.
func Markdown(all []Application) string {
	var b strings.Builder
	for _, a := range all {
		b.WriteString(a.heading() + a.body() + "\n")
	}
	return b.String()
}

// Comment is Markdown for a comment on a pull request, at most 60,000 bytes. It
// refers to the summary of the job for what is too long, and counts what not
// even the names have room of.
func Comment(all []Application) string {
	return fit(all, maxComment, "Too long for a comment: see the summary of the job.\n", "%d more: see the summary of the job.\n")
}

// Summary is Markdown for the summary of a step, at most 1 MiB.
func Summary(all []Application) string {
	return fit(all, maxSummary, "Too long for a summary: see `argocd-safesync plan`.\n", "%d more than a summary takes: see `argocd-safesync review`.\n")
}

// fit is Markdown of at most so many bytes. A section that has no room is
// replaced by a sentence; once that has none, the others are counted.
func fit(all []Application, most int, instead, more string) string {
	most -= len(fmt.Sprintf(more, len(all)))
	var b strings.Builder
	for i, a := range all {
		section := a.heading() + a.body() + "\n"
		if b.Len()+len(section) > most {
			section = a.heading() + instead + "\n"
		}
		if b.Len()+len(section) > most {
			fmt.Fprintf(&b, more, len(all)-i)
			break
		}
		b.WriteString(section)
	}
	return b.String()
}

func (a Application) heading() string {
	return "### " + plain(a.Dir) + "\n\n"
}

func (a Application) body() string {
	return a.unread() + a.rest()
}

// unread says from which files its Applications came that cannot be read; "" for
// none.
func (a Application) unread() string {
	if a.Unread == "" {
		return ""
	}
	return "The file of its Application cannot be read any more; what it said before counts here:\n\n" + fenced(a.Unread) + "\n"
}

// rest is all but what unread says.
func (a Application) rest() string {
	switch a.What {
	case Removed:
		return a.removed()
	case PolicyRemoved:
		return "The policy is removed: its hooks no longer run.\n"
	case Undeployed:
		return "No Application deploys it any more: its hooks no longer run.\n"
	case Missing:
		return "There is no such directory.\n"
	}
	var b strings.Builder
	if line := a.difference(); line != "" {
		b.WriteString(line + "\n\n")
	}
	b.WriteString(a.Plan)
	switch {
	case a.Problems == "":
	case a.What == NotBuilt:
		b.WriteString("It can be built neither now nor as it was, so what differs is not known:\n\n")
	case a.Plan == "":
		b.WriteString("It cannot be planned:\n\n")
	default:
		b.WriteString("\n")
	}
	b.WriteString(fenced(a.Problems))
	if a.Before != "" {
		b.WriteString("\nBefore, it could not be built:\n\n" + fenced(a.Before))
	}
	return b.String()
}

// removed says whether Applications are left behind, which Argo CD cannot render.
func (a Application) removed() string {
	names := listed(a.PointedAtBy)
	switch len(a.PointedAtBy) {
	case 0:
		return "The application is removed.\n"
	case 1:
		return "The directory is removed, and Application " + names + " still points at it: Argo CD will report an error once it takes this revision.\n"
	}
	return "The directory is removed, and Applications " + names + " still point at it: Argo CD will report errors once they take this revision.\n"
}

// listed names what others wrote: the first of them, and how many more there are.
func listed(names []string) string {
	var out []string
	for _, name := range names[:min(len(names), maxObjects)] {
		out = append(out, plain(name))
	}
	line := strings.Join(out, ", ")
	if more := len(names) - maxObjects; more > 0 {
		line += fmt.Sprintf(" and %d more", more)
	}
	return line
}

// difference is a sentence about what differs; "" where that is all or not known.
func (a Application) difference() string {
	if a.What == Added {
		return "The application is new."
	}
	switch {
	case a.What != Changed && a.What != NotBuilt || !a.Moved && len(a.Objects) == 0:
		return ""
	case len(a.Objects) == 0:
		return a.moved()
	}
	var names []string
	for _, o := range a.Objects[:min(len(a.Objects), maxObjects)] {
		names = append(names, plain(o.Name)+" ("+o.What+")")
	}
	line := "What differs: " + strings.Join(names, ", ")
	if more := len(a.Objects) - maxObjects; more > 0 {
		line += fmt.Sprintf(" and %d more", more)
	}
	return strings.TrimPrefix(a.moved()+" "+line+".", " ")
}

// moved is a sentence about what its Application says; "" if that is the same.
func (a Application) moved() string {
	if !a.Moved {
		return ""
	}
	return "What its Application says has changed: " + listed(a.Fields) + "."
}

// plain keeps a name, which others wrote, from being read as Markdown.
func plain(name string) string {
	return strings.NewReplacer("<", "&lt;", "*", `\*`, "`", "\\`", "[", `\[`, "\n", " ").Replace(name)
}

func fenced(text string) string {
	if text == "" {
		return ""
	}
	fence := change.Fence(text)
	return fence + "\n" + strings.TrimRight(text, "\n") + "\n" + fence + "\n"
}
