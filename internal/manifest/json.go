package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"sigs.k8s.io/yaml"
)

// EncodeJSON is the method of the zero Encoder.
func EncodeJSON(w io.Writer, objects []Object) error { return Encoder{}.EncodeJSON(w, objects) }

// EncodeJSON writes a stream of JSON, one object to a line. It means what Encode
// writes; Argo CD's plugin server reads it several times as fast.
func (e Encoder) EncodeJSON(w io.Writer, objects []Object) error {
	var (
		parts [][]byte
		part  = make([]byte, 0, 2*batch)
		err   error
	)
	for _, o := range objects {
		if part, err = o.appendJSON(part); err != nil {
			return err
		}
		if len(part) < batch {
			continue
		}
		if e.Store == nil {
			parts, part = append(parts, part), make([]byte, 0, 2*batch)
		} else {
			parts, part = append(parts, e.Store.Keep(part)), part[:0]
		}
	}
	for _, part := range append(parts, part) {
		e.touch(part)
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// appendJSON appends the object as one line of JSON, with a line feed.
func (o Object) appendJSON(out []byte) ([]byte, error) {
	if o.text != nil {
		// As Argo CD's reader has it, with the digits of numbers that are no int64.
		text, err := toJSON(o.text, o.origin)
		if err != nil {
			return nil, err
		}
		return append(append(out, bytes.TrimSpace(text)...), '\n'), nil
	}
	if o.doc == nil {
		text, err := json.Marshal(o.fields)
		if err != nil {
			return nil, internalError(o, err)
		}
		return append(append(out, text...), '\n'), nil
	}
	out, ok := o.doc.shelf.tree(o.doc).appendJSON(out, 0)
	if !ok {
		return nil, internalError(o, errors.New("its fields do not survive in JSON"))
	}
	return append(out, '\n'), nil
}

// appendJSON writes the node at i, keys in the order of the text.
func (t tree) appendJSON(out []byte, i int) (_ []byte, ok bool) {
	n := t.nodes[i]
	switch {
	case n.kind.isMap():
		out = append(out, '{')
		for j := i + 1; j < int(n.next); j = int(t.nodes[j+1].next) {
			if j > i+1 {
				out = append(out, ',')
			}
			key := t.nodes[j]
			out = append(appendJSONText(out, t.text[key.start:key.end]), ':')
			if out, ok = t.appendJSON(out, j+1); !ok {
				return nil, false
			}
		}
		return append(out, '}'), true
	case n.kind.isList():
		out = append(out, '[')
		for j := i + 1; j < int(n.next); j = int(t.nodes[j].next) {
			if j > i+1 {
				out = append(out, ',')
			}
			if out, ok = t.appendJSON(out, j); !ok {
				return nil, false
			}
		}
		return append(out, ']'), true
	}
	return t.appendJSONScalar(out, i)
}

// appendJSONScalar writes a scalar. Plain ones are resolved as go-yaml v2 does.
func (t tree) appendJSONScalar(out []byte, i int) (_ []byte, ok bool) {
	value, ok := t.value(i)
	if !ok {
		return nil, false
	}
	if s, isText := value.(string); isText {
		return appendJSONText(out, []byte(s)), true
	}
	if _, isFloat := value.(float64); isFloat {
		n := t.nodes[i]
		return appendJSONNumber(out, t.text[n.start:n.end])
	}
	raw, err := json.Marshal(value)
	return append(out, raw...), err == nil
}

// appendJSONNumber writes a number that is no int64, such as 2^64-1, with the
// digits that Argo CD's own reader gives it: a float64 would lose the last ones.
func appendJSONNumber(out, text []byte) (_ []byte, ok bool) {
	raw, err := yaml.YAMLToJSON(append([]byte("- "), text...))
	if err != nil {
		return nil, false
	}
	raw = bytes.TrimSpace(raw)
	return append(out, raw[1:len(raw)-1]...), true
}

// appendJSONText writes valid UTF-8 in quotes.
func appendJSONText(out, s []byte) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	from := 0
	for i, c := range s {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		out = append(out, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, '\\', 'n')
		default:
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(out, s[from:]...), '"')
}
