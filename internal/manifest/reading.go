package manifest

import (
	"bytes"
	"iter"
)

// A Form is what a part of a text is, and how it is written.
type Form uint8

// The forms. A Null has nothing written.
const (
	FormNull Form = iota
	FormPlain
	FormSingle
	FormDouble
	FormLiteral
	FormFolded
	FormMap
	FormFlowMap
	FormList
	FormFlowList
)

var forms = [...]Form{
	null: FormNull, plain: FormPlain, single: FormSingle, double: FormDouble, literal: FormLiteral, folded: FormFolded,
	blockMap: FormMap, flowMap: FormFlowMap, blockList: FormList, flowList: FormFlowList,
}

// A Part is a part of a document that the recogniser has read. The text of the
// document must not change.
type Part struct {
	tree tree
	at   int
}

// Read reads one document as the recogniser does. Ok is false if it is empty, or of
// the kind that needs a full parser.
func Read(text []byte) (root Part, ok bool) {
	var r recogniser
	if !r.recognise(text) || len(r.nodes) == 0 {
		return Part{}, false
	}
	return Part{tree: tree{text, r.nodes}}, true
}

// Form says what the part is.
func (p Part) Form() Form {
	n := p.tree.nodes[p.at]
	if n.kind != keyNode {
		return forms[n.kind]
	}
	switch {
	case n.start > 0 && p.tree.text[n.start-1] == '"':
		return FormDouble
	case n.start > 0 && p.tree.text[n.start-1] == '\'':
		return FormSingle
	}
	return FormPlain
}

// Text is the text of a key or a scalar: of a plain one as it is written, but for
// its line ends.
func (p Part) Text() string { return p.tree.nodes[p.at].text(p.tree.text) }

// AppendText appends the text of a key or a scalar as the function of that name does.
func (p Part) AppendText(out []byte, column int) []byte {
	n := p.tree.nodes[p.at]
	raw, odd := p.tree.text[n.start:n.end], "\n"
	switch n.kind {
	case single:
		odd = "'\n"
	case double:
		odd = "\\\n"
	case literal, folded:
		return AppendText(out, p.Text(), column)
	default: // as it stands, on one line or more
	}
	if bytes.ContainsAny(raw, odd) {
		return AppendText(out, p.Text(), column)
	}
	return appendScalar(out, raw, column)
}

// Size is the number of bytes that a key or a scalar takes in the text.
func (p Part) Size() int {
	n := p.tree.nodes[p.at]
	return int(n.end - n.start)
}

// SurelyText reports whether every parser takes a plain part for a text.
func (p Part) SurelyText() bool {
	n := p.tree.nodes[p.at]
	return surelyText(p.tree.text[n.start:n.end])
}

// Bytes is Text without a copy where that can be. It must not change.
func (p Part) Bytes() []byte { return p.tree.nodes[p.at].bytes(p.tree.text) }

// Get returns the part at a path, whose steps are those of Object.Get.
func (p Part) Get(path ...any) (part Part, ok bool) {
	for _, step := range path {
		if p.at = p.tree.child(p.at, step); p.at < 0 {
			return Part{}, false
		}
	}
	return p, true
}

// Entries are the keys and values of a mapping.
func (p Part) Entries() iter.Seq2[Part, Part] {
	return func(yield func(key, value Part) bool) {
		n := p.tree.nodes[p.at]
		for i := p.at + 1; n.kind.isMap() && i < int(n.next); i = int(p.tree.nodes[i+1].next) {
			if !yield(Part{p.tree, i}, Part{p.tree, i + 1}) {
				return
			}
		}
	}
}

// Items are the items of a list.
func (p Part) Items() iter.Seq[Part] {
	return func(yield func(item Part) bool) {
		n := p.tree.nodes[p.at]
		for i := p.at + 1; n.kind.isList() && i < int(n.next); i = int(p.tree.nodes[i].next) {
			if !yield(Part{p.tree, i}) {
				return
			}
		}
	}
}

// IsEmpty reports whether a collection has nothing in it.
func (p Part) IsEmpty() bool { return int(p.tree.nodes[p.at].next) == p.at+1 }

// Len is the number of entries of a mapping or items of a list.
func (p Part) Len() (n int) {
	for range p.Entries() {
		n++
	}
	for range p.Items() {
		n++
	}
	return n
}

// Lines are the lines that a block collection takes: from the beginning of its
// first one to behind the line feed of its last.
func (p Part) Lines() (start, end int) {
	n := p.tree.nodes[p.at]
	start = int(n.start)
	for start > 0 && p.tree.text[start-1] != '\n' {
		start--
	}
	return start, p.tree.lineAfter(int(n.end))
}
