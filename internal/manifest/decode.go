package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
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
	// Only, if there is one, is shown each document, and says whether it may be here.
	// The first that may not, or that only the full parser can read, ends the decoding
	// with ErrOther.
	Only func(document Part) bool
	// Store, if there is one, is where the objects keep their texts: the data they
	// were decoded from may then change.
	Store      Store
	recogniser recogniser
	shelf      *shelf
}

// ErrOther says that a stream has another document than the decoder is for.
var ErrOther = errors.New("another document than is wanted")

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
		if s.decoder.Only != nil {
			return s.objects, ErrOther
		}
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
