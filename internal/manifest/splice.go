package manifest

import (
	"bytes"
	"reflect"
)

// splice is Set on the text of a document: it changes the lines that it must and
// no other. Ok is false if there is no such change, or it is not surely right;
// then the object is written anew.
func (o Object) splice(value any, path []any) (changed Object, ok bool) {
	if o.doc == nil || len(path) == 0 {
		return o, false
	}
	before := o.doc.tree()
	text, ok := before.edited(path, value)
	if !ok || len(keepable(text)) != len(text) {
		return o, false
	}
	const grown = 32 // nodes for what is added, most often enough
	r := recogniser{nodes: make([]node, 0, len(before.nodes)+grown)}
	if !r.recognise(text) {
		return o, false
	}
	after := tree{text, r.nodes}
	if !after.resolvable() || after.child(0, "items") >= 0 || !sameBut(before, after, path, value) {
		return o, false
	}
	doc := editedDocument(text, r.nodes)
	if doc.ref.Kind == "" {
		return o, false
	}
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
	}
	return nil, false
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
	}
	return nil, false
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

// sameBut reports whether two documents differ in nothing but value at path,
// which the second has.
func sameBut(before, after tree, path []any, value any) bool {
	c := comparison{before, after, value}
	return c.sameBut(0, 0, path)
}

type comparison struct {
	before, after tree
	value         any
}

// sameBut compares the nodes at i of before and j of after.
func (c comparison) sameBut(i, j int, path []any) bool {
	a, b := c.before.nodes[i], c.after.nodes[j]
	isMap := a.kind.isMap() && b.kind.isMap()
	if len(path) == 0 || !isMap && !(a.kind.isList() && b.kind.isList()) {
		return c.isNew(j, path)
	}
	i, j = i+1, j+1
	for index, found := 0, false; ; index++ {
		more := j < int(b.next)
		here := !found && more && path[0] == c.step(j, index, isMap)
		switch {
		case !more:
			return found && i == int(a.next)
		case here && (i == int(a.next) || isMap && path[0] != any(c.before.key(i))):
			if found = true; !c.isNew(c.valueOf(j, isMap), path[1:]) {
				return false
			}
		case i == int(a.next) || isMap && c.before.key(i) != c.after.key(j):
			return false
		case here:
			if found = true; !c.sameBut(c.valueOf(i, isMap), c.valueOf(j, isMap), path[1:]) {
				return false
			}
			i = int(c.before.nodes[c.valueOf(i, isMap)].next)
		case !c.same(c.valueOf(i, isMap), c.valueOf(j, isMap)):
			return false
		default:
			i = int(c.before.nodes[c.valueOf(i, isMap)].next)
		}
		j = int(c.after.nodes[c.valueOf(j, isMap)].next)
	}
}

// step is the step of a path that leads to the entry at j of after.
func (c comparison) step(j, index int, isMap bool) any {
	if isMap {
		return c.after.key(j)
	}
	return index
}

// valueOf is the index of an entry's value.
func (comparison) valueOf(i int, isMap bool) int {
	if isMap {
		return i + 1
	}
	return i
}

// key is the text of the key at i.
func (t tree) key(i int) string { return string(t.text[t.nodes[i].start:t.nodes[i].end]) }

// isNew reports whether the node at j of after is value at the end of path.
func (c comparison) isNew(j int, path []any) bool {
	want, ok := wrapped(path, normal(c.value))
	if !ok {
		return false
	}
	got, ok := c.after.value(j)
	return ok && reflect.DeepEqual(got, want)
}

// same reports whether the nodes at i and j have the same text and meaning.
func (c comparison) same(i, j int) bool {
	end := int(c.before.nodes[i].next)
	if end-i != int(c.after.nodes[j].next)-j {
		return false
	}
	for ; i < end; i, j = i+1, j+1 {
		a, b := c.before.nodes[i], c.after.nodes[j]
		if a.kind != b.kind || a.chomp != b.chomp || int(a.next)-i != int(b.next)-j {
			return false
		}
		if a.kind >= blockMap {
			continue
		}
		if !bytes.Equal(c.before.text[a.start:a.end], c.after.text[b.start:b.end]) || a.column != b.column ||
			a.chomp == keep && a.text(c.before.text) != b.text(c.after.text) {
			return false
		}
	}
	return true
}

// normal is a value as a decoder would give it.
func normal(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[key] = normal(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = normal(value)
		}
		return out
	}
	return v
}
