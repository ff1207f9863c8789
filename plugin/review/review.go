// Package review tells what a branch changes in the applications of a
// repository: which, how, and what Argo CD will do with each.
//
// It knows how much text a place takes. It does not know where the applications
// come from, nor how they were compared.
package review

import "strings"

// What happened to an application.
const (
	Added         = "added"
	Removed       = "removed"
	Changed       = "changed"
	PolicyRemoved = "policy removed"
	// Undeployed is for what is still there, and which an Application had that has it
	// no more.
	Undeployed = "no longer deployed"
	// NotBuilt is for what may differ, and can be built on neither side.
	NotBuilt = "cannot be built"
	// Same and Missing are for what is told of because somebody asked for it.
	Same    = "same"
	Missing = "no such directory"
)

// An Application is one that differs, or that somebody asked for.
type Application struct {
	// Dir is its directory in the repository.
	Dir string `json:"directory"`
	// What is one of the words above.
	What string `json:"change"`
	// Moved says that what its Application says differs, and Fields names where.
	Moved  bool     `json:"application,omitempty"`
	Fields []string `json:"applicationFields,omitempty"`
	// Unread is why files cannot be read, in lines, from which Applications of the
	// directory came before; what those said counts. "" for nothing.
	Unread string `json:"unread,omitempty"`
	// PointedAtBy names the Applications that have the directory as their source
	// although it is removed.
	PointedAtBy []string `json:"pointedAtBy,omitempty"`
	// Objects are those that differ, where both sides could be built.
	Objects []Object `json:"objects,omitempty"`
	// Problems is what building it says now, in lines, and Before what kept it from
	// being built before; "" for nothing.
	Problems string `json:"problems,omitempty"`
	Before   string `json:"before,omitempty"`
	// Plan is what Argo CD will do with it, as Markdown; "" where it is not built.
	Plan string `json:"-"`
}

// An Object is one that is not the same on both sides.
type Object struct {
	Name string `json:"object"`
	What string `json:"change"`
}

// Unread is why files of Applications cannot be read, each of the lines once: many
// applications can come from one file.
func Unread(all []Application) string {
	var b strings.Builder
	told := map[string]bool{}
	for _, a := range all {
		for line := range strings.Lines(a.Unread) {
			if !told[line] {
				told[line] = true
				b.WriteString(line)
			}
		}
	}
	return b.String()
}

// NotBuiltFor is what keeps applications from being built on either side, in lines,
// each text once: many applications can have one base.
func NotBuiltFor(all []Application) string {
	var b strings.Builder
	told := map[string]bool{}
	for _, a := range all {
		if a.What == NotBuilt && !told[a.Problems] {
			told[a.Problems] = true
			b.WriteString(a.Problems)
		}
	}
	return b.String()
}

// Text names the applications that differ, one a line, each after what happened
// to it and a tab, so that programs can read it too.
func Text(all []Application) string {
	var b strings.Builder
	for _, a := range all {
		b.WriteString(a.What + "\t" + a.Dir + "\n")
	}
	return b.String()
}
