package manifest

import (
	"bytes"
	"math"
)

// The recogniser accepts the part of YAML that manifests are written in: block
// mappings and lists, scalars of every style, and flow collections that end on
// their line. What it accepts means what the full parser makes of it; everything
// it is not sure of it refuses, and the full parser decides. It is strict so that
// it can be right, and so it knows no message: a document that is wrong gets the
// full parser's.
//
// It is a descent over lines. Each function stands on a place in the text and
// leaves the recogniser on the next line with content; false means refused.
type recogniser struct {
	text  []byte // ends with a line feed
	nodes []node
	// keys are hashes of the keys of all mappings that are open, so that those of
	// one mapping stand together.
	keys []uint32
	// at is the place of the content of the current line, end that of its line
	// feed, and column the number of characters before it; column is -1 behind the
	// last line.
	at, end, column int
	depth           int
}

const (
	// deepest is the nesting that is followed. Real CRDs reach about 60.
	deepest = 100
	// longestKey keeps away from the 1,024 characters in which YAML looks for the
	// colon of a key.
	longestKey = 500
	// mostKeys bounds a mapping, because each key is compared with those before it.
	mostKeys = 4096
)

// recognise reads one document. The tree is in r.nodes until the next call; it is
// empty if the document is.
func (r *recogniser) recognise(text []byte) bool {
	*r = recogniser{text: text, nodes: r.nodes[:0], keys: r.keys[:0], end: -1}
	if len(text) > math.MaxInt32 || len(text) == 0 || text[len(text)-1] != '\n' || !plainBytes(text) {
		return false
	}
	if bytes.HasPrefix(text, []byte("---")) {
		r.end = bytes.IndexByte(text, '\n')
	}
	r.next()
	if r.column < 0 {
		return true
	}
	return r.column == 0 && !r.onDash() && r.mapping(0) && r.column < 0
}

// next goes to the next line with content.
func (r *recogniser) next() {
	for start := r.end + 1; start < len(r.text); start = r.end + 1 {
		r.end = start + bytes.IndexByte(r.text[start:], '\n')
		r.at = start
		for r.text[r.at] == ' ' {
			r.at++
		}
		if c := r.text[r.at]; c != '\n' && c != '#' {
			r.column = r.at - start
			return
		}
	}
	r.at, r.column = len(r.text), -1
}

// onDash reports whether the current line goes on with an entry of a list.
func (r *recogniser) onDash() bool { return r.column >= 0 && isDash(r.text, r.at) }

func isDash(text []byte, at int) bool {
	return text[at] == '-' && (text[at+1] == ' ' || text[at+1] == '\n')
}

// open begins a node, which close ends.
func (r *recogniser) open(k kind, start, column int) int {
	r.nodes = append(r.nodes, node{kind: k, start: uint32(start), column: uint16(column)})
	return len(r.nodes) - 1
}

// close ends a node where its last descendant does.
func (r *recogniser) close(i int) {
	r.nodes[i].next = uint32(len(r.nodes))
	r.nodes[i].end = r.nodes[len(r.nodes)-1].end
}

// leaf adds a node that has no children.
func (r *recogniser) leaf(k kind, start, end int) {
	r.nodes = append(r.nodes, node{kind: k, start: uint32(start), end: uint32(end), next: uint32(len(r.nodes) + 1)})
}

// block reads a mapping or a list whose first entry is at the current place.
func (r *recogniser) block(column int) bool {
	if r.onDash() {
		return r.list(column)
	}
	return r.mapping(column)
}

// mapping reads the entries of a block mapping; the first is at the current place.
func (r *recogniser) mapping(column int) bool {
	if r.depth++; r.depth > deepest || column > math.MaxUint16 {
		return false
	}
	self, first := r.open(blockMap, r.at, column), len(r.keys)
	for {
		if !r.key(first) || !r.value(column, true) || r.column > column {
			return false
		}
		if r.column < column {
			break
		}
		if r.onDash() {
			return false
		}
	}
	r.close(self)
	r.keys = r.keys[:first]
	r.depth--
	return true
}

// list reads the entries of a block list; the first dash is at the current place.
func (r *recogniser) list(column int) bool {
	if r.depth++; r.depth > deepest || column > math.MaxUint16 {
		return false
	}
	self := r.open(blockList, r.at, column)
	for {
		if !r.entry(column) || r.column > column {
			return false
		}
		if r.column < column || !r.onDash() {
			break
		}
	}
	r.close(self)
	r.depth--
	return true
}

