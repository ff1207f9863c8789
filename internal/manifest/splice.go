package manifest

import "bytes"

// splice is Set on the text of a document: it changes the lines that it must and
// no other. Ok is false if there is no such change, or it is not surely right;
// then the object is written anew.
func (o Object) splice(value any, path []any) (changed Object, ok bool) {
	if o.doc == nil || len(path) == 0 {
		return o, false
	}
	s := o.doc.shelf
	before := s.tree(o.doc)
	text, ok := before.edited(path, value)
	if !ok || len(keepable(text)) != len(text) {
		return o, false
	}
	r := recogniser{nodes: s.spare, keys: s.keys}
	ok = r.recognise(text)
	s.spare, s.keys = r.nodes, r.keys
	if !ok {
		return o, false
	}
	after := tree{text, r.nodes}
	if !after.resolvable() || after.child(0, "items") >= 0 || !sameBut(before, after, path, value) {
		return o, false
	}
	doc := s.document(text, r.nodes)
	if doc.ref.Kind == "" {
		return o, false
	}
	s.nodes, s.spare, s.last = s.spare, s.nodes, doc
	s.replaces(o.doc, doc)
	o.doc = doc
	return o, true
}

// edited returns the text with value at path.
func (t tree) edited(path []any, value any) (text []byte, ok bool) {
	at, depth := t.find(path)
	n := t.nodes[at]
	if depth == len(path) {
		return t.replaced(at, value)
	}
	rest := path[depth:]
	if n.kind == null {
		value, ok = wrapped(rest, value)
		if !ok {
			return nil, false
		}
		return t.replaced(at, value)
	}
	if value, ok = wrapped(rest[1:], value); !ok {
		return nil, false
	}
	switch step := rest[0].(type) {
	case string:
		return t.withEntry(n, step, value)
	case int:
		if step != t.length(at) {
			return nil, false
		}
		return t.withItem(n, value)
	}
	return nil, false
}

// wrapped returns value at the end of a path of new collections.
func wrapped(path []any, value any) (any, bool) {
	for i := len(path) - 1; i >= 0; i-- {
		switch step := path[i].(type) {
		case string:
			value = map[string]any{step: value}
		case int:
			if step != 0 {
				return nil, false
			}
			value = []any{value}
		default:
			return nil, false
		}
	}
	return value, true
}

// length is the number of items of a list.
func (t tree) length(i int) (n int) {
	for t.child(i, n) >= 0 {
		n++
	}
	return n
}

// replaced returns the text with another value for the node at i. Values of many
// lines are left alone.
func (t tree) replaced(i int, value any) ([]byte, bool) {
	n := t.nodes[i]
	start, end := int(n.start), int(n.end)
	switch n.kind {
	case null:
		return t.filled(i, value)
	case single, double:
		start, end = start-1, end+1
	case plain, flowMap, flowList:
	default:
		return nil, false
	}
	inline, ok := appendInline(nil, value)
	return t.spliced(start, end, inline), ok
}

// filled returns the text with a value for a key that has none.
func (t tree) filled(i int, value any) ([]byte, bool) {
	key, at := t.nodes[i-1], int(t.nodes[i].start)
	if key.kind != keyNode {
		return nil, false
	}
	if !isFull(value) {
		inline, ok := appendInline([]byte(" "), value)
		return t.spliced(at, at, inline), ok
	}
	start := int(key.start)
	column := start - 1 - bytes.LastIndexByte(t.text[:start], '\n')
	if quote := t.text[max(start-1, 0)]; start > 0 && (quote == '"' || quote == '\'') {
		column--
	}
	lines, ok := appendBlock(nil, value, column)
	at = t.lineAfter(at)
	return t.spliced(at, at, lines), ok
}

// withEntry returns the text with another entry at the end of a mapping.
func (t tree) withEntry(n node, key string, value any) ([]byte, bool) {
	switch n.kind {
	case flowMap:
		inline := append(t.comma(n), appendText(nil, key)...)
		inline, ok := appendInline(append(inline, ": "...), value)
		at := int(n.end) - 1
		return t.spliced(at, at, inline), ok
	case blockMap:
		lines, ok := appendEntry(nil, key, value, int(n.column))
		return t.withLines(n, lines), ok && t.ends(n)
	default:
		return nil, false
	}
}

// withItem returns the text with another item at the end of a list.
func (t tree) withItem(n node, value any) ([]byte, bool) {
	switch n.kind {
	case flowList:
		inline, ok := appendInline(t.comma(n), value)
		at := int(n.end) - 1
		return t.spliced(at, at, inline), ok
	case blockList:
		lines, ok := appendItem(nil, value, int(n.column))
		return t.withLines(n, lines), ok && t.ends(n)
	default:
		return nil, false
	}
}

// comma separates a new entry from those that a flow collection has.
func (t tree) comma(n node) []byte {
	if len(bytes.TrimSpace(t.text[n.start+1:n.end-1])) == 0 {
		return nil
	}
	return []byte(", ")
}

// ends reports whether lines behind a node are not a part of it: empty ones
// belong to a block scalar that keeps them.
func (t tree) ends(n node) bool {
	for _, last := range t.nodes {
		if last.chomp == keep && last.end == n.end {
			return false
		}
	}
	return true
}

// withLines returns the text with lines behind the last one of a node.
func (t tree) withLines(n node, lines []byte) []byte {
	at := t.lineAfter(int(n.end))
	return t.spliced(at, at, lines)
}

// lineAfter is where the line behind the one that holds a place begins.
func (t tree) lineAfter(at int) int { return at + bytes.IndexByte(t.text[at:], '\n') + 1 }

// spliced returns a copy of the text with other bytes between start and end.
func (t tree) spliced(start, end int, with []byte) []byte {
	out := make([]byte, 0, len(t.text)-(end-start)+len(with))
	out = append(append(out, t.text[:start]...), with...)
	return append(out, t.text[end:]...)
}
