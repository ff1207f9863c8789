// Package strict reads YAML into Go structs and reports every mistake with its
// place.
//
// The struct is the grammar. Its tags say all that the decoder, the JSON schema
// and the reference need to know about a key, so that the three cannot drift:
//
//	yaml:"name"      the key; "-" is not part of the language
//	need:"true"      the key must be given
//	enum:"a|b"       the value is one of these
//	default:"5m"     what Fill puts in when nothing is given
//	min:"0" max:"9"  bounds of a number
//	doc:"…"          one sentence for people
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
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// MaxBytes is how large a document may be. A policy is written by hand; one
// that is larger is a mistake or an attack.
const MaxBytes = 1 << 20

// maxNodes bounds what aliases may expand to: a few nested anchors of a tiny
// file otherwise explode to billions of nodes.
const maxNodes = 100_000

// A Document is one parsed YAML document.
type Document struct {
	// File is what messages call it.
	File string
	// Root is the document's content.
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
		return nil, at.Problemf("want at most %d bytes, got %d", MaxBytes, len(data))
	}
	if !utf8.Valid(data) {
		return nil, at.Problemf("want UTF-8 text, got other bytes")
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, at.Problemf("want a mapping, got an empty file")
		}
		return nil, syntaxProblem(at, err)
	}
	err := dec.Decode(&second)
	switch {
	case err == nil:
		at.Line, at.Col = second.Line, max(second.Column, 1)
		return nil, at.Problemf("want one document, got a second one").WithHint("remove everything from the line that says ---")
	case !errors.Is(err, io.EOF):
		return nil, syntaxProblem(at, err)
	}
	if len(doc.Content) == 0 {
		return nil, at.Problemf("want a mapping, got an empty file")
	}
	root := doc.Content[0]
	if expands(root) {
		at.Line, at.Col = root.Line, root.Column
		return nil, at.Problemf("want at most %d values, got anchors that expand to more", maxNodes).WithHint("write the values out")
	}
	return &Document{File: file, Root: root, from: map[*yaml.Node]string{}}, nil
}

// yamlLine finds the line that go-yaml puts into its messages.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func syntaxProblem(at diag.Pos, err error) diag.Problem {
	msg := err.Error()
	if m := yamlLine.FindStringSubmatch(msg); m != nil {
		msg = msg[len(m[0]):]
		if line, err := strconv.Atoi(m[1]); err == nil {
			at.Line, at.Col = line, 1
		}
	}
	return at.Problemf("want YAML, got text that is not: %s", msg)
}

// expands reports whether n holds more than maxNodes nodes once its aliases are
// followed, or an alias that contains itself.
func expands(root *yaml.Node) bool {
	left := maxNodes
	active := map[*yaml.Node]bool{}
	var walk func(n *yaml.Node) bool
	walk = func(n *yaml.Node) bool {
		if left--; left < 0 || active[n] {
			return true
		}
		active[n] = true
		defer delete(active, n)
		if n.Kind == yaml.AliasNode {
			return walk(n.Alias)
		}
		for _, c := range n.Content {
			if walk(c) {
				return true
			}
		}
		return false
	}
	return walk(root)
}

// Pos is the place of n, which is at path in d.
func (d *Document) Pos(n *yaml.Node, path string) diag.Pos {
	if from, ok := d.from[n]; ok {
		return diag.Pos{File: from, Path: path}
	}
	return diag.Pos{File: d.File, Line: n.Line, Col: n.Column, Path: path}
}

// Set puts value at a dotted path of mapping keys, such as retry.limit, and
// makes the mappings on the way. Messages about the value name from instead of
// a line of the file. A value that is not a mapping in the way is an error.
func (d *Document) Set(path string, value any, from string) error {
	var leaf yaml.Node
	if err := leaf.Encode(value); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	keys := strings.Split(path, ".")
	at := d.Root
	for _, key := range keys[:len(keys)-1] {
		next, err := d.child(at, key, from)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		at = next
	}
	d.mark(&leaf, from)
	return d.put(at, keys[len(keys)-1], &leaf, from)
}

// child returns the mapping at key of n, and makes it if there is none.
func (d *Document) child(n *yaml.Node, key, from string) (*yaml.Node, error) {
	if c := Child(n, key); c != nil && c.Tag != "!!null" {
		return c, nil
	}
	made := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	d.mark(made, from)
	return made, d.put(n, key, made, from)
}

func (d *Document) put(n *yaml.Node, key string, value *yaml.Node, from string) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("want a mapping above %s, got %s", key, KindName(n))
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content[i+1] = value
			return nil
		}
	}
	k := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}
	d.mark(k, from)
	n.Content = append(n.Content, k, value)
	return nil
}

func (d *Document) mark(n *yaml.Node, from string) {
	d.from[n] = from
	for _, c := range n.Content {
		d.mark(c, from)
	}
}

// Child returns the value at key of the mapping n, or nil.
func Child(n *yaml.Node, key string) *yaml.Node {
	n = follow(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return follow(n.Content[i+1])
		}
	}
	return nil
}

// follow returns what an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
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
	default:
		return strconv.Quote(n.Value)
	}
}
