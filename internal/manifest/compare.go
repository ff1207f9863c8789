package manifest

import (
	"bytes"
	"reflect"
)

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
	isMap, isList := a.kind.isMap() && b.kind.isMap(), a.kind.isList() && b.kind.isList()
	if len(path) == 0 || !isMap && !isList {
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
	case Ordered:
		out := make(map[string]any, len(v))
		for _, e := range v {
			out[e.Key] = normal(e.Value)
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
