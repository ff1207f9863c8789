package hookspec

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A Path leads to a value in a JSON document: keys with dots between them, and
// [n] for the n-th entry of a list, from 0. A backslash takes the special
// meaning from the character after it: metadata.labels.app\\.kubernetes\\.io/name.
type Path []PathStep

// A PathStep is a key of a mapping or, where Key is empty, the index of a list.
type PathStep struct {
	Key   string
	Index int
}

// ParsePath reads what a person wrote.
func ParsePath(text string) (Path, error) {
	var out Path
	for rest := text; rest != ""; {
		step, after, err := parseStep(rest, len(out) == 0)
		if err != nil {
			return nil, fmt.Errorf("%w in %q", err, text)
		}
		out, rest = append(out, step), after
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("want a path such as status.phase, got %q", text)
	}
	return out, nil
}

func parseStep(rest string, first bool) (PathStep, string, error) {
	if inside, found := strings.CutPrefix(rest, "["); found {
		digits, after, closed := strings.Cut(inside, "]")
		i, err := strconv.Atoi(digits)
		if !closed || err != nil || i < 0 || digits != strconv.Itoa(i) {
			return PathStep{}, "", fmt.Errorf("want a number and ] after [")
		}
		return PathStep{Index: i}, after, nil
	}
	if !first {
		after, found := strings.CutPrefix(rest, ".")
		if !found {
			return PathStep{}, "", fmt.Errorf("want . or [ after ]")
		}
		rest = after
	}
	return parseKey(rest)
}

// parseKey reads up to the next dot or bracket that no backslash stands before.
func parseKey(rest string) (PathStep, string, error) {
	var key strings.Builder
	i := 0
	for ; i < len(rest) && rest[i] != '.' && rest[i] != '['; i++ {
		if rest[i] == '\\' {
			if i++; i == len(rest) {
				return PathStep{}, "", fmt.Errorf("want a character after \\")
			}
		}
		key.WriteByte(rest[i])
	}
	if key.Len() == 0 {
		return PathStep{}, "", fmt.Errorf("want a key before and after each dot, got none")
	}
	return PathStep{Key: key.String()}, rest[i:], nil
}

// checkPaths wants keys that lead somewhere.
func checkPaths(key string, comparisons map[string]Comparison, report func(key, msg, hint string)) {
	for _, path := range slices.Sorted(maps.Keys(comparisons)) {
		if _, err := ParsePath(path); err != nil {
			report(key, err.Error(), `write it like status.list[0].name; a dot in a key as \.`)
		}
	}
}

// String writes what ParsePath reads.
func (p Path) String() string {
	var b strings.Builder
	for i, s := range p {
		switch {
		case s.Key == "":
			fmt.Fprintf(&b, "[%d]", s.Index)
			continue
		case i > 0:
			b.WriteByte('.')
		}
		b.WriteString(pathEscapes.Replace(s.Key))
	}
	return b.String()
}

var pathEscapes = strings.NewReplacer(`\`, `\\`, `.`, `\.`, `[`, `\[`)

// Find returns the value that p leads to in v, a document as a JSON decoder
// gives it. found is false where the way ends before.
func (p Path) Find(v any) (value any, found bool) {
	for _, s := range p {
		switch at := v.(type) {
		case map[string]any:
			if s.Key == "" {
				return nil, false
			}
			if v, found = at[s.Key]; !found {
				return nil, false
			}
		case []any:
			if s.Key != "" || s.Index >= len(at) {
				return nil, false
			}
			v = at[s.Index]
		default:
			return nil, false
		}
	}
	return v, true
}

// Test looks for the value at path in v and compares it. It returns "" when the
// comparison holds, else what is there and what was wanted, for a message:
// "status.phase is Pending, want Running".
func (c Comparison) Test(path string, v any) string {
	p, err := ParsePath(path)
	if err != nil {
		return err.Error()
	}
	got, found := p.Find(v)
	return c.Judge(path, got, found)
}

// Judge compares got, which messages call name. It returns "" when the
// comparison holds. What was not found holds only for a comparison with null: a
// value that is not there must not pass for one that is different.
func (c Comparison) Judge(name string, got any, found bool) string {
	if !found {
		if c == (Comparison{"==", "null"}) {
			return ""
		}
		return fmt.Sprintf("%s is missing, want %s", name, c.Want())
	}
	if holds, _ := c.Holds(got); holds {
		return ""
	}
	return fmt.Sprintf("%s is %s, want %s", name, kindOfValue(got), c.Want())
}

// Want is c for a message: the == that a person need not write is left out.
func (c Comparison) Want() string {
	switch c.Op {
	case "==":
		if c.Value == "" {
			return "an empty text"
		}
		return c.Value
	case "~":
		return "a match of " + c.Value
	case "!~":
		return "no match of " + c.Value
	}
	return c.Op + c.Value
}

func kindOfValue(v any) string {
	switch v := v.(type) {
	case map[string]any:
		return "a mapping"
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	}
	return shorten(v)
}

// shorten writes a scalar on one line of bounded length: a message must stay
// readable whatever a system answers.
func shorten(v any) string {
	const most = 120
	text, _ := scalarText(v)
	quoted := strconv.Quote(text)
	if _, isText := v.(string); !isText || (text != "" && quoted == `"`+text+`"` && !strings.Contains(text, " ")) {
		quoted = text
	}
	if len(quoted) > most {
		return strings.ToValidUTF8(quoted[:most], "") + "…"
	}
	return quoted
}
