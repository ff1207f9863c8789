package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
)

// maxText bounds what references may write into one text. Defaults refer to
// defaults, so that a few lines could otherwise ask for any amount of memory.
const maxText = 64 << 10

// reference is what may stand between ${ and }: the name of an input, or a
// value that is always there, such as app.namespace.
var reference = lazy.Regexp(`^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)?$`)

// A piece of a text is literal, or the name of what is put in its place.
type piece struct{ literal, name string }

// pieces splits text at its ${references}; $${ stands for a literal ${.
func pieces(text string) ([]piece, error) {
	var out []piece
	literal := ""
	for text != "" {
		at := strings.Index(text, "${")
		if at < 0 {
			break
		}
		if at > 0 && text[at-1] == '$' {
			literal += text[:at-1] + "${"
			text = text[at+2:]
			continue
		}
		name, rest, closed := strings.Cut(text[at+2:], "}")
		if !closed || !reference().MatchString(name) {
			return nil, fmt.Errorf("want the name of an input between ${ and }, got %q", text[at:])
		}
		out = append(out, piece{literal: literal + text[:at]}, piece{name: name})
		literal, text = "", rest
	}
	return append(out, piece{literal: literal + text}), nil
}

// References lists the names that text refers to, in order. A ${ that is not a
// reference is an error.
func References(text string) ([]string, error) {
	parts, err := pieces(text)
	var out []string
	for _, p := range parts {
		if p.name != "" {
			out = append(out, p.name)
		}
	}
	return out, err
}

// An ErrNoValue is a reference to something that has no value. Whoever resolves
// inputs branches on it: the reason was reported where the value should have
// come from.
type ErrNoValue string

// Error names the reference.
func (e ErrNoValue) Error() string { return fmt.Sprintf("no value for ${%s}", string(e)) }

// Substitute puts values in the place of the references in text. A text that is
// one reference and nothing else becomes the value itself, with its type;
// otherwise the values are written into the text. A reference to a name that is
// not in values is an ErrNoValue.
func Substitute(text string, values map[string]any) (any, error) {
	parts, err := pieces(text)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, p := range parts {
		if p.name == "" {
			b.WriteString(p.literal)
			continue
		}
		v, ok := values[p.name]
		if !ok {
			return nil, ErrNoValue(p.name)
		}
		if text == "${"+p.name+"}" {
			return v, nil
		}
		written, ok := inText(v)
		if !ok {
			return nil, fmt.Errorf("want ${%s} alone, because a list cannot stand inside text, got %q", p.name, text)
		}
		if b.WriteString(written); b.Len() > maxText {
			return nil, fmt.Errorf("want at most %d bytes after ${%s}, got more", maxText, p.name)
		}
	}
	return b.String(), nil
}

// SubstituteAll is Substitute for a text and for every text in a list or a
// mapping; any other value stays what it is.
func SubstituteAll(v any, values map[string]any) (any, error) {
	switch v := v.(type) {
	case string:
		return Substitute(v, values)
	case []any:
		out := make([]any, len(v))
		for i, entry := range v {
			var err error
			if out[i], err = SubstituteAll(entry, values); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			var err error
			if out[key], err = SubstituteAll(v[key], values); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

// inText writes a scalar as it stands inside text.
func inText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool, int, int64, uint64:
		return fmt.Sprint(v), true
	}
	return "", false
}
