package manifest

import (
	"slices"
	"strconv"
	"strings"
)

// emitted writes an object as sigs.k8s.io/yaml does, byte for byte, in a tenth of
// its time: the objects that a policy adds were a sixth of the time of a small
// application. It writes what such objects have: ASCII texts that are plain, quoted
// on one line or literal, whole numbers, truth values and collections. Ok is false
// for everything else, and for what does not read back as what it is.
func emitted(fields map[string]any) (text []byte, ok bool) {
	e := emitter{out: make([]byte, 0, 1<<10)}
	if len(fields) == 0 || !e.mapping(fields, 0) {
		return nil, false
	}
	var r recogniser
	if !r.recognise(e.out) || len(r.nodes) == 0 {
		return nil, false
	}
	t := tree{e.out, r.nodes}
	return e.out, t.resolvable() && t.holds(0, fields)
}

// An emitter writes block YAML. Its methods report false for what they leave to
// the library.
type emitter struct{ out []byte }

const (
	// widest is the column at which the library begins to look for a place to fold.
	widest = 80
	// widestKey is far from the 128 bytes at which it writes keys in another form.
	widestKey = 100
)

// mapping writes the entries of a full mapping, the first where the line stands.
func (e *emitter) mapping(m map[string]any, column int) bool {
	keys, ok := sortedAsLibrary(m)
	if !ok {
		return false
	}
	for i, key := range keys {
		if i > 0 {
			e.indent(column)
		}
		if len(key) > widestKey || strings.Contains(key, "\n") || !e.text(key, column, onOneLine) {
			return false
		}
		e.out = append(e.out, ':')
		if !e.value(m[key], column, false) {
			return false
		}
	}
	return true
}

// list writes the items of a full list, the first where the line stands.
func (e *emitter) list(items []any, column int) bool {
	for i, item := range items {
		if i > 0 {
			e.indent(column)
		}
		e.out = append(e.out, '-')
		if !e.value(item, column, true) {
			return false
		}
	}
	return true
}

// value writes what stands behind a colon or a dash at column, and ends the line.
func (e *emitter) value(value any, column int, inList bool) bool {
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 {
			return e.line("{}")
		}
		if inList {
			e.out = append(e.out, ' ')
		} else {
			e.out = append(e.out, '\n')
			e.indent(column + 2)
		}
		return e.mapping(v, column+2)
	case []any:
		if len(v) == 0 {
			return e.line("[]")
		}
		if inList {
			return false // a list in a list
		}
		e.out = append(e.out, '\n')
		e.indent(column)
		return e.list(v, column)
	case string:
		e.out = append(e.out, ' ')
		form := foldable
		if inList {
			form = onOneLine // the library's own column for it depends on what is around the list
		}
		if !e.text(v, column, form) {
			return false
		}
		if !strings.HasSuffix(v, "\n") {
			e.out = append(e.out, '\n')
		}
		return true
	case nil:
		return e.line("null")
	case bool:
		return e.line(strconv.FormatBool(v))
	case int64:
		return e.line(strconv.FormatInt(v, 10))
	}
	return false
}

func (e *emitter) line(text string) bool {
	e.out = append(append(append(e.out, ' '), text...), '\n')
	return true
}

func (e *emitter) indent(column int) {
	for range column {
		e.out = append(e.out, ' ')
	}
}

// sortedAsLibrary returns the keys in the order of the library, which puts numbers
// in keys in their own order: ok is false where that may matter.
func sortedAsLibrary(m map[string]any) (keys []string, ok bool) {
	ok = true
	keys = make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int {
		i := 0
		for i < len(a) && i < len(b) && a[i] == b[i] {
			i++
		}
		if i == len(a) || i == len(b) {
			return len(a) - len(b)
		}
		if isDigit(a[i]) || isDigit(b[i]) {
			ok = false
		}
		if isLetter(a[i]) != isLetter(b[i]) && isLetter(b[i]) {
			return -1
		}
		if isLetter(a[i]) != isLetter(b[i]) {
			return 1
		}
		return int(a[i]) - int(b[i])
	})
	return keys, ok
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// holds reports whether the node at i has this value.
func (t tree) holds(i int, value any) bool {
	n := t.nodes[i]
	switch v := value.(type) {
	case map[string]any:
		entries := 0
		for j := i + 1; n.kind.isMap() && j < int(n.next); j = int(t.nodes[j+1].next) {
			want, ok := v[t.nodes[j].text(t.text)]
			if !ok || !t.holds(j+1, want) {
				return false
			}
			entries++
		}
		return n.kind.isMap() && entries == len(v)
	case []any:
		items := 0
		for j := i + 1; n.kind.isList() && j < int(n.next); j = int(t.nodes[j].next) {
			if items == len(v) || !t.holds(j, v[items]) {
				return false
			}
			items++
		}
		return n.kind.isList() && items == len(v)
	default:
		if n.kind.isMap() || n.kind.isList() {
			return false
		}
		got, ok := t.value(i)
		return ok && got == value
	}
}
