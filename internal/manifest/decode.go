package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode"
	"unicode/utf8"

	yamlutil "k8s.io/apimachinery/pkg/util/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

const (
	// sniffed is how far Argo CD looks for an open brace before it takes a stream
	// for YAML (gitops-engine's SplitYAMLToString).
	sniffed = 4096
	// MaxBytes bounds a stream: Argo CD refuses more than 100 MB from a plugin
	// (ARGOCD_GRPC_MAX_SIZE_MB).
	MaxBytes = 100 << 20
	// maxObjects is twice the largest application that the renderer is built for.
	maxObjects = 100_000
)

// Decode reads the objects of a stream of YAML or JSON documents. File is its
// name in messages and origins. Empty documents are dropped, Lists are replaced
// by their items. When something is wrong, the objects before it are returned
// with the problem. The objects keep parts of data, which must not change.
func Decode(data []byte, file string) ([]Object, error) {
	return new(Decoder).Decode(data, file)
}

// A Decoder decodes many streams with the memory of one. The zero value is ready.
// The objects that it returns are for one goroutine at a time, all of them.
type Decoder struct {
	// FullParser leaves the recogniser out, so that a test can compare the two.
	FullParser bool
	// Store, if there is one, is where the objects keep their texts: the data they
	// were decoded from may then change.
	Store      Store
	recogniser recogniser
	shelf      *shelf
}

// Decode is the function of that name.
func (d *Decoder) Decode(data []byte, file string) ([]Object, error) {
	return decode(data, stream{file: file, decoder: d})
}

// Append is Decode for one of many streams: it appends to objects.
func (d *Decoder) Append(objects []Object, data []byte, file string) ([]Object, error) {
	return decode(data, stream{file: file, decoder: d, objects: objects, first: len(objects)})
}

// ReadAll is Decode for what r has, which must be no more than MaxBytes.
func (d *Decoder) ReadAll(r io.Reader, file string) ([]Object, error) {
	if d.Store == nil {
		data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
		if err != nil {
			return nil, err
		}
		return d.Decode(data, file)
	}
	data, err := d.Store.ReadAll(r, MaxBytes+1)
	if err != nil {
		return nil, err
	}
	return decode(data, stream{file: file, decoder: d, kept: true})
}

// DecodeRendered is the function of that name.
func (d *Decoder) DecodeRendered(data []byte, file string) ([]Object, error) {
	return decode(data, stream{file: file, rendered: true, decoder: d})
}

// SourcePrefix begins the comment with which a renderer names the file that an
// object comes from. It is Helm's convention.
const SourcePrefix = "# Source: "

// DecodeRendered is Decode for what a renderer printed. A document whose first
// line is a SourcePrefix comment has that file as its origin, and loses the line.
// File is the origin of the others.
func DecodeRendered(data []byte, file string) ([]Object, error) {
	return new(Decoder).DecodeRendered(data, file)
}

func decode(data []byte, s stream) ([]Object, error) {
	if len(data) > MaxBytes {
		return s.objects, diag.Pos{File: s.file}.Problemf("want at most %d MB, got more", MaxBytes>>20)
	}
	if s.decoder.shelf == nil {
		s.decoder.shelf = &shelf{store: s.decoder.Store}
	}
	data = s.utf8(data)
	read := func() error { return s.yaml(data, 1) }
	if yamlutil.IsJSONBuffer(data[:min(len(data), sniffed)]) {
		read = func() error { return s.json(data) }
	}
	err := read()
	if s.decoder.Store != nil && !s.kept {
		s.decoder.shelf.settle(s.objects[s.first:], data)
	}
	return s.objects, err
}

// utf8 is UTF8, a part at a time: a text that is kept elsewhere need not be in
// memory as a whole.
func (s *stream) utf8(data []byte) []byte {
	const part = 1 << 20
	for rest := data; len(rest) > 0; {
		n := min(part, len(rest))
		for back := 0; n < len(rest) && back < utf8.UTFMax && !utf8.RuneStart(rest[n]); back++ {
			n--
		}
		s.decoder.shelf.touch(rest[:n])
		if !utf8.Valid(rest[:n]) {
			return UTF8(data)
		}
		rest = rest[n:]
	}
	return bytes.TrimPrefix(data, []byte("\uFEFF"))
}

// DecodeJSON reads a file that must hold exactly one JSON object, as Argo CD
// reads files whose name ends with .json. A List stands for its items.
func DecodeJSON(data []byte, file string) ([]Object, error) {
	s := stream{file: file}
	data = UTF8(data)
	decoder := json.NewDecoder(bytes.NewReader(data))
	var raw json.RawMessage
	if err := decoder.Decode(&raw); err != nil {
		return nil, s.jsonProblem(data, 0, err)
	}
	if decoder.More() {
		return nil, s.at(data, decoder.InputOffset()).Problemf("want one JSON object in the file, got more").
			WithHint("write one file for each object, or a List")
	}
	at := s.at(data, decoder.InputOffset()-int64(len(raw)))
	if string(raw) == "null" {
		return nil, at.Problemf("want an object, got null")
	}
	err := s.addJSON(raw, at)
	return s.objects, err
}

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
