package kustomize

import (
	"bytes"
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// cutItems returns the objects of a List that has its file to itself, cut out of its
// text: their nodes would take several times the memory. Ok is false for what is none,
// and where an object might then be read as another one.
func cutItems(text []byte) (documents []document, ok bool) {
	if !bytes.Contains(text, []byte(listSuffix)) {
		return nil, false
	}
	root, ok := manifest.Read(text)
	if !ok || !isPlainList(root) {
		return nil, false
	}
	items, hasItems := root.Get("items")
	if !hasItems || items.Form() != manifest.FormList {
		return nil, false
	}
	var in, alone []manifest.Part
	for item := range items.Items() {
		start, end := item.Lines()
		doc, ok := moved(text[start:end])
		if !ok || item.Form() != manifest.FormMap {
			return nil, false
		}
		again, ok := manifest.Read(doc)
		if !ok {
			return nil, false
		}
		in, alone = parts(in[:0], item), parts(alone[:0], again)
		if !slices.EqualFunc(in, alone, samePart) {
			return nil, false
		}
		documents = append(documents, document{text: string(doc)})
	}
	return documents, true
}

// isPlainList reports whether there is nothing in a List but objects, and what kubectl
// puts beside them.
func isPlainList(root manifest.Part) bool {
	kind, isList := root.Get("kind")
	for key, value := range root.Entries() {
		switch key.Text() {
		case "metadata":
			isList = isList && isMap(value)
			for field, value := range value.Entries() {
				isList = isList && (field.Text() == "resourceVersion" || field.Text() == "selfLink") && value.Form() == manifest.FormDouble
			}
		case "kind", "apiVersion":
			isList = isList && value.Form() == manifest.FormPlain && value.SurelyText()
		case "items":
		default:
			return false
		}
	}
	return isList && kind.Text() == listSuffix
}

// moved moves the lines of an item to the left.
func moved(lines []byte) (out []byte, ok bool) {
	column := bytes.IndexFunc(lines, func(c rune) bool { return c != ' ' && c != '-' })
	if column < 0 {
		return nil, false
	}
	out = make([]byte, 0, len(lines))
	for line := range bytes.Lines(lines) {
		switch indent := line[:min(column, len(line))]; {
		case len(out) == 0, len(bytes.TrimLeft(indent, " ")) == 0:
			out = append(out, line[len(indent):]...)
		case len(bytes.TrimSpace(line)) == 0:
			out = append(out, '\n')
		default:
			return nil, false
		}
	}
	return out, !bytes.Contains(out, []byte("\n---"))
}

// parts are a part and all that is in it, in their order.
func parts(out []manifest.Part, p manifest.Part) []manifest.Part {
	out = append(out, p)
	for key, value := range p.Entries() {
		out = parts(append(out, key), value)
	}
	for item := range p.Items() {
		out = parts(out, item)
	}
	return out
}

// samePart reports whether two parts are written in the same way, and have as much in
// them or the same text.
func samePart(a, b manifest.Part) bool {
	isScalar := a.Form() >= manifest.FormPlain && a.Form() <= manifest.FormFolded
	return a.Form() == b.Form() && a.Len() == b.Len() && (!isScalar || bytes.Equal(a.Bytes(), b.Bytes()))
}
