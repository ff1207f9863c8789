package manifest

// A document is the text of one object that the recogniser has read. It keeps
// the part of its tree that everybody asks for; the rest is read again when
// somebody wants it, which few objects of an application live to see.
type document struct {
	text []byte
	head []node
	ref  Ref
	// annotations and labels are where the head has them, less than 0 if it has
	// none: most objects have none, and everybody asks.
	annotations, labels int32
	shelf               *shelf
}

// entry is the text of a key of the mapping that the head has at i; "" if it is
// absent or not text.
func (d *document) entry(i int32, key string) string {
	if i < 0 {
		return ""
	}
	d.shelf.touch(d.text)
	in := tree{d.text, d.head}
	if at := in.at(int(i), key); at >= 0 {
		return in.str(at)
	}
	return ""
}

// find looks for a path in the head, and in the whole where the head ends.
func (d *document) find(path []any) (in tree, at int, ok bool) {
	d.shelf.touch(d.text)
	in = tree{d.text, d.head}
	at, depth := in.find(path)
	if depth == len(path) && (len(path) > 0 && in.nodes[at].kind != unread) {
		return in, at, true
	}
	if in.nodes[at].kind != unread && len(path) > 0 {
		return in, at, false
	}
	in = d.shelf.tree(d)
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
	return in.str(at)
}

// onlyText is Object.OnlyText.
func (d *document) onlyText(path []any) bool {
	in, at, ok := d.find(path)
	if !ok {
		return true
	}
	n := in.nodes[at]
	for i := at + 1; n.kind.isMap() && i < int(n.next); i = int(in.nodes[i+1].next) {
		if !in.isText(i + 1) {
			return false
		}
	}
	return n.kind.isMap()
}

// isText reports whether the node at i is text.
func (t tree) isText(i int) bool {
	switch n := t.nodes[i]; n.kind {
	case plain:
		if surelyText(t.text[n.start:n.end]) {
			return true
		}
		value, _ := t.value(i)
		_, isText := value.(string)
		return isText
	case single, double, literal, folded:
		return true
	default:
		return false
	}
}

// str is the text of the node at i; "" if it is no text.
func (t tree) str(i int) string {
	switch n := t.nodes[i]; n.kind {
	case plain:
		value, _ := t.value(i)
		s, _ := value.(string)
		return s
	case single, double, literal, folded:
		return n.text(t.text)
	default:
		return ""
	}
}
