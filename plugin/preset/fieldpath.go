package preset

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A segment is one element of a field path: a key or the index of a list, all
// entries of a list, or the entries in which a key has a value, or has not. Of a
// mapping that is the mapping itself if that is so of the key, so that a path can
// lead to the key of one Secret and not of another.
type segment struct {
	key        string
	every      bool
	match, not bool
	field, val string
}

// parseFieldPath reads kustomize's field paths: keys with dots between, a dot
// in a key written \. or the key in brackets, [key=value] for the entries of a
// list, [=value] for its plain values, and * for all of them. [key!=value] is
// ours: the entries in which the key has another value or is absent.
func parseFieldPath(path string) ([]segment, error) {
	if path == "" {
		return nil, fmt.Errorf("want a field path, got none")
	}
	var out []segment
	for rest, more := path, true; more; {
		var s segment
		var err error
		if strings.HasPrefix(rest, "[") {
			s, rest, more, err = parseBrackets(rest)
		} else {
			s, rest, more, err = parseKey(rest)
		}
		if err != nil {
			return nil, fmt.Errorf("%w in %q", err, path)
		}
		out = append(out, s)
	}
	return out, nil
}

// parseKey reads up to the next dot that is not escaped. More says that a
// segment must follow.
func parseKey(path string) (s segment, rest string, more bool, err error) {
	var key strings.Builder
	i := 0
	for ; i < len(path) && path[i] != '.'; i++ {
		if path[i] == '\\' && i+1 < len(path) && path[i+1] == '.' {
			i++
		}
		key.WriteByte(path[i])
	}
	if key.Len() == 0 {
		return s, "", false, fmt.Errorf("want a key between two dots, got none")
	}
	s = segment{key: key.String(), every: path[:i] == "*"}
	if i == len(path) {
		return s, "", false, nil
	}
	return s, path[i+1:], true, nil
}

// parseBrackets reads [key=value], or [key] for a key with dots in it. A dot
// inside the brackets is part of what is there.
func parseBrackets(path string) (s segment, rest string, more bool, err error) {
	inside, rest, closed := strings.Cut(path[1:], "]")
	field, val, isMatch := strings.Cut(inside, "=")
	switch {
	case !closed:
		return s, "", false, fmt.Errorf("want ] after [")
	case inside == "":
		return s, "", false, fmt.Errorf("want [key=value] or [key], got []")
	case isMatch:
		field, not := strings.CutSuffix(field, "!")
		s = segment{match: true, not: not, field: strings.ReplaceAll(field, `\.`, "."), val: val}
	default:
		s = segment{key: inside}
	}
	if rest == "" {
		return s, "", false, nil
	}
	if rest[0] != '.' {
		return s, "", false, fmt.Errorf("want a dot after ]")
	}
	return s, rest[1:], true, nil
}

// lookUp returns the values at path in v, in order; none if the path leads
// nowhere.
func lookUp(v any, path []segment) []any {
	if len(path) == 0 {
		if v == nil {
			return nil
		}
		return []any{v}
	}
	var out []any
	for _, child := range path[0].children(v) {
		out = append(out, lookUp(child, path[1:])...)
	}
	return out
}

// children returns what s selects in v.
func (s segment) children(v any) []any {
	switch v := v.(type) {
	case map[string]any:
		if s.match {
			return s.matches([]any{v})
		}
		if s.every {
			return entries(v)
		}
		if child, ok := v[s.key]; ok {
			return []any{child}
		}
	case []any:
		switch {
		case s.every:
			return v
		case s.match:
			return s.matches(v)
		}
		if i, err := strconv.Atoi(s.key); err == nil && i >= 0 && i < len(v) {
			return v[i : i+1]
		}
	}
	return nil
}

// entries are the values of a mapping, such as the files of a ConfigMap, in the
// order of their keys.
func entries(v map[string]any) []any {
	var out []any
	for _, key := range slices.Sorted(maps.Keys(v)) {
		out = append(out, v[key])
	}
	return out
}

func (s segment) matches(list []any) []any {
	var out []any
	for _, entry := range list {
		got := entry
		if s.field != "" {
			m, _ := entry.(map[string]any)
			got = m[s.field]
		}
		if is := got != nil && fmt.Sprint(got) == s.val; is != s.not {
			out = append(out, entry)
		}
	}
	return out
}
