package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode"
	"unicode/utf8"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// A stream collects the objects of one stream.
type stream struct {
	file    string
	objects []Object
	first   int // where those of the stream begin
	decoder *Decoder
	// rendered says that lines are those of a renderer's output, which nobody has.
	rendered bool
	// kept says that the data stays where it is.
	kept bool
	// seen and last are the place that was asked for last, and the bytes before
	// it: the next one is counted from there.
	seen int64
	last diag.Pos
}

// json reads a stream that begins like JSON. Argo CD goes on with YAML when a
// document turns out not to be JSON, unless two were; this follows
// YAMLOrJSONDecoder, which does not say where it stands.
func (s *stream) json(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	offset, count := int64(0), 0
	for {
		var raw json.RawMessage
		err := decoder.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return nil
		}
		isJSON := err == nil
		if isJSON {
			end := decoder.InputOffset()
			err = s.addJSON(raw, s.at(data, end-int64(len(raw))))
			if err == nil {
				offset, count = end, count+1
				continue
			}
		} else {
			err = s.jsonProblem(data, offset, err)
		}
		rest, ok := skipSpace(data[offset:])
		if count > 1 || !ok {
			return err
		}
		before := len(s.objects)
		line := s.at(data, int64(len(data)-len(rest))).Line
		yamlErr := s.yaml(rest, line)
		if yamlErr == nil || len(s.objects) > before || !isJSON {
			return yamlErr
		}
		return err
	}
}

// skipSpace drops white space up to and including the first line feed, as
// YAMLOrJSONDecoder does before it turns to YAML. It looks at four bytes at a
// time, so that the end of a stream is not reached: ok is false then.
func skipSpace(data []byte) (rest []byte, ok bool) {
	for len(data) >= utf8.UTFMax {
		r, size := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError:
			return nil, false
		case !unicode.IsSpace(r):
			return data, true
		case r == '\n':
			return data[size:], true
		}
		data = data[size:]
	}
	return nil, false
}

// yaml reads a stream of YAML documents whose first line has this number.
func (s *stream) yaml(data []byte, line int) error {
	for rest := data; len(rest) > 0; {
		chunk, after, ok := cutDocument(rest)
		if !ok {
			return s.badSeparator(data)
		}
		s.decoder.shelf.touch(chunk)
		if len(after) == 0 && !s.rendered && losesLastLine(chunk) {
			return s.lostLine(chunk, line)
		}
		chunk = normalised(chunk)
		if err := s.document(chunk, line); err != nil {
			return err
		}
		// The marker that ends a document, and only that, is swallowed.
		line += bytes.Count(chunk, []byte("\n")) + 1
		rest = after
	}
	return nil
}

// lostLine refuses a document whose last line Argo CD would silently drop, unless
// there is no object in it.
func (s *stream) lostLine(chunk []byte, line int) error {
	before := len(s.objects)
	err := s.document(normalised(chunk), line)
	if err == nil && len(s.objects) == before || errors.Is(err, ErrOther) {
		return err
	}
	at := diag.Pos{File: s.file, Line: line + bytes.Count(chunk, []byte("\n")), Col: 1}
	return at.Problemf("want a line feed behind the last line, got none: it would be dropped").
		WithHint("Argo CD reads no last line of 4096 bytes, or a multiple of them, without one")
}

// document reads one YAML document, as apimachinery's reader cut it out: line
// ends are line feeds, and only its first line can be a marker.
func (s *stream) document(chunk []byte, line int) error {
	content := skipToContent(chunk)
	first := diag.Pos{File: s.file, Line: line, Col: 1}
	pos := first
	pos.Line += bytes.Count(chunk[:len(chunk)-len(content)], []byte("\n"))
	if s.rendered {
		chunk, pos = cutSource(chunk, s.file)
		first = pos
	}
	text := keepable(chunk)
	if done, err := s.recognised(text, pos); done {
		return err
	}
	if s.decoder.Only != nil {
		return ErrOther
	}
	raw, err := toJSON(chunk, first)
	if err != nil {
		return err
	}
	return s.add(raw, text, pos)
}

// recognised adds the object of a document that the recogniser accepts. Done is
// false for everything that needs the full parser, or its messages.
func (s *stream) recognised(text []byte, pos diag.Pos) (done bool, err error) {
	r := &s.decoder.recogniser
	if text == nil || s.decoder.FullParser || !r.recognise(text) {
		return false, nil
	}
	if len(r.nodes) == 0 {
		return true, nil
	}
	t := tree{text, r.nodes}
	if t.child(0, "items") >= 0 || !t.resolvable() {
		return false, nil
	}
	if only := s.decoder.Only; only != nil && !only(Part{tree: t}) {
		return true, ErrOther
	}
	doc := s.decoder.shelf.document(text, r.nodes)
	if doc.ref.Kind == "" {
		return false, nil
	}
	return true, s.append(Object{doc: doc, origin: pos})
}

// append records an object, within the bounds of a stream.
func (s *stream) append(o Object) error {
	if s.objects = append(s.objects, o); len(s.objects)-s.first > maxObjects {
		return o.origin.Problemf("want at most %d objects, got more", maxObjects)
	}
	return nil
}

// cutSource takes the comment that names a document's source off.
func cutSource(chunk []byte, file string) ([]byte, diag.Pos) {
	rest := chunk
	if bytes.HasPrefix(rest, []byte("---")) {
		_, rest, _ = bytes.Cut(rest, []byte("\n"))
	}
	line, after, _ := bytes.Cut(rest, []byte("\n"))
	if source, ok := bytes.CutPrefix(line, []byte(SourcePrefix)); ok {
		return after, diag.Pos{File: string(bytes.TrimSpace(source))}
	}
	return chunk, diag.Pos{File: file}
}

// addJSON records the objects of one JSON document. Argo CD hands objects on as
// JSON of its own, which turns 1.0 into 1, so that is what the number is.
func (s *stream) addJSON(raw []byte, pos diag.Pos) error {
	if trimmed := bytes.TrimSpace(raw); len(trimmed) == 0 || trimmed[0] != '{' {
		return s.add(raw, nil, pos)
	}
	fields, err := fieldsOf(raw, pos)
	if err != nil {
		return err
	}
	canonical, err := json.Marshal(fields)
	if err != nil {
		return pos.Problemf("want a JSON object, got %s", reason(err))
	}
	return s.add(canonical, nil, pos)
}

// add records the objects of one document, given as JSON. Text is the document
// itself if it may be passed on.
func (s *stream) add(raw, text []byte, pos diag.Pos) error {
	if bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return nil
	}
	fields, err := fieldsOf(raw, pos)
	if err != nil {
		return err
	}
	o := Object{fields: fields, text: text, origin: pos}
	if o.Text("kind") == "" {
		return pos.Problemf("want an object with a kind, got %s", described(fields["kind"]))
	}
	items, isList := fields["items"].([]any)
	switch {
	case isList:
		err = s.addItems(o, items)
	case isNullList(fields):
	default:
		s.objects = append(s.objects, o)
	}
	if err == nil && len(s.objects)-s.first > maxObjects {
		return pos.Problemf("want at most %d objects, got more", maxObjects)
	}
	return err
}
