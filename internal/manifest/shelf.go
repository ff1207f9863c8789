package manifest

import (
	"io"
	"strings"
)

// A Store keeps texts outside the memory that a program works in.
type Store interface {
	// Keep returns a copy that stays as it is.
	Keep(text []byte) []byte
	// ReadAll is Keep for what r has, up to this many bytes.
	ReadAll(r io.Reader, atMost int64) ([]byte, error)
	// Touch says that a part of a kept text is about to be read.
	Touch(part []byte)
}

// A shelf is what the documents of one decoder share: where their texts are, the
// tree of the one that was looked at last, and memory for what is to come.
type shelf struct {
	store Store // nil leaves texts where they are
	// last is the document whose tree is in nodes.
	last *document
	// nodes, spare, keys and heading are used again and again.
	nodes, spare, heading []node
	keys                  []uint32
	// edited are documents whose texts are not in the store yet, of size bytes.
	edited []*document
	size   int
	// docs and heads are taken for many documents at once.
	docs  []document
	heads []node
	// names are the texts that many identities share.
	names map[string]string
}

const (
	// batch is how much edited text goes into the store at once.
	batch = 64 << 10
	// slab is for how many documents memory is taken at once.
	slab = 64
	// mostNames bounds the names that are kept.
	mostNames = 1000
)

// touch says that a text is about to be read.
func (s *shelf) touch(text []byte) {
	if s.store != nil {
		s.store.Touch(text)
	}
}

// tree is the whole of a document, good until another one is asked for.
func (s *shelf) tree(d *document) tree {
	s.touch(d.text)
	if s.last != d {
		r := recogniser{nodes: s.nodes, keys: s.keys}
		r.recognise(d.text) // it was recognised before
		s.nodes, s.keys, s.last = r.nodes, r.keys, d
	}
	return tree{d.text, s.nodes}
}

// document makes a document of a recognised text. It copies what it needs of the
// nodes.
func (s *shelf) document(text []byte, nodes []node) *document {
	if len(s.docs) == 0 {
		s.docs = make([]document, slab)
	}
	d := &s.docs[0]
	s.docs = s.docs[1:]
	s.heading = tree{text, nodes}.head(s.heading[:0])
	*d = document{text: text, head: s.cut(s.heading), annotations: -1, labels: -1, shelf: s}
	head := tree{text, d.head}
	metadata := head.at(0, "metadata")
	d.ref = s.refOf(head, metadata)
	if metadata >= 0 {
		d.annotations, d.labels = int32(head.at(metadata, "annotations")), int32(head.at(metadata, "labels"))
	}
	return d
}

// cut returns a copy of nodes without room for more.
func (s *shelf) cut(nodes []node) []node {
	const usual = 16 // nodes of a head
	if len(s.heads) < len(nodes) {
		s.heads = make([]node, max(usual*slab, len(nodes)))
	}
	out := s.heads[:len(nodes):len(nodes)]
	s.heads = s.heads[len(nodes):]
	copy(out, nodes)
	return out
}

// refOf is Object.Ref for the head of a document, whose metadata is at a place, if
// it has one.
func (s *shelf) refOf(head tree, metadata int) Ref {
	r := Ref{Kind: s.name(head, head.at(0, "kind"))}
	if metadata >= 0 {
		r.Namespace = s.name(head, head.at(metadata, "namespace"))
		if at := head.at(metadata, "name"); at >= 0 {
			r.Name = head.str(at)
		}
	}
	first, second, slash := strings.Cut(s.name(head, head.at(0, "apiVersion")), "/")
	switch {
	case !slash:
		r.Version = first
	case !strings.Contains(second, "/"):
		r.Group, r.Version = first, second
	}
	return r
}

// name is the text of the node at i, the same memory for the same text; "" if i is
// none or no text.
func (s *shelf) name(in tree, i int) string {
	if i < 0 {
		return ""
	}
	n := in.nodes[i]
	if n.kind != plain {
		return in.str(i)
	}
	if known, ok := s.names[string(in.text[n.start:n.end])]; ok {
		return known
	}
	out := in.str(i)
	if out != "" && len(s.names) < mostNames {
		if s.names == nil {
			s.names = map[string]string{}
		}
		s.names[out] = out
	}
	return out
}

// replaces takes a document that was made by an edit of another one.
func (s *shelf) replaces(before, after *document) {
	if s.store == nil {
		return
	}
	if n := len(s.edited); n > 0 && s.edited[n-1] == before {
		s.edited[n-1] = after
		s.size += len(after.text) - len(before.text)
	} else {
		s.edited = append(s.edited, after)
		s.size += len(after.text)
	}
	if s.size > batch {
		s.put()
	}
}

// put moves the texts of edited documents to the store.
func (s *shelf) put() {
	all := make([]byte, 0, s.size)
	for _, d := range s.edited {
		all = append(all, d.text...)
	}
	kept := s.store.Keep(all)
	for _, d := range s.edited {
		n := len(d.text)
		d.text, kept = kept[:n:n], kept[n:]
	}
	s.edited, s.size = s.edited[:0], 0
}

// settle moves the texts of objects that were read from data, whose memory is
// about to be used for something else, to the store.
func (s *shelf) settle(objects []Object, data []byte) {
	var kept []byte
	move := func(text []byte) []byte {
		at := within(data, text)
		if at < 0 {
			return s.store.Keep(text)
		}
		if kept == nil {
			kept = s.store.Keep(data)
		}
		return kept[at : at+len(text) : at+len(text)]
	}
	for i := range objects {
		switch o := &objects[i]; {
		case o.doc != nil:
			o.doc.text = move(o.doc.text)
		case o.text != nil:
			o.text = move(o.text)
		}
	}
}

// within is the place of a part in data; less than 0 if it is no part of it.
func within(data, part []byte) int {
	at := cap(data) - cap(part)
	if at < 0 || len(part) == 0 || at+len(part) > len(data) || &data[at] != &part[0] {
		return -1
	}
	return at
}
