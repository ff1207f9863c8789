package change

import (
	"fmt"
	"strings"
)

// Text renders changes for a terminal: a line for each object and its
// difference below.
func Text(changes []Change, colour bool) string {
	var b strings.Builder
	for i, c := range changes {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s: %s\n", c.Ref(), c.What)
		for line := range strings.Lines(c.Diff) {
			b.WriteString(paint(line, colour))
		}
	}
	return b.String()
}

func paint(line string, colour bool) string {
	code := map[byte]string{'+': "32", '-': "31", '@': "36"}[line[0]]
	if !colour || code == "" {
		return line
	}
	return "\x1b[" + code + "m" + strings.TrimSuffix(line, "\n") + "\x1b[0m\n"
}

// Markdown renders changes for a pull request: a sentence that counts them, and
// each difference to fold out.
func Markdown(changes []Change) string {
	if len(changes) == 0 {
		return "No object changes.\n"
	}
	counts := map[string]int{}
	for _, c := range changes {
		counts[c.What]++
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d added, %d changed, %d removed\n", counts[Added], counts[Changed], counts[Removed])
	for _, c := range changes {
		fence := Fence(c.Diff)
		fmt.Fprintf(&b, "\n<details><summary><code>%s</code> %s</summary>\n\n%sdiff\n%s%s\n\n</details>\n",
			escape(c.Ref()), c.What, fence, c.Diff, fence)
	}
	return b.String()
}

// Fence is longer than any run of backquotes in text, which may hold a fence
// of its own.
func Fence(text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
