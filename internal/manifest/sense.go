package manifest

import "bytes"

// A Sense is what a scalar means to every parser, whether it has the rules of YAML
// 1.1, as Argo CD's, or of 1.2, as kustomize's.
type Sense uint8

// The senses. Parsers differ, or may differ, about what is unsure: yes, 010, 1_000,
// 1e3, dates.
const (
	SenseUnsure Sense = iota
	SenseText
	SenseNull
	SenseOther // true, false, or a number that is written in the one usual way
)

// Sense says what a scalar means; of collections it is unsure.
func (p Part) Sense() Sense {
	switch n := p.tree.nodes[p.at]; n.kind {
	case null:
		return SenseNull
	case single, double, literal, folded:
		return SenseText
	case plain, keyNode:
		return senseOf(p.tree.text[n.start:n.end])
	default:
		return SenseUnsure
	}
}

// senseOf is the sense of a plain scalar.
func senseOf(s []byte) Sense {
	if len(s) == 0 || dated(s) || notText(s) {
		return SenseUnsure
	}
	switch string(s) {
	case "~", "null", "Null", "NULL":
		return SenseNull
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return SenseOther
	}
	if surelyText(s) || likeVersion(s) {
		return SenseText
	}
	if _, ok := smallInt(s); ok || smallDecimal(s) {
		return SenseOther
	}
	return SenseUnsure
}

// dated reports whether a plain scalar begins as a date does.
func dated(s []byte) bool {
	const year = "2026"
	if len(s) <= len(year)+1 || s[len(year)] != '-' || !isDigit(s[len(year)+1]) {
		return false
	}
	for _, c := range s[:len(year)] {
		if !isDigit(c) {
			return false
		}
	}
	return true
}

// likeVersion reports whether a plain scalar that has the characters of a number, and
// is no date, can be none: two points, or a sign in the middle, as in 1.2.3 and in
// 12ab-34cd. Behind a prefix, or without its underscores, it might be one yet.
func likeVersion(s []byte) bool {
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		s = s[1:]
	}
	if len(s) < 2 || !isDigit(s[0]) || s[0] == '0' && isLetter(s[1]) || bytes.IndexByte(s, '_') >= 0 {
		return false
	}
	for i, c := range s[1:] {
		if (c == '-' || c == '+') && s[i] != 'e' && s[i] != 'E' {
			return true
		}
	}
	return bytes.Count(s, []byte(".")) > 1
}

// smallDecimal reports whether a number has a few digits before and behind its point,
// and no more of them than it needs, so that everybody writes it as it is.
func smallDecimal(s []byte) bool {
	const most = 6
	whole, fraction, found := bytes.Cut(bytes.TrimPrefix(s, []byte("-")), []byte("."))
	if !found || len(whole) == 0 || len(whole) > most || len(whole) > 1 && whole[0] == '0' ||
		len(fraction) == 0 || len(fraction) > most || fraction[len(fraction)-1] == '0' {
		return false
	}
	for _, c := range append(whole[:len(whole):len(whole)], fraction...) {
		if !isDigit(c) {
			return false
		}
	}
	return true
}

// Printable reports whether a text has nothing that parsers of YAML see differently:
// control characters but tabs and line feeds, other line ends, byte order marks.
func Printable(text []byte) bool { return plainBytes(text) }
