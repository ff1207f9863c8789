package kustomize

import (
	"bytes"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// schemaColumn is where the emitter writes the key of a definition's schema.
const schemaColumn = 6

// schemaTexts are what the emitter writes behind the keys at schemaColumn of a
// document, by where the lines of their values begin. Ok is false for a document
// that the emitter does not write. Size is about that of all texts.
func schemaTexts(root manifest.Part, size int) (texts map[int][]byte, ok bool) {
	e := partEmitter{out: make([]byte, 0, size+size/16), texts: map[int][]byte{}}
	return e.texts, root.Form() == manifest.FormMap && !root.IsEmpty() && e.entries(root, 0)
}

// A partEmitter writes a part of a document exactly as the emitter writes the node
// that the library's parser makes of it, and reports false where that does not
// write it: the nodes of a large schema cost more than all the rest.
type partEmitter struct {
	out   []byte
	texts map[int][]byte
}

func (e *partEmitter) entries(p manifest.Part, column int) bool {
	isFirst := true
	for key, value := range p.Entries() {
		if !isFirst {
			e.indent(column)
		}
		isFirst = false
		if !isPartKey(key) || p.Form() == manifest.FormFlowMap && value.Form() == manifest.FormNull {
			return false
		}
		e.out = append(key.AppendText(e.out, column+2), ':')
		start := len(e.out)
		if !e.value(value, column) {
			return false
		}
		if column == schemaColumn && value.Form() == manifest.FormMap {
			line, _ := value.Lines()
			e.texts[line] = e.out[start:]
		}
	}
	return true
}

func (e *partEmitter) value(p manifest.Part, column int) bool {
	switch {
	case isFull(p) && isMap(p):
		e.out = append(e.out, '\n')
		e.indent(column + 2)
		return e.entries(p, column+2)
	case isFull(p):
		e.out = append(e.out, '\n')
		e.indent(column)
		return e.items(p, column)
	default:
		e.out = append(e.out, ' ')
		return e.inline(p, column)
	}
}

func (e *partEmitter) items(p manifest.Part, column int) bool {
	isFirst := true
	for item := range p.Items() {
		if !isFirst {
			e.indent(column)
		}
		isFirst = false
		e.out = append(e.out, "- "...)
		ok := false
		switch {
		case isFull(item) && isMap(item):
			ok = e.entries(item, column+2)
		case isFull(item):
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

// inline writes an empty collection or a scalar, and ends the line.
func (e *partEmitter) inline(p manifest.Part, column int) bool {
	switch form := p.Form(); {
	case form == manifest.FormSingle, form == manifest.FormDouble, form == manifest.FormPlain && p.SurelyText():
		e.out = append(p.AppendText(e.out, column+2), '\n')
		return true
	case form == manifest.FormLiteral:
		text := p.Text()
		e.out = append(manifest.AppendText(e.out, text, column+2), '\n')
		return manifest.IsLiteral(text) || isEven(text)
	default:
		other := emitter{out: *bytes.NewBuffer(e.out)}
		ok := other.inline(nodeOf(p), column)
		e.out = other.out.Bytes()
		return ok
	}
}

func (e *partEmitter) indent(column int) {
	for range column {
		e.out = append(e.out, ' ')
	}
}

func isMap(p manifest.Part) bool {
	return p.Form() == manifest.FormMap || p.Form() == manifest.FormFlowMap
}

// isFull reports whether a part is a collection with anything in it.
func isFull(p manifest.Part) bool {
	return (isMap(p) || p.Form() == manifest.FormList || p.Form() == manifest.FormFlowList) && !p.IsEmpty()
}

// isPartKey is isKey for the node of a key.
func isPartKey(key manifest.Part) bool {
	const surelyShort = 400
	if key.Size() < surelyShort && (key.Form() != manifest.FormPlain || key.SurelyText()) {
		return true
	}
	return isKey(nodeOf(key))
}

// styles are those that the library's parser gives to the forms.
var styles = map[manifest.Form]yaml.Style{
	manifest.FormSingle: yaml.SingleQuotedStyle, manifest.FormDouble: yaml.DoubleQuotedStyle,
	manifest.FormLiteral: yaml.LiteralStyle, manifest.FormFolded: yaml.FoldedStyle,
	manifest.FormFlowMap: yaml.FlowStyle, manifest.FormFlowList: yaml.FlowStyle,
}

// nodeOf is the node that the library's parser makes of a part.
func nodeOf(p manifest.Part) *yaml.Node {
	form := p.Form()
	n := &yaml.Node{Style: styles[form]}
	switch form {
	case manifest.FormMap, manifest.FormFlowMap:
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
		n.Content = make([]*yaml.Node, 0, 2*p.Len())
		for key, value := range p.Entries() {
			n.Content = append(n.Content, nodeOf(key), nodeOf(value))
		}
	case manifest.FormList, manifest.FormFlowList:
		n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		n.Content = make([]*yaml.Node, 0, p.Len())
		for item := range p.Items() {
			n.Content = append(n.Content, nodeOf(item))
		}
	case manifest.FormNull:
		n.Kind, n.Tag = yaml.ScalarNode, "!!null"
	default:
		n.Kind, n.Tag, n.Value = yaml.ScalarNode, "!!str", p.Text()
		if form == manifest.FormPlain && !p.SurelyText() {
			n.Tag = ""
			n.Tag = n.ShortTag()
		}
	}
	return n
}
