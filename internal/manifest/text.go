package manifest

import (
	"bytes"
	"strings"
)

// AppendText appends a text as a YAML scalar, for a renderer that writes objects
// of its own. Argo CD's parser reads it as that text, the recogniser accepts it,
// and so do libraries with the rules of YAML 1.2: what any of them could take for
// a number, a date or a word such as yes is quoted. A text of several lines
// becomes a block scalar whose lines are indented by column spaces, more than
// those of the collection that it is in.
func AppendText(out []byte, text string, column int) []byte {
	raw := []byte(text)
	switch {
	case isPlain(raw):
		return append(out, raw...)
	case IsLiteral(text):
		return appendLiteral(out, raw, column)
	default:
		return appendQuoted(out, text)
	}
}

// isPlain reports whether a text may be written as it is, on one line.
func isPlain(s []byte) bool {
	if len(s) == 0 || indicator[s[0]] || s[0] == '-' && (len(s) == 1 || s[1] == ' ') || bytes.IndexByte(s, '\n') >= 0 {
		return false
	}
	if s[0] >= '0' && s[0] <= '9' && bytes.IndexByte(s, ':') >= 0 {
		return false // a time for some
	}
	line := append(s[:len(s):len(s)], '\n')
	stop, ends, ok := plainLine(line, 0, len(s))
	return ok && !ends && stop == len(s) && surelyText(s) && plainBytes(s)
}

// IsLiteral reports whether AppendText writes a text as a literal block scalar:
// one of several lines that every library reads back. What begins or ends with an
// empty line, or begins with a blank, is left to quotes.
func IsLiteral(text string) bool {
	body := bytes.TrimSuffix([]byte(text), []byte("\n"))
	if bytes.IndexByte(body, '\n') < 0 || body[0] == ' ' || body[0] == '\t' || body[0] == '\n' {
		return false
	}
	last := body[bytes.LastIndexByte(body, '\n')+1:]
	return len(bytes.TrimLeft(last, " \t")) > 0 && plainBytes(body)
}

func appendLiteral(out, s []byte, column int) []byte {
	body, found := bytes.CutSuffix(s, []byte("\n"))
	if out = append(out, '|'); !found {
		out = append(out, '-')
	}
	indent := strings.Repeat(" ", column)
	for line := range bytes.SplitSeq(body, []byte("\n")) {
		out = append(out, '\n')
		if len(line) > 0 {
			out = append(append(out, indent...), line...)
		}
	}
	return out
}
