package manifest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// What follows writes values as the text that splice puts into a document. The
// kinds of values that no policy asks for are not written: ok is false.

// isFull reports whether a value is a collection with something in it.
func isFull(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		return len(v) > 0
	case Ordered:
		return len(v) > 0
	case []any:
		return len(v) > 0
	}
	return false
}

// entries are those of a mapping, in the order in which they are written.
func entries(value any) Ordered {
	if ordered, ok := value.(Ordered); ok {
		return ordered
	}
	m, _ := value.(map[string]any)
	out := make(Ordered, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, Entry{key, m[key]})
	}
	return out
}

// appendBlock writes the lines of a full collection that belongs to a key or a
// dash at column.
func appendBlock(out []byte, value any, column int) (_ []byte, ok bool) {
	switch v := value.(type) {
	case map[string]any, Ordered:
		for _, e := range entries(v) {
			if out, ok = appendEntry(out, e.Key, e.Value, column+2); !ok {
				return nil, false
			}
		}
	case []any:
		for _, item := range v {
			if out, ok = appendItem(out, item, column); !ok {
				return nil, false
			}
		}
	}
	return out, true
}

// appendEntry writes the lines of a key and its value.
func appendEntry(out []byte, key string, value any, column int) (_ []byte, ok bool) {
	out = append(out, strings.Repeat(" ", column)...)
	out = append(appendText(out, key), ':')
	if isFull(value) {
		return appendBlock(append(out, '\n'), value, column)
	}
	out, ok = appendInline(append(out, ' '), value)
	return append(out, '\n'), ok
}

// appendItem writes the lines of a list's item.
func appendItem(out []byte, value any, column int) (_ []byte, ok bool) {
	out = append(append(out, strings.Repeat(" ", column)...), "- "...)
	if isFull(value) {
		if _, isList := value.([]any); isList {
			column += 2
		}
		lines, ok := appendBlock(nil, value, column)
		return append(out, bytes.TrimLeft(lines, " ")...), ok
	}
	out, ok = appendInline(out, value)
	return append(out, '\n'), ok
}

// appendInline writes a value on one line, collections in flow style.
func appendInline(out []byte, value any) (_ []byte, ok bool) {
	switch v := value.(type) {
	case nil:
		return append(out, "null"...), true
	case bool:
		return strconv.AppendBool(out, v), true
	case int:
		return strconv.AppendInt(out, int64(v), 10), true
	case int64:
		return strconv.AppendInt(out, v, 10), true
	case string:
		return appendText(out, v), true
	case []any:
		return appendFlow(out, "[]", len(v), func(out []byte, i int) ([]byte, bool) { return appendInline(out, v[i]) })
	case map[string]any, Ordered:
		all := entries(v)
		return appendFlow(out, "{}", len(all), func(out []byte, i int) ([]byte, bool) {
			return appendInline(append(appendText(out, all[i].Key), ": "...), all[i].Value)
		})
	}
	return nil, false
}

// appendFlow writes n entries between brackets.
func appendFlow(out []byte, brackets string, n int, entry func(out []byte, i int) ([]byte, bool)) (_ []byte, ok bool) {
	out = append(out, brackets[0])
	for i := range n {
		if i > 0 {
			out = append(out, ", "...)
		}
		if out, ok = entry(out, i); !ok {
			return nil, false
		}
	}
	return append(out, brackets[1]), true
}

// appendText writes a text plainly where no parser takes it for anything else.
func appendText(out []byte, s string) []byte {
	if isWord(s) {
		return append(out, s...)
	}
	return appendQuoted(out, s)
}

func appendQuoted(out []byte, s string) []byte {
	out = append(out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r == '\n':
			out = append(out, `\n`...)
		case r == '\t':
			out = append(out, `\t`...)
		case r < ' ' || r == 0x7F:
			out = fmt.Appendf(out, `\x%02x`, r)
		case r > 0x7F && !allowed(r):
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			out = append(out, string(r)...)
		}
	}
	return append(out, '"')
}

func isWord(s string) bool {
	odd := func(r rune) bool {
		return r != '.' && r != '_' && r != '/' && r != '%' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}
	return s != "" && s[0] != '%' && s[0] != '-' && s[0] != '.' && strings.IndexFunc(s, odd) < 0 && surelyText([]byte(s))
}