// entry reads what stands behind a dash. A mapping or another list may begin on
// the same line; its column is where it stands.
func (r *recogniser) entry(column int) bool {
	dash := r.at
	for r.at++; r.text[r.at] == ' '; r.at++ {
	}
	c := r.text[r.at]
	if c == '\n' || c == '#' {
		r.at = dash + 1
		return r.value(column, false)
	}
	inner := column + r.at - dash
	if isDash(r.text, r.at) {
		return r.list(inner)
	}
	if _, _, after := keyAt(r.text, r.at, r.end); after > 0 {
		return r.mapping(inner)
	}
	return r.scalar(column)
}

// value reads what stands behind a colon or a dash, in a collection at column.
// The list that a key has for a value may begin in the key's own column. Templates
// write the {} that they make of an empty mapping on a line of its own.
func (r *recogniser) value(column int, ofKey bool) bool {
	colon := r.at
	for r.text[r.at] == ' ' {
		r.at++
	}
	c := r.text[r.at]
	if c != '\n' && (c != '#' || r.at == colon) {
		return r.scalar(column)
	}
	r.next()
	if r.column > column {
		if c := r.text[r.at]; c == '{' || c == '[' {
			return r.scalar(column)
		}
		return r.block(r.column)
	}
	if ofKey && r.column == column && r.onDash() {
		return r.list(column)
	}
	r.leaf(null, colon, colon)
	return true
}

// scalar reads a value that begins on the current line, which is not a block
// collection.
func (r *recogniser) scalar(column int) bool {
	switch r.text[r.at] {
	case '\'', '"':
		return r.quoted(column)
	case '|', '>':
		return r.blockScalar(column)
	case '{', '[':
		after := r.flow(r.at)
		return after > 0 && r.finish(after)
	default:
		return r.plain(column)
	}
}

// finish wants nothing but a comment behind a value, and goes to the next line.
func (r *recogniser) finish(at int) bool {
	start := at
	for r.text[at] == ' ' {
		at++
	}
	if c := r.text[at]; c != '\n' && (c != '#' || at == start) {
		return false
	}
	r.end = at + bytes.IndexByte(r.text[at:], '\n')
	r.next()
	return true
}

// key reads a key and its colon; the keys of its mapping begin at first.
func (r *recogniser) key(first int) bool {
	start, end, after := keyAt(r.text, r.at, r.end)
	if after == 0 || !r.addKey(first, start, end) {
		return false
	}
	r.at = after
	return true
}

// addKey adds a key unless its mapping has it already.
func (r *recogniser) addKey(first, start, end int) bool {
	name := r.text[start:end]
	plain := start == 0 || r.text[start-1] != '"' && r.text[start-1] != '\''
	if len(name) == 0 || len(name) > longestKey || len(r.keys)-first >= mostKeys || plain && !surelyText(name) {
		return false
	}
	sum := hash(name)
	for _, other := range r.keys[first:] {
		if other == sum {
			return false // the same key, or too rare to look closer
		}
	}
	r.keys = append(r.keys, sum)
	r.leaf(keyNode, start, end)
	return true
}

// hash is FNV-1a.
func hash(name []byte) uint32 {
	sum := uint32(2166136261)
	for _, c := range name {
		sum = (sum ^ uint32(c)) * 16777619
	}
	return sum
}

// keyAt finds the key at a place of a line that ends at end: where its text is,
// without quotes, and the place behind its colon. After is 0 if there is none, or
// none that is accepted.
func keyAt(text []byte, at, end int) (start, stop, after int) {
	if quote := text[at]; quote == '"' || quote == '\'' {
		length := bytes.IndexByte(text[at+1:end], quote)
		stop = at + 1 + length
		if length < 0 || bytes.ContainsAny(text[at+1:stop], "\\\t") || !isColon(text, stop+1) {
			return 0, 0, 0
		}
		return at + 1, stop, stop + 2
	}
	if indicator[text[at]] || text[at] == '-' {
		return 0, 0, 0
	}
	for i := at; i < end; i++ {
		switch text[i] {
		case ':':
			if isColon(text, i) {
				if text[i-1] == ' ' {
					return 0, 0, 0
				}
				return at, i, i + 1
			}
		case '#':
			if text[i-1] == ' ' {
				return 0, 0, 0
			}
		case '\t':
			return 0, 0, 0
		}
	}
	return 0, 0, 0
}

// isColon reports whether a colon that ends a key is at a place.
func isColon(text []byte, at int) bool {
	return text[at] == ':' && (text[at+1] == ' ' || text[at+1] == '\n')
}
