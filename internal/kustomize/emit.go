package kustomize

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/resource"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// asYAML writes a resource as Resource.AsYAML does, which encodes and parses each
// object five times over: the same object, in the order and with the styles of its
// source. What it does not know it leaves to AsYAML.
// The words of hidden schemas become their texts.
func asYAML(res *resource.Resource, h *hidden) ([]byte, error) {
	node := res.YNode()
	if node != nil && node.Kind == yaml.MappingNode && len(node.Content) > 0 {
		var e emitter
		if res.GetKind() == crdKind {
			e.hidden = h
		}
		if e.entries(node, 0) {
			return e.out.Bytes(), nil
		}
	}
	return res.AsYAML()
}

type emitter struct {
	out    bytes.Buffer
	hidden *hidden
}

// entries writes the entries of a mapping, each on lines of its own. The first
// continues the current line, which stands at column. It returns false for what
// AsYAML must write, or refuse.
func (e *emitter) entries(n *yaml.Node, column int) bool {
	if !distinct(n) || hasGap(n) {
		return false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if i > 0 {
			e.indent(column)
		}
		key := n.Content[i]
		if !isKey(key) {
			return false
		}
		e.text(key.Value, column)
		e.out.WriteByte(':')
		if text, ok := e.hidden.textOf(key.Value, n.Content[i+1].Value, column); ok {
			e.out.Write(text)
			continue
		}
		if !e.value(n.Content[i+1], column) {
			return false
		}
	}
	return true
}

// value writes what stands behind the colon of a key at column.
func (e *emitter) value(n *yaml.Node, column int) bool {
	switch {
	case n.Anchor != "" || n.Kind == yaml.AliasNode:
		return false
	case n.Kind == yaml.MappingNode && len(n.Content) > 0:
		e.out.WriteByte('\n')
		e.indent(column + 2)
		return e.entries(n, column+2)
	case n.Kind == yaml.SequenceNode && len(n.Content) > 0:
		e.out.WriteByte('\n')
		e.indent(column)
		return e.items(n, column)
	default:
		e.out.WriteByte(' ')
		return e.inline(n, column)
	}
}

// items writes the items of a list whose dashes stand at column.
func (e *emitter) items(n *yaml.Node, column int) bool {
	for i, item := range n.Content {
		if i > 0 {
			e.indent(column)
		}
		e.out.WriteString("- ")
		ok := false
		switch {
		case item.Anchor != "" || item.Kind == yaml.AliasNode:
		case item.Kind == yaml.MappingNode && len(item.Content) > 0:
			ok = e.entries(item, column+2)
		case item.Kind == yaml.SequenceNode && len(item.Content) > 0:
			ok = e.items(item, column+2)
		default:
			ok = e.inline(item, column)
		}
		if !ok {
			return false
		}
	}
	return true
}

// inline writes an empty collection or a scalar of a collection at column, and
// ends the line.
func (e *emitter) inline(n *yaml.Node, column int) bool {
	switch n.Kind {
	case yaml.MappingNode:
		e.out.WriteString("{}\n")
		return true
	case yaml.SequenceNode:
		e.out.WriteString("[]\n")
		return true
	}
	ok := isFaithful(n)
	if n.ShortTag() == "!!str" {
		e.text(n.Value, column)
	} else {
		ok = ok && e.other(n, column)
	}
	e.out.WriteByte('\n')
	return ok
}

// isFaithful reports whether a scalar survives being written and read again, which
// is what AsYAML does with it. Those with blanks where lines begin or end, and with
// empty lines, may come out changed; then they must from here too.
func isFaithful(n *yaml.Node) bool {
	switch n.Style {
	case 0:
		return n.Value != "" || n.Tag == "!!null" || n.Tag == ""
	case yaml.SingleQuotedStyle, yaml.DoubleQuotedStyle:
		return true
	case yaml.LiteralStyle:
		return manifest.IsLiteral(n.Value) || isEven(n.Value)
	case yaml.FoldedStyle:
		return isEven(n.Value)
	default:
		return false
	}
}

// isEven reports whether a text has nothing but printable ASCII, in lines that
// neither are empty nor have blanks at their ends or two in a row.
func isEven(s string) bool {
	before := byte('\n')
	for i := range len(s) {
		c := s[i]
		isBreak := c == ' ' || c == '\n'
		if c != '\n' && (c < ' ' || c > '~') || isBreak && (before == ' ' || before == '\n') {
			return false
		}
		before = c
	}
	return before != ' ' && s != ""
}

// isKey reports whether a node is a key that YAML has no other meaning for.
func isKey(n *yaml.Node) bool {
	const longest = 500
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" && n.Anchor == "" && n.Style&yaml.TaggedStyle == 0 &&
		len(n.Value) < longest && !strings.ContainsRune(n.Value, '\n')
}

func (e *emitter) text(s string, column int) {
	e.out.Write(manifest.AppendText(e.out.AvailableBuffer(), s, column+2))
}

// other writes a scalar that is not text, as JSON has it.
func (e *emitter) other(n *yaml.Node, column int) bool {
	switch n.ShortTag() {
	case "!!null", "!!bool", "!!int", "!!float", "!!timestamp":
	default:
		return false
	}
	if n.Value == "true" || n.Value == "false" || isSmall(n.Value) {
		e.out.WriteString(n.Value)
		return n.ShortTag() == "!!bool" || n.ShortTag() == "!!int"
	}
	var value any
	if err := n.Decode(&value); err != nil {
		return false
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return false
	}
	var s string
	if json.Unmarshal(raw, &s) == nil && len(raw) > 0 && raw[0] == '"' {
		e.text(s, column)
	} else {
		e.out.Write(raw)
	}
	return true
}

// isSmall reports whether a number is written as JSON has it.
func isSmall(number string) bool {
	const surelyExact = 15
	if number == "" || len(number) > surelyExact || number[0] == '0' && number != "0" {
		return false
	}
	for i := range len(number) {
		if number[i] < '0' || number[i] > '9' {
			return false
		}
	}
	return true
}

func (e *emitter) indent(column int) {
	for range column {
		e.out.WriteByte(' ')
	}
}

// hasGap reports whether a flow mapping has a key without a value: AsYAML makes an
// empty text of it.
func hasGap(n *yaml.Node) bool {
	return n.Style&yaml.FlowStyle != 0 && slices.ContainsFunc(n.Content, func(c *yaml.Node) bool {
		return c.Kind == yaml.ScalarNode && c.Style == 0 && c.Value == ""
	})
}

// distinct reports whether no key of a mapping is there twice.
func distinct(n *yaml.Node) bool {
	const few = 32
	if len(n.Content) > few {
		seen := make(map[string]bool, len(n.Content)/2)
		for i := 0; i < len(n.Content); i += 2 {
			if seen[n.Content[i].Value] {
				return false
			}
			seen[n.Content[i].Value] = true
		}
		return true
	}
	for i := 2; i < len(n.Content); i += 2 {
		for j := 0; j < i; j += 2 {
			if n.Content[i].Value == n.Content[j].Value {
				return false
			}
		}
	}
	return true
}
