package probe

import "strings"

// OneLine keeps a text that somebody else wrote readable in a message: on one
// line, and of bounded length.
func OneLine(text string) string {
	const most = 500
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
