// Package strict reads YAML into Go structs and reports every mistake with its
// place.
//
// The struct is the grammar. Its tags say all that the decoder, the JSON schema
// and the reference need to know about a key, so that the three cannot drift:
//
//	yaml:"name"      the key; "-" is not part of the language
//	need:"true"      the key must be given; text must not be empty
//	enum:"a|b"       the value is one of these
//	default:"5m"     what Fill puts in when nothing is given
//	min:"0" max:"9"  bounds of a number, a duration or an amount
//	doc:"…"          one sentence for people
//	one:"true"       exactly one of the keys with this tag must be given; the
//	                 struct's Check says so, the schema and the reference show it
//	at:"name"        on a diag.Pos: where the value of that key stands
//
// A diag.Pos called At holds where the whole value stands.
//
// Reflection is used because the alternative, a table of functions beside each
// struct, says everything a second time. The package knows YAML and reflection;
// it knows no key, no policy and no Kubernetes.
package strict

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
)

// MaxBytes is how large a document may be. A policy is written by hand; one
// that is larger is a mistake or an attack.
const MaxBytes = 1 << 20

// A Document is one parsed YAML document.
type Document struct {
	// File is what messages call it.
	File string
	// Root is the document's content. It has no aliases: each is replaced by a
	// copy of what it stands for, so that a change in one place stays there.
	Root *yaml.Node
	// from names the source of a value that Set put in: it has no line in File.
	from map[*yaml.Node]string
}

// Parse reads the one YAML document in data. Everything that keeps it from
// being read is a problem in file: size, encoding, syntax, a second document,
// aliases that explode, an empty document.
func Parse(file string, data []byte) (*Document, error) {
	at := diag.Pos{File: file}
	if len(data) > MaxBytes {
		return nil, at.Problemf("want at most %d bytes, got more", MaxBytes)
	}
	if !utf8.Valid(data) {
		return nil, notText(at, data)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, at.Problemf("want a mapping, got an empty file")
	case err != nil:
		return nil, syntaxProblem(at, data, err)
	}
	if err := onlyOne(at, data, dec); err != nil {
		return nil, err
	}
	d := &Document{File: file, from: map[*yaml.Node]string{}}
	root, err := d.expand(doc.Content[0])
	d.Root = root
	return d, err
}

// notText names the first byte that is not UTF-8.
func notText(at diag.Pos, data []byte) diag.Problem {
	for at.Line, at.Col = 1, 1; ; at.Col++ {
		r, size := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && size <= 1:
			return at.Problemf("want UTF-8 text, got other bytes").WithHint("save the file as UTF-8")
		case r == '\n':
			at.Line, at.Col = at.Line+1, 0
		}
		data = data[size:]
	}
}

// onlyOne refuses what follows the first document.
func onlyOne(at diag.Pos, data []byte, dec *yaml.Decoder) error {
	var second yaml.Node
	err := dec.Decode(&second)
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return syntaxProblem(at, data, err)
	}
	at.Line, at.Col = second.Line, max(second.Column, 1)
	return at.Problemf("want one document, got a second one").WithHint("remove everything from the line that says ---")
}

// yamlLine finds the line that go-yaml puts into its messages.
var yamlLine = lazy.Regexp(`^yaml: (?:line (\d+): )?`)

func syntaxProblem(at diag.Pos, data []byte, err error) diag.Problem {
	msg := err.Error()
	if m := yamlLine().FindStringSubmatch(msg); m != nil {
		msg = msg[len(m[0]):]
		if line, err := strconv.Atoi(m[1]); err == nil {
			at.Line, at.Col = line, 1
		}
	}
	if m := unknownAnchor().FindStringSubmatch(msg); m != nil {
		at.Line, at.Col = placeOf(data, "*"+m[1])
		return at.Problemf("want an alias of an anchor above it, got *%s", m[1])
	}
	p := at.Problemf("want YAML, got text that is not: %s", msg)
	if tab := tabIndented(data, at.Line); tab > 0 {
		p.Line = tab
		p = p.WithHint("indent with spaces, not with tabs")
	}
	return p
}

// unknownAnchor is a message of go-yaml that has no line.
var unknownAnchor = lazy.Regexp(`^unknown anchor '(.*)' referenced$`)

// placeOf returns line and column of the first text in data; 0 if there is none.
func placeOf(data []byte, text string) (line, col int) {
	before, _, found := strings.Cut(string(data), text)
	if !found {
		return 0, 0
	}
	lines := strings.Split(before, "\n")
	return len(lines), utf8.RuneCountInString(lines[len(lines)-1]) + 1
}

// tabIndented returns the line near the given one whose indentation has a tab,
// or 0. The parser names the line before it at times.
func tabIndented(data []byte, near int) int {
	lines := bytes.Split(data, []byte("\n"))
	for i := max(near-1, 0); i < min(near+1, len(lines)); i++ {
		indent := len(lines[i]) - len(bytes.TrimLeft(lines[i], " \t"))
		if bytes.ContainsRune(lines[i][:indent], '\t') {
			return i + 1
		}
	}
	return 0
}

// Pos is the place of n, which is at path in d.
func (d *Document) Pos(n *yaml.Node, path string) diag.Pos {
	if from, ok := d.from[n]; ok {
		return diag.Pos{File: from, Path: path}
	}
	return diag.Pos{File: d.File, Line: n.Line, Col: n.Column, Path: path}
}

// At is the place of path in d, such as hooks[0].name, or of the innermost
// value on the way there that exists.
func (d *Document) At(path string) diag.Pos {
	return d.Pos(find(d.Root, path), path)
}

// find follows path from n as far as it leads. A key may have dots in it.
func find(n *yaml.Node, path string) *yaml.Node {
	path = strings.TrimPrefix(path, ".")
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			rest, ok := strings.CutPrefix(path, n.Content[i].Value)
			if ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
				return find(n.Content[i+1], rest)
			}
		}
	case yaml.SequenceNode:
		index, rest, _ := strings.Cut(strings.TrimPrefix(path, "["), "]")
		if i, err := strconv.Atoi(index); err == nil && 0 <= i && i < len(n.Content) {
			return find(n.Content[i], rest)
		}
	}
	return n
}

// Child returns the value at key of the mapping n, or nil.
func Child(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// KindName names what n is, for "got …" in a message.
func KindName(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == "!!null":
		return "nothing"
	case n.Tag == "!!bool":
		return n.Value
	case n.Tag == "!!int" || n.Tag == "!!float":
		return "a number"
	default: // not the text itself: it may be a password in the wrong place
		return "text"
	}
}

// maxQuoted is how much of a user's text a message repeats: enough to find it.
const maxQuoted = 80

func quote(s string) string {
	for i := range s {
		if i >= maxQuoted {
			return strconv.Quote(s[:i] + "…")
		}
	}
	return strconv.Quote(s)
}

// longestPlainKey is the most that a path shows of a key as it is.
const longestPlainKey = 80

// isPlainKey reports whether a path can show a key as it is.
func isPlainKey(key string) bool {
	odd := func(r rune) bool {
		isLetter := r|0x20 >= 'a' && r|0x20 <= 'z'
		return !isLetter && !strings.ContainsRune("0123456789_./$*-", r)
	}
	return key != "" && len(key) <= longestPlainKey && !strings.ContainsFunc(key, odd)
}

// join is the path of a key.
func join(path, key string) string {
	switch {
	case !isPlainKey(key):
		return fmt.Sprintf("%s[%s]", path, quote(key))
	case path == "":
		return key
	}
	return path + "." + key
}
