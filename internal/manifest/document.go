package manifest

import (
	"bytes"
	"sync/atomic"
)

// A document is the text of one object that the recogniser has read. It keeps
// the part of its tree that everybody asks for; the rest is read again when
// somebody wants it, which few objects of an application live to see.
type document struct {
	text []byte
	head []node
	ref  Ref
	full atomic.Pointer[[]node]
}

// newDocument keeps a recognised text; nodes are the recogniser's own.
func newDocument(text []byte, nodes []node) *document {
	t := tree{text, nodes}
	d := &document{text: text, head: t.head()}
	d.ref = refOf(d)
	return d
}

// editedDocument is newDocument for nodes that nobody else uses: whoever has
// changed a document will look at it again.
func editedDocument(text []byte, nodes []node) *document {
	d := &document{text: text, head: nodes}
	d.full.Store(&nodes)
	d.ref = refOf(d)
	return d
}

// tree is the whole document.
func (d *document) tree() tree {
	nodes := d.full.Load()
	if nodes == nil {
		r := recogniser{nodes: make([]node, 0, 2*bytes.Count(d.text, []byte("\n")))}
		r.recognise(d.text) // it was recognised before
		nodes = &r.nodes
		d.full.Store(nodes)
	}
	return tree{d.text, *nodes}
}

// find looks for a path in the head, and in the whole where the head ends.
func (d *document) find(path []any) (in tree, at int, ok bool) {
	in = tree{d.text, d.head}
	at, depth := in.find(path)
	if depth == len(path) && (len(path) > 0 && in.nodes[at].kind != unread) {
		return in, at, true
	}
	if in.nodes[at].kind != unread && len(path) > 0 {
		return in, at, false
	}
	in = d.tree()
	at, depth = in.find(path)
	return in, at, depth == len(path)
}

// get returns the value at a path, made new.
func (d *document) get(path []any) (value any, ok bool) {
	in, at, ok := d.find(path)
	if !ok {
		return nil, false
	}
	value, _ = in.value(at) // each scalar was resolved before the document was kept
	return value, true
}

// fields are those of the object, made new.
func (d *document) fields() map[string]any {
	value, _ := d.get(nil)
	out, _ := value.(map[string]any)
	return out
}

// Text returns the text at a path; "" if it is absent or not text.
func (d *document) Text(path ...any) string {
	in, at, ok := d.find(path)
	if !ok {
		return ""
	}
	switch n := in.nodes[at]; n.kind {
	case plain:
		value, _ := in.value(at)
		s, _ := value.(string)
		return s
	case single, double, literal, folded:
		return n.text(in.text)
	default:
		return ""
	}
}
