package manifest

import (
	"bytes"
	"math"
	"unicode/utf8"
)

// indicator marks the bytes with which a plain scalar does not begin; "-" may
// begin one, and so is not among them.
var indicator = [256]bool{
	'?': true, ':': true, ',': true, '[': true, ']': true, '{': true, '}': true, '#': true,
	'&': true, '*': true, '!': true, '|': true, '>': true, '\'': true, '"': true, '%': true,
	'@': true, '`': true, '\t': true, '\n': true, ' ': true,
}

// plainBytes reports whether a text is free of what parsers see differently: most
// control characters, line breaks other than the line feed, and byte order marks.
func plainBytes(text []byte) bool {
	for i, c := range text {
		switch {
		case c >= ' ' && c < 0x7F || c == '\n' || c == '\t':
		case c < 0x80:
			return false
		case c == 0xC2 || c == 0xE2 || c == 0xEF:
			if r, _ := utf8.DecodeRune(text[i:]); !allowed(r) {
				return false
			}
		}
	}
	return true
}

// allowed reports whether every parser takes a character for a part of a text.
func allowed(r rune) bool {
	switch {
	case r < 0xA0, r == 0x2028, r == 0x2029, r == 0xFEFF, r >= 0xFFFD && r <= 0xFFFF:
		return false
	}
	return true
}

// plain reads a plain scalar in a collection at column; it may go on on lines that
// are indented further.
func (r *recogniser) plain(column int) bool {
	start := r.at
	c := r.text[start]
	if indicator[c] || isDash(r.text, start) {
		return false
	}
	stop, ends, ok := plainLine(r.text, start, r.end)
	for ok && !ends {
		at, end := r.continuation(r.end+1, column)
		if at < 0 {
			break
		}
		if r.text[at] == '\t' {
			return false
		}
		if r.text[at] == '#' {
			break
		}
		r.end = end
		stop, ends, ok = plainLine(r.text, at, end)
	}
	if !ok || notText(r.text[start:stop]) {
		return false
	}
	r.leaf(plain, start, stop)
	r.next()
	return true
}

// plainLine reads one line of a plain scalar, up to its last character that is
// not a space. Ends says that a comment follows, which ends the scalar.
func plainLine(text []byte, at, end int) (stop int, ends, ok bool) {
	for i := at; i < end; i++ {
		switch text[i] {
		case ':':
			if isColon(text, i) {
				return 0, false, false
			}
		case '#':
			if i > at && text[i-1] == ' ' {
				end, ends = i, true
			}
		case '\t':
			return 0, false, false
		}
	}
	for text[end-1] == ' ' {
		end--
	}
	return end, ends, true
}

// continuation finds the next line that is not empty, from the line that begins
// at start, and returns the place of its content and its end. At is less than 0
// if it does not belong to a scalar in a collection at column.
func (r *recogniser) continuation(start, column int) (at, end int) {
	for start < len(r.text) {
		end = start + bytes.IndexByte(r.text[start:], '\n')
		at = start
		for r.text[at] == ' ' {
			at++
		}
		if at < end {
			if at-start <= column {
				return -1, 0
			}
			return at, end
		}
		start = end + 1
	}
	return -1, 0
}

// quoted reads a quoted scalar in a collection at column.
func (r *recogniser) quoted(column int) bool {
	quote, k := r.text[r.at], single
	if quote == '"' {
		k = double
	}
	i := r.at + 1
	for {
		switch c := r.text[i]; {
		case c == quote && quote == '\'' && r.text[i+1] == '\'':
			i += 2
		case c == quote:
			r.leaf(k, r.at+1, i)
			return r.finish(i + 1)
		case c == '\\' && quote == '"':
			length := r.escape(i, column)
			if length == 0 {
				return false
			}
			i += length
		case c == '\n':
			if i, _ = r.continuation(i+1, column); i < 0 {
				return false
			}
		case c == '\t':
			return false
		default:
			i++
		}
	}
}

