package manifest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// separator stands between documents, and not before the first one.
const separator = "---\n"

// An Encoder writes objects as a stream, the same bytes for the same objects.
// Nothing is written unless all objects can be. The zero value is ready.
type Encoder struct {
	// Store, if there is one, is that of the decoder, and of what was made and not
	// yet written.
	Store Store
}

// Encode is the method of the zero Encoder.
func Encode(w io.Writer, objects []Object) error { return Encoder{}.Encode(w, objects) }

// Encode writes YAML documents. An object that nobody changed is written as its
// author wrote it, if Argo CD is known to read that text the same wherever it
// stands.
func (e Encoder) Encode(w io.Writer, objects []Object) error {
	texts := make([][]byte, 0, len(objects))
	for _, o := range objects {
		text, err := o.document()
		if err != nil {
			return err
		}
		texts = append(texts, text)
	}
	out := bufio.NewWriterSize(w, batch)
	for i, text := range texts {
		if i > 0 {
			_, _ = out.WriteString(separator) // Flush returns the error
		}
		e.touch(text)
		_, _ = out.Write(text)
	}
	if len(texts) > 0 && needsLineFeed(texts[len(texts)-1]) {
		_, _ = out.WriteString(separator)
	}
	return out.Flush()
}

// needsLineFeed reports whether a text would mean something else without its last line
// feed, which Argo CD's server drops: in a block scalar that keeps its empty lines, or
// where the last line has the length that gets lost.
func needsLineFeed(text []byte) bool {
	return bytes.HasSuffix(text, []byte("\n\n")) || losesLastLine(bytes.TrimSuffix(text, []byte("\n")))
}

func (e Encoder) touch(text []byte) {
	if e.Store != nil {
		e.Store.Touch(text)
	}
}

// document returns the object's own text, or writes its fields.
func (o Object) document() ([]byte, error) {
	if o.doc != nil {
		return o.doc.text, nil
	}
	if o.text != nil {
		return o.text, nil
	}
	if text, ok := emitted(o.fields); ok {
		return text, nil
	}
	want, err := json.Marshal(o.fields)
	if err != nil {
		return nil, internalError(o, err)
	}
	plain := escaped(want)
	if text, err := yaml.JSONToYAML(plain); err == nil && reads(text, want) {
		return text, nil
	}
	// JSON is YAML too; it is plainer, and so survives where the emitter does not.
	if text := append(plain, '\n'); reads(text, want) {
		return text, nil
	}
	return nil, internalError(o, errors.New("its fields do not survive in YAML"))
}

// reads reports whether Argo CD reads text as the object that want is the JSON
// of. The emitter and the parser are one library and yet disagree here and there.
func reads(text, want []byte) bool {
	if bytes.HasPrefix(text, []byte("---")) || bytes.Contains(text, []byte("\n---")) {
		return false
	}
	raw, err := toJSON(text, diag.Pos{})
	if err != nil {
		return false
	}
	got, err := fieldsOf(raw, diag.Pos{})
	if err != nil {
		return false
	}
	back, err := json.Marshal(got)
	return err == nil && bytes.Equal(back, want)
}

// escaped returns JSON in which the characters that YAML does not allow are
// written as escapes; JSON has them in texts only.
func escaped(text []byte) []byte {
	out := make([]byte, 0, len(text)+1)
	for _, r := range string(text) {
		if r >= 0x7F && r < 0xA0 || r == 0xFEFF || r == 0xFFFE || r == 0xFFFF {
			out = fmt.Appendf(out, `\u%04x`, r)
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
