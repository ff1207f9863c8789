package manifest

import "bytes"

// A kind is what a node of a document is.
type kind uint8

const (
	null     kind = iota // nothing is written
	keyNode              // a key; its value is the next node
	plain                // the scalars, by their style
	single               // 'text'
	double               // "text"
	literal              // |
	folded               // >
	blockMap             // the collections; the keys and values, or the items, follow
	blockList
	flowMap
	flowList
	unread // a collection that the head of a document leaves out
)

// chomping says what becomes of the line feeds at the end of a block scalar.
type chomping uint8

const (
	clip chomping = iota
	strip
	keep
)

// A node is a part of a recognised document. A document is a list of nodes in the
// order of its text, which spares a tree of pointers: next is the index of the
// first node that is no descendant.
type node struct {
	// start and end are the place of the value in the text: of a scalar without
	// its quotes; of the lines of a block scalar up to, and not with, the last line
	// feed that is not an empty line's.
	start, end, next uint32
	// column is where the entries of a block collection begin, and how far the
	// lines of a block scalar are indented.
	column uint16
	kind   kind
	chomp  chomping
}

func (k kind) isMap() bool  { return k == blockMap || k == flowMap }
func (k kind) isList() bool { return k == blockList || k == flowList }

// A tree is a recognised document and its text.
type tree struct {
	text  []byte
	nodes []node
}

// value returns the value of the node at i, made new.
func (t tree) value(i int) (value any, ok bool) {
	n := t.nodes[i]
	switch {
	case n.kind == null:
		return nil, true
	case n.kind == plain:
		if bytes.IndexByte(t.text[n.start:n.end], '\n') >= 0 {
			return n.text(t.text), true // words and numbers have one line
		}
		return resolved(t.text[n.start:n.end])
	case n.kind.isMap():
		out := make(map[string]any, (int(n.next)-i)/2)
		for j := i + 1; j < int(n.next); j = int(t.nodes[j+1].next) {
			if out[t.nodes[j].text(t.text)], ok = t.value(j + 1); !ok {
				return nil, false
			}
		}
		return out, true
	case n.kind.isList():
		out := []any{}
		for j := i + 1; j < int(n.next); j = int(t.nodes[j].next) {
			item, ok := t.value(j)
			if !ok {
				return nil, false
			}
			out = append(out, item)
		}
		return out, true
	default:
		return n.text(t.text), true
	}
}

// resolvable reports whether every scalar has a value. Those that could have none
// are odd numbers, of which there are few.
func (t tree) resolvable() bool {
	for _, n := range t.nodes {
		if n.kind != plain {
			continue
		}
		s := t.text[n.start:n.end]
		if !mayBeOther[s[0]] || !isNumeric(s) {
			continue
		}
		if _, ok := smallInt(s); ok {
			continue
		}
		if _, ok := resolved(s); !ok {
			return false
		}
	}
	return true
}

// child returns the index of the node at a step below the node at i; less than 0
// if there is none.
func (t tree) child(i int, step any) int {
	switch step := step.(type) {
	case string:
		return t.at(i, step)
	case int:
		n := t.nodes[i]
		for j := i + 1; n.kind.isList() && step >= 0 && j < int(n.next); j = int(t.nodes[j].next) {
			if step == 0 {
				return j
			}
			step--
		}
	}
	return -1
}

// at returns the index of the value of a key of the node at i; less than 0 if
// there is none.
func (t tree) at(i int, name string) int {
	n := t.nodes[i]
	for j := i + 1; n.kind.isMap() && j < int(n.next); j = int(t.nodes[j+1].next) {
		if key := t.nodes[j]; string(t.text[key.start:key.end]) == name {
			return j + 1
		}
	}
	return -1
}

// find follows a path from the root as far as it goes: at is the last node that
// is there, and depth the number of steps to it.
func (t tree) find(path []any) (at, depth int) {
	for depth < len(path) {
		next := t.child(at, path[depth])
		if next < 0 {
			break
		}
		at, depth = next, depth+1
	}
	return at, depth
}

// head appends the nodes of the root's keys, and of the metadata below them, to
// the empty out.
func (t tree) head(out []node) []node {
	out = append(out, t.nodes[0])
	for i := 1; i < len(t.nodes); i = int(t.nodes[i+1].next) {
		key, value := t.nodes[i], t.nodes[i+1]
		out = append(out, key)
		switch {
		case string(t.text[key.start:key.end]) == "metadata":
			shift := uint32(i + 1 - len(out))
			for _, n := range t.nodes[i+1 : value.next] {
				n.next -= shift
				out = append(out, n)
			}
			continue
		case value.kind.isMap() || value.kind.isList():
			value.kind = unread
		}
		value.next = uint32(len(out) + 1)
		out = append(out, value)
	}
	out[0].next = uint32(len(out))
	for i := range out {
		if out[i].kind == keyNode {
			out[i].next = uint32(i + 1)
		}
	}
	return out
}
