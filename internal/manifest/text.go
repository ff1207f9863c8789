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
	return appendScalar(out, []byte(text), column)
}

func appendScalar(out, text []byte, column int) []byte {
	if mayBePlain(text) {
		start := len(out)
		out = append(append(out, text...), '\n')
		if isPlainLine(out[start:]) {
			return out[:len(out)-1]
		}
		out = out[:start]
	}
	if IsLiteral(text) {
		return appendLiteral(out, text, column)
	}
	return appendQuoted(out, string(text))
}

// mayBePlain reports whether a text has one line, and begins as one that may be
// written as it is.
func mayBePlain(s []byte) bool {
	if len(s) == 0 || indicator[s[0]] || s[0] == '-' && (len(s) == 1 || s[1] == ' ') || bytes.IndexByte(s, '\n') >= 0 {
		return false
	}
	return s[0] < '0' || s[0] > '9' || bytes.IndexByte(s, ':') < 0 // a time for some
}

// isPlainLine reports whether such a text, here with a line feed, may be written as
// it is.
func isPlainLine(line []byte) bool {
	s := line[:len(line)-1]
	stop, ends, ok := plainLine(line, 0, len(s))
	return ok && !ends && stop == len(s) && surelyText(s) && plainBytes(s)
}

// IsLiteral reports whether AppendText writes a text as a literal block scalar: one
// with a line feed that every library reads back. What begins or ends with an empty
// line, or begins with a blank, is left to quotes.
func IsLiteral[T string | []byte](text T) bool {
	body := bytes.TrimSuffix([]byte(text), []byte("\n"))
	if len(body) == len(text) && bytes.IndexByte(body, '\n') < 0 || len(body) == 0 || body[0] == ' ' || body[0] == '\t' || body[0] == '\n' {
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
