package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	yamlv2 "go.yaml.in/yaml/v2"
	jsonutil "k8s.io/apimachinery/pkg/util/json"
	yamlutil "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
)

// maxDepth bounds nesting. Real CRDs reach about 60.
const maxDepth = 1000

var yamlLine = lazy.Regexp(`^line ([0-9]+): `)

// mayKeepBreaks reports whether a document has what may be the head of a block scalar
// that keeps its last empty lines: | or >, perhaps a digit, and +.
func mayKeepBreaks(doc []byte) bool {
	for i := 0; ; i++ {
		next := bytes.IndexByte(doc[i:], '+')
		if next < 0 {
			return false
		}
		i += next
		head := i
		if head > 0 && isDigit(doc[head-1]) {
			head--
		}
		if head > 0 && (doc[head-1] == '|' || doc[head-1] == '>') {
			return true
		}
	}
}

// toJSON converts one YAML document to JSON. At is the first line of chunk.
func toJSON(chunk []byte, at diag.Pos) ([]byte, error) {
	if bytes.HasPrefix(chunk, []byte("%")) {
		return nil, at.Problemf("want a document, got a directive").
			WithHint("leave the line out: Argo CD does not read directives")
	}
	if err := refuseGrowth(chunk, at); err != nil {
		return nil, err
	}
	raw, err := yaml.YAMLToJSON(chunk)
	if err != nil {
		return nil, yamlProblem(err, at)
	}
	return raw, refuseLostDocument(chunk, at)
}

// refuseLostDocument refuses what Argo CD would silently drop: a document that
// follows another one without a marker that apimachinery's reader knows, such as
// one after a line "...". Only these bytes can end a document inside a chunk.
func refuseLostDocument(chunk []byte, at diag.Pos) error {
	if !bytes.Contains(chunk, []byte("\n...")) && !bytes.HasPrefix(chunk, []byte("...")) &&
		!bytes.ContainsAny(chunk, "\r\u0085\u2028\u2029") {
		return nil
	}
	decoder := yamlv2.NewDecoder(bytes.NewReader(chunk))
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil // a document of nothing but comments
	}
	for {
		var next any
		err := decoder.Decode(&next)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || next != nil {
			return lostDocument(chunk, at)
		}
	}
}

func lostDocument(chunk []byte, at diag.Pos) error {
	before, _, found := bytes.Cut(chunk, []byte("\n..."))
	if found {
		at.Line += bytes.Count(before, []byte("\n")) + 1
	}
	return at.Problemf("want \"---\" before another document, got none: it would be dropped").
		WithHint("begin each document with a line ---")
}

// fieldsOf reads one object from JSON, with Kubernetes' own rules for numbers.
func fieldsOf(raw []byte, pos diag.Pos) (map[string]any, error) {
	if tooDeep(raw) {
		return nil, pos.Problemf("want at most %d levels, got more", maxDepth)
	}
	if trimmed := bytes.TrimSpace(raw); len(trimmed) == 0 || trimmed[0] != '{' {
		return nil, pos.Problemf("want an object, got %s", jsonKind(trimmed))
	}
	var fields map[string]any
	if err := jsonutil.Unmarshal(raw, &fields); err != nil {
		return nil, pos.Problemf("want an object, got %s", reason(err))
	}
	return fields, nil
}

func jsonKind(raw []byte) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return "something else"
	}
	return kindOf(v)
}

// tooDeep looks at brackets alone, so that it needs neither memory nor a stack.
func tooDeep(raw []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// yamlProblem turns an error of the YAML library into a problem. At is the line
// on which the library began to count.
func yamlProblem(err error, at diag.Pos) error {
	msg := reason(err)
	if m := yamlLine().FindStringSubmatch(msg); m != nil {
		if n, numErr := strconv.Atoi(m[1]); numErr == nil && at.Line > 0 {
			at.Line += n - 1
		}
		msg = msg[len(m[0]):]
	}
	return at.Problemf("want YAML: %s", msg)
}

// reason is an error's text without the layers that name libraries, on one line,
// and without values: they may be secrets.
func reason(err error) string {
	msg := err.Error()
	for _, layer := range []string{"error converting YAML to JSON: ", "error unmarshaling JSON: ", "while decoding JSON: ", "yaml: ", "json: "} {
		msg = strings.TrimPrefix(msg, layer)
	}
	switch {
	case strings.HasPrefix(msg, "unsupported map key of type"), strings.HasPrefix(msg, "invalid map key"):
		return "a key is neither text, a number, true nor false"
	case strings.HasPrefix(msg, "unknown anchor"): // its name may be a text without quotes
		return "an alias has no anchor"
	case strings.HasPrefix(msg, "unsupported value"):
		return "a number is not finite"
	}
	return strings.Join(strings.Fields(msg), " ")
}

// jsonProblem says where JSON ends to be JSON. Base is where decoding began.
func (s *stream) jsonProblem(data []byte, base int64, err error) error {
	at := s.at(data, base)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = s.at(data, min(max(syntax.Offset-1, base), int64(len(data))))
	}
	if errors.Is(err, io.EOF) {
		return at.Problemf("want a JSON object, got an empty file")
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return s.at(data, int64(len(data))).Problemf("want JSON: the file ends too early")
	}
	return at.Problemf("want JSON: %s", reason(err))
}

// at is the place of a byte of data.
func (s *stream) at(data []byte, offset int64) diag.Pos {
	if s.seen > offset || s.last.Line == 0 {
		s.seen, s.last = 0, diag.Pos{File: s.file, Line: 1, Col: 1}
	}
	passed := data[s.seen:offset]
	if newline := bytes.LastIndexByte(passed, '\n'); newline >= 0 {
		s.last.Line += bytes.Count(passed, []byte("\n"))
		s.last.Col = 1
		passed = passed[newline+1:]
	}
	s.last.Col += utf8.RuneCount(passed)
	s.seen = offset
	return s.last
}

// badSeparator finds the line that apimachinery's reader rejected: it begins
// with "---" and goes on with more than a comment.
func (s *stream) badSeparator(data []byte) error {
	line := 0
	for text := range bytes.Lines(data) {
		line++
		after, found := bytes.CutPrefix(text, []byte("---"))
		after = bytes.TrimSpace(after)
		if found && len(after) > 0 && after[0] != '#' {
			return diag.Pos{File: s.file, Line: line, Col: 4}.
				Problemf("want a line that holds only ---, got %q after it", shortened(string(after)))
		}
	}
	return diag.Pos{File: s.file}.Problemf("want a stream of YAML documents")
}

func shortened(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// keepable returns the text of a document that means the same wherever it
// stands in a stream, and nil if there is none: an open brace or a byte order
// mark means something else at the beginning of a stream, as does a marker with a
// comment right behind it, a carriage return at the end of a line, and the last line
// feed of a stream gets lost, which matters to block scalars that keep their empty
// lines.
func keepable(chunk []byte) []byte {
	text := chunk
	if bytes.HasPrefix(text, []byte("---")) {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	if bytes.HasPrefix(chunk, []byte("---#")) || yamlutil.IsJSONBuffer(text) || bytes.HasPrefix(text, []byte("\uFEFF")) || bytes.ContainsRune(text, '\r') {
		return nil
	}
	if bytes.HasSuffix(text, []byte("\n\n")) {
		if mayKeepBreaks(text) {
			return nil
		}
		text = text[:len(bytes.TrimRight(text, "\n"))+1]
	}
	return text
}

// internalError is a fault of ours or of a library, never of the user's file.
func internalError(o Object, err error) error {
	return fmt.Errorf("write %s: %w", o.Ref(), err)
}
