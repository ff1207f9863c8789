package manifest

import "unicode/utf8"

// Scan reads one document of YAML without making an object of it, and hands over
// the text of each scalar that is no key. Ok is false where the full parser has to
// say what the document means; so it is where there is no identity in it.
func (d *Decoder) Scan(text []byte, scalar func(text []byte)) (ref Ref, ok bool) {
	if d.FullParser || !utf8.Valid(text) || !d.recogniser.recognise(text) || len(d.recogniser.nodes) == 0 {
		return ref, false
	}
	t := tree{text, d.recogniser.nodes}
	if ref, ok = t.identity(); !ok {
		return ref, false
	}
	for _, n := range t.nodes {
		if n.kind >= plain && n.kind <= folded {
			scalar(n.bytes(text))
		}
	}
	return ref, true
}

// identity is that of the object, if each part of it is text for every parser.
func (t tree) identity() (ref Ref, ok bool) {
	text := func(path ...any) string {
		at, depth := t.find(path)
		if depth < len(path) {
			return ""
		}
		n := t.nodes[at]
		if n.kind == single || n.kind == double || n.kind == plain && surelyText(t.text[n.start:n.end]) {
			return n.text(t.text)
		}
		ok = false
		return ""
	}
	ok = true
	ref = refOf(textsOf(text))
	return ref, ok && ref.Version != "" && ref.Kind != "" && ref.Name != ""
}

// textsOf is something that has texts at paths.
type textsOf func(path ...any) string

// Text returns the text at a path.
func (f textsOf) Text(path ...any) string { return f(path...) }

// bytes is text, which it copies only if it must.
func (n node) bytes(doc []byte) []byte {
	if n.kind == literal || n.kind == folded {
		return n.blockText(doc)
	}
	raw := doc[n.start:n.end]
	for _, c := range raw {
		if c == '\n' || c == '\'' || c == '\\' {
			return []byte(n.text(doc))
		}
	}
	return raw
}