// escape is the length of the escape at a place of a scalar that may have many
// lines: one of a line break reaches up to the text of the next line, and spaces
// at the end of a line would get lost. It is 0 if the escape is not accepted.
func (r *recogniser) escape(at, column int) int {
	if r.text[at+1] != '\n' {
		length := escapeLength(r.text[at:])
		if r.text[at+1] == ' ' && r.text[r.spaces(at+2)] == '\n' {
			return 0
		}
		return length
	}
	next, _ := r.continuation(at+2, column)
	if next < 0 || bytes.IndexByte(r.text[at+2:next], '\n') >= 0 {
		return 0
	}
	return next - at
}

// escapeLength is the length of an escape, 0 if it is not one that all parsers
// take for the same.
func escapeLength(text []byte) int {
	digits := 0
	switch text[1] {
	case '"', '\\', ' ', 'n', 't', 'r', '0', 'a', 'b', 'e', 'f', 'v':
		return 2
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	}
	if digits == 0 || len(text) < 2+digits || !utf8.ValidRune(fromHex(text[2:2+digits])) {
		return 0
	}
	return 2 + digits
}

// fromHex reads a number in hexadecimal; what is none is no character.
func fromHex(digits []byte) rune {
	value := rune(0)
	for _, c := range digits {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		if value > utf8.MaxRune {
			return -1
		}
		value = value<<4 | rune(c)
	}
	return value
}

// blockScalar reads a literal or folded scalar in a collection at column.
func (r *recogniser) blockScalar(column int) bool {
	k, at, chomp := literal, r.at+1, clip
	if r.text[r.at] == '>' {
		k = folded
	}
	switch r.text[at] {
	case '-':
		chomp, at = strip, at+1
	case '+':
		chomp, at = keep, at+1
	}
	for start := at; r.text[at] == ' ' || r.text[at] == '#'; at++ {
		if r.text[at] == '#' {
			if at == start {
				return false
			}
			at = r.end - 1
		}
	}
	if r.text[at] != '\n' {
		return false
	}
	return r.blockLines(node{kind: k, chomp: chomp}, at+1, column)
}

// blockLines reads the lines of a block scalar, which begin at start.
func (r *recogniser) blockLines(n node, start, column int) bool {
	first, end := r.continuation(start, column)
	if first < 0 || r.text[first] == '\t' {
		return false // empty ones are rare, and parsers differ
	}
	lineStart := 1 + bytes.LastIndexByte(r.text[:first], '\n')
	indent := first - lineStart
	if indent > math.MaxUint16 || n.kind == folded && lineStart > start || !shallow(r.text[start:lineStart], indent) {
		return false
	}
	for stop := end; ; {
		n.end = uint32(stop)
		at, next, ok := r.blockLine(stop+1, indent)
		if !ok || at >= 0 && n.kind == folded && (r.text[at] == ' ' || r.text[at] == '\t') {
			return false
		}
		if at < 0 {
			break
		}
		stop = next
	}
	n.start, n.column, n.next = uint32(start), uint16(indent), uint32(len(r.nodes)+1)
	r.nodes = append(r.nodes, n)
	r.end = int(n.end)
	r.next()
	return true
}

// shallow reports whether no line of empty lines is longer than indent.
func shallow(lines []byte, indent int) bool {
	for line := range bytes.Lines(lines) {
		if len(line)-1 > indent {
			return false
		}
	}
	return true
}

// blockLine finds the next line of a block scalar that holds something, from the
// line at start: the place behind its indentation and its end. At is less than 0
// if there is none. Tabs in the indentation are refused.
func (r *recogniser) blockLine(start, indent int) (at, end int, ok bool) {
	for start < len(r.text) {
		end = start + bytes.IndexByte(r.text[start:], '\n')
		at = start
		for r.text[at] == ' ' && at-start < indent {
			at++
		}
		switch {
		case at < end && at-start == indent:
			return at, end, true
		case r.text[at] == '\t':
			return 0, 0, false
		case at < end:
			return -1, 0, true
		}
		start = end + 1
	}
	return -1, 0, true
}
