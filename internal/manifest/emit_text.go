package manifest

import (
	"bytes"
	"strings"
)

// A layout says whether a text without line feeds may be written on several lines.
type layout bool

const (
	onOneLine layout = false
	foldable  layout = true
)

// text writes a text of a collection at column.
func (e *emitter) text(s string, column int, form layout) bool {
	if !isASCII(s) {
		return false
	}
	if strings.Contains(s, "\n") {
		return e.literal(s, column+2)
	}
	needs, isWide := quotesOf(s), strings.Contains(s, " ") && e.column()+len(s)+2 >= widest
	switch {
	case needs == '?' || isWide && (needs != 0 || form == onOneLine):
		return false
	case isWide:
		e.folded(s, column+2)
	case needs == '\'':
		e.out = append(append(append(e.out, '\''), strings.ReplaceAll(s, "'", "''")...), '\'')
	case needs == '"':
		e.out = append(append(append(e.out, '"'), s...), '"')
	default:
		e.out = append(e.out, s...)
	}
	return true
}

// column is how many bytes the current line has.
func (e *emitter) column() int { return len(e.out) - 1 - bytes.LastIndexByte(e.out, '\n') }

// folded writes a plain text on lines that end at the first single space behind the
// widest column; the others begin at column.
func (e *emitter) folded(s string, column int) {
	at := e.column()
	for i := range len(s) {
		if s[i] == ' ' && at > widest && s[i-1] != ' ' && s[i+1] != ' ' {
			e.out = append(e.out, '\n')
			e.indent(column)
			at = column
			continue
		}
		e.out = append(e.out, s[i])
		at++
	}
}

// literal writes a text of several lines as a block whose lines begin at column.
func (e *emitter) literal(s string, column int) bool {
	if s[0] == ' ' || s[0] == '\n' || strings.Contains(s, " \n") || strings.HasSuffix(s, " ") || strings.HasSuffix(s, "\n\n") {
		return false
	}
	e.out = append(e.out, '|')
	if !strings.HasSuffix(s, "\n") {
		e.out = append(e.out, '-')
	}
	e.out = append(e.out, '\n')
	for line := range strings.Lines(s) {
		if line != "\n" {
			e.indent(column)
		}
		e.out = append(e.out, line...)
	}
	return true
}

// isASCII reports whether a text has nothing but printable ASCII and line feeds.
func isASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '\n' && (c < ' ' || c > '~') {
			return false
		}
	}
	return true
}

// quotesOf is the quotes in which the library writes a text of one line: 0 for
// none, '?' if that is not known here.
func quotesOf(s string) byte {
	raw := []byte(s)
	if s == "" {
		return '"'
	}
	if s[0] == ' ' || s[len(s)-1] == ' ' || (s[0] <= '9' && strings.Contains(s, ":")) {
		return '?' // the second may be a number to the base of 60
	}
	if !surelyText(raw) {
		value, ok := resolved(raw)
		if _, isText := value.(string); !ok || isText || strings.ContainsAny(s, `"\`) {
			return '?'
		}
		return '"'
	}
	if needsQuotes(s) {
		return '\''
	}
	return 0
}

// needsQuotes reports whether a text means something else without quotes.
func needsQuotes(s string) bool {
	if strings.HasPrefix(s, "---") || strings.HasPrefix(s, "...") || strings.IndexByte("#,[]{}&*!|>'\"%@`", s[0]) >= 0 {
		return true
	}
	for i := range len(s) {
		last := i+1 == len(s) || s[i+1] == ' '
		switch c := s[i]; {
		case c == ':' && last, c == '#' && i > 0 && s[i-1] == ' ', i == 0 && last && (c == '-' || c == '?'):
			return true
		}
	}
	return false
}
