package manifest

import (
	"bytes"
	"strings"
	"unicode/utf8"

	jsonutil "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// mayBeOther marks the first bytes of plain scalars that may be something else
// than text for go-yaml v2, which Argo CD reads with.
var mayBeOther = [256]bool{
	'+': true, '-': true, '.': true, '~': true,
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true,
	'y': true, 'Y': true, 'n': true, 'N': true, 't': true, 'T': true, 'f': true, 'F': true, 'o': true, 'O': true,
}

// surelyText reports whether a plain scalar is text for every parser.
func surelyText(s []byte) bool {
	if len(s) == 0 || notText(s) {
		return false
	}
	if !mayBeOther[s[0]] {
		return true
	}
	if _, isWord := word(s); isWord {
		return false
	}
	return !isNumeric(s)
}

// isNumeric reports whether a plain scalar that may be something else than text
// may be a number for go-yaml v2. Dates are none: they stay text.
func isNumeric(s []byte) bool {
	if c := s[0]; c != '.' && c != '+' && c != '-' && (c < '0' || c > '9') {
		return false
	}
	allowed, digits := decimal, false
	if bytes.ContainsAny(s, "_xXoObB") {
		allowed = prefixed
	}
	for _, c := range s {
		digits = digits || c >= '0' && c <= '9'
		if strings.IndexByte(allowed, c) < 0 {
			return false
		}
	}
	return digits
}

// What a number may consist of; go-yaml v2 drops underscores before it looks for a
// prefix such as 0x.
const (
	decimal  = "0123456789.eE+-"
	prefixed = decimal + "_xXoOabcdfABCDF"
)

// notText reports whether a plain scalar has a meaning that has no place in a
// manifest: a merge key, or a number that is not finite.
func notText(s []byte) bool {
	if len(s) < 2 || len(s) > 5 {
		return false
	}
	if string(s) == "<<" {
		return true
	}
	if s[0] == '+' || s[0] == '-' {
		s = s[1:]
	}
	switch string(s) {
	case ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF":
		return true
	}
	return false
}

// word returns the value of the words that are not text.
func word(s []byte) (value any, ok bool) {
	if len(s) > len("false") {
		return nil, false
	}
	switch string(s) {
	case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
		return true, true
	case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
		return false, true
	case "~", "null", "Null", "NULL":
		return nil, true
	}
	return nil, false
}

// resolved is the value of a plain scalar. Ok is false if the library that
// decides about odd numbers does not agree that it is a scalar.
func resolved(s []byte) (value any, ok bool) {
	if !mayBeOther[s[0]] {
		return string(s), true
	}
	if value, ok := word(s); ok {
		return value, true
	}
	if !isNumeric(s) {
		return string(s), true
	}
	if n, ok := smallInt(s); ok {
		return n, true
	}
	raw, err := yaml.YAMLToJSON(append([]byte("- "), s...))
	if err != nil {
		return nil, false
	}
	var list []any
	if err := jsonutil.Unmarshal(raw, &list); err != nil || len(list) != 1 {
		return nil, false
	}
	return list[0], true
}

// smallInt reads an integer without a leading zero, of at most 18 digits.
func smallInt(s []byte) (n int64, ok bool) {
	digits, negative := s, s[0] == '-'
	if negative {
		digits = s[1:]
	}
	if len(digits) == 0 || len(digits) > 18 || digits[0] == '0' && (len(digits) > 1 || negative) {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}

// text is the value of a scalar that is not plain, and the text of one that is.
func (n node) text(doc []byte) string {
	raw := doc[n.start:n.end]
	switch n.kind {
	case null:
		return ""
	case single:
		if !bytes.ContainsAny(raw, "'\n") {
			return string(raw)
		}
		return strings.ReplaceAll(string(unfolded(raw)), "''", "'")
	case double:
		if !bytes.ContainsAny(raw, "\\\n") {
			return string(raw)
		}
		return unescaped(unfolded(joined(raw)))
	case literal, folded:
		return string(n.blockText(doc))
	default:
		if bytes.IndexByte(raw, '\n') < 0 {
			return string(raw)
		}
		return string(unfolded(raw))
	}
}

// unfolded joins the lines of a flow scalar: one line break is a space, each
// further one stays.
func unfolded(raw []byte) []byte {
	line, rest, more := bytes.Cut(raw, []byte("\n"))
	if !more {
		return raw
	}
	out := append(make([]byte, 0, len(raw)), bytes.TrimRight(line, " ")...)
	for more {
		breaks := 0
		for {
			breaks++
			line, rest, more = bytes.Cut(rest, []byte("\n"))
			line = bytes.TrimLeft(line, " ")
			if len(line) > 0 || !more {
				break
			}
		}
		if breaks == 1 {
			out = append(out, ' ')
		}
		for ; breaks > 1; breaks-- {
			out = append(out, '\n')
		}
		if more {
			line = bytes.TrimRight(line, " ")
		}
		out = append(out, line...)
	}
	return out
}

// joined takes out the line breaks that are escaped, and the spaces behind them.
func joined(raw []byte) []byte {
	if !bytes.Contains(raw, []byte("\\\n")) {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		switch {
		case raw[i] != '\\':
			out = append(out, raw[i])
			i++
		case raw[i+1] != '\n':
			out = append(out, raw[i], raw[i+1])
			i += 2
		default:
			rest := bytes.TrimLeft(raw[i+2:], " ")
			i = len(raw) - len(rest)
		}
	}
	return out
}

// unescaped replaces the escapes that escapeLength knows.
func unescaped(raw []byte) string {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			i++
			continue
		}
		length := escapeLength(raw[i:])
		if length > 2 {
			out = utf8.AppendRune(out, fromHex(raw[i+2:i+length]))
		} else {
			out = append(out, escapes[raw[i+1]])
		}
		i += max(length, 2)
	}
	return string(out)
}

var escapes = [256]byte{
	'"': '"', '\\': '\\', ' ': ' ', 'n': '\n', 't': '\t', 'r': '\r', '0': 0,
	'a': '\a', 'b': '\b', 'e': 0x1B, 'f': '\f', 'v': '\v',
}

// blockText is the text of a block scalar, made new.
func (n node) blockText(doc []byte) []byte {
	out := make([]byte, 0, int(n.end-n.start)+1)
	gap := false
	for line := range bytes.Lines(doc[n.start : n.end+1]) {
		line = line[:len(line)-1]
		line = line[min(int(n.column), len(line)):]
		if n.kind == literal {
			out = append(append(out, line...), '\n')
			continue
		}
		switch {
		case len(line) == 0:
			out, gap = append(out, '\n'), true
		case len(out) > 0 && !gap:
			out = append(append(out, ' '), line...)
		default:
			out, gap = append(out, line...), false
		}
	}
	if n.kind == literal {
		out = out[:len(out)-1]
	}
	switch n.chomp {
	case strip:
	case clip:
		out = append(out, '\n')
	case keep:
		out = append(out, '\n')
		for line := range bytes.Lines(doc[n.end+1:]) {
			if len(bytes.TrimLeft(line, " ")) > 1 {
				break
			}
			out = append(out, '\n')
		}
	}
	return out
}
