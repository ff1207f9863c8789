package kustomize

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/resid"
)

// A file holds documents as kustomize cuts them.
type file struct {
	// path is where the jail reads it.
	path      string
	documents []document
	users     []user
	mark
}

// A document has no source if there is no object in it.
type document struct {
	text   string
	source *source
}

// An identified object is what its text says that it is.
type identified struct {
	id       resid.ResId
	hash     bool
	mentions []word
	// items are there instead, if it is a List.
	items []document
}

// separator is what kustomize cuts a file at.
var separator = regexp.MustCompile(`\n---.*\n`)

// internalDomain is that of the annotations in which kustomize keeps its books.
const internalDomain = "internal.config.kubernetes.io"

// file reads a file of objects.
func (s *survey) file(at string) (*file, error) {
	path, err := s.jail.inside(at)
	if err != nil {
		return nil, err
	}
	if known, ok := s.files[path]; ok {
		return known, nil
	}
	data, err := s.jail.ReadFile(at)
	if err != nil {
		return nil, err
	}
	f, err := documentsOf(path, data)
	if err != nil {
		return nil, err
	}
	s.files[path] = f
	s.read = append(s.read, f)
	s.documents += len(f.documents)
	s.lists = s.lists || bytes.Contains(data, []byte(listSuffix))
	return f, nil
}

// documentsOf is a file with its documents.
func documentsOf(path string, data []byte) (*file, error) {
	if bytes.Contains(data, []byte(internalDomain)) {
		return nil, atOnce("%s has annotations of kustomize's own", path)
	}
	if separatesBadly(string(data)) {
		return nil, atOnce("%s has text behind a ---", path)
	}
	f := &file{path: path}
	for _, text := range cut(string(data)) {
		f.documents = append(f.documents, document{text: text})
	}
	return f, nil
}

// identifyAll makes a source of each document with an object.
func (s *survey) identifyAll() error {
	for _, f := range s.read {
		if err := s.identifyIn(f); err != nil {
			return atOnce("%s: %v", f.path, err)
		}
	}
	return nil
}

// identifyIn makes sources of the objects of a file. Those in lists are documents
// too, after all others.
func (s *survey) identifyIn(f *file) error {
	alone := len(f.documents) == 1
	if alone {
		if items, ok := cutItems([]byte(f.documents[0].text)); ok {
			f.documents, alone = items, false
		}
	}
	for i := 0; i < len(f.documents); i++ {
		object, ok, err := s.identify(f.documents[i].text, alone)
		if err != nil {
			return err
		}
		if ok {
			f.documents[i].source = s.newSource(source{file: f, first: object})
		}
		f.documents = append(f.documents, object.items...)
		alone = false
	}
	return nil
}

// cut returns the documents of a file. A separator takes the line feed before it
// along, which kustomize gives back.
func cut(text string) (documents []string) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	at := 0
	for _, sep := range separator.FindAllStringIndex(text, -1) {
		documents = append(documents, text[at:sep[0]+1])
		at = sep[1]
	}
	return append(documents, text[at:])
}

// separatesBadly reports whether a file has a separator with more than a comment
// behind it, which kustomize refuses.
func separatesBadly(text string) bool {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return slices.ContainsFunc(separator.FindAllString(text, -1), func(line string) bool {
		behind := strings.TrimSpace(line[len("\n---"):])
		return behind != "" && behind[0] != '#'
	})
}

// pasted is a file of some documents, which cut cuts into the same ones.
func pasted(documents []string) []byte { return []byte(strings.Join(documents, "---\n")) }

// identify reads a document as kustomize does. Ok is false if it is empty, or has
// items instead. Alone is whether its file has no other.
func (s *survey) identify(text string, alone bool) (object identified, ok bool, err error) {
	if object, ok = s.recognise([]byte(text)); ok {
		return object, true, nil
	}
	node, err := parse(text)
	if err != nil || node == nil {
		return object, false, err
	}
	meta, err := node.GetValidatedMetadata()
	if err != nil {
		return object, false, err
	}
	if items, isList, err := open(node, alone); isList || err != nil {
		object.items = items
		return object, false, err
	}
	object.id = resid.FromRNode(node)
	object.id.Gvk = resid.GvkFromNode(node)
	if isOdd(object.id) {
		return object, false, atOnce("a %s is not surveyed", meta.Kind)
	}
	if !s.fields.refersToNothing(object.id.Kind) {
		object.mentions = s.words.in(node.YNode())
	}
	return object, true, nil
}

// recognise reads what needs no parser.
func (s *survey) recognise(text []byte) (object identified, ok bool) {
	s.words.begin()
	ref, ok := s.decoder.Scan(text, s.words.see)
	if !ok {
		return object, false
	}
	object.id = resid.NewResIdWithNamespace(resid.NewGvk(ref.Group, ref.Version, ref.Kind), ref.Name, ref.Namespace)
	if isOdd(object.id) || strings.HasSuffix(ref.Kind, listSuffix) {
		return object, false
	}
	if !s.fields.refersToNothing(ref.Kind) {
		object.mentions = s.words.seen()
	}
	return object, true
}

// mentions are the texts of an object that was built.
func (s *survey) mentions(text []byte) ([]word, error) {
	s.words.begin()
	if _, ok := s.decoder.Scan(text, s.words.see); ok {
		return s.words.current, nil
	}
	return s.words.inText(text)
}

// isOdd reports whether kustomize's books of an object may go wrong.
func isOdd(id resid.ResId) bool {
	return len(id.Name) > longestName || strings.Contains(id.Name+id.Namespace+id.Kind, ",")
}

func newID(version, kind, name, namespace string) resid.ResId {
	return resid.NewResIdWithNamespace(resid.NewGvk("", version, kind), name, namespace)
}
