package kustomize

import (
	"bytes"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/kyaml/kio"
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
	if bytes.Contains(data, []byte(internalDomain)) {
		return nil, atOnce("%s has annotations of kustomize's own", path)
	}
	f := &file{path: path}
	s.files[path] = f
	for _, text := range cut(string(data)) {
		doc := document{text: text}
		object, ok, err := s.identify(text)
		if err != nil {
			return nil, atOnce("%s: %v", path, err)
		}
		if ok {
			doc.source = s.newSource(source{file: f, first: object})
		}
		f.documents = append(f.documents, doc)
	}
	return f, nil
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

// pasted is a file of some documents, which cut cuts into the same ones.
func pasted(documents []string) []byte { return []byte(strings.Join(documents, "---\n")) }

// identify reads a document as kustomize does. Ok is false if it is empty.
func (s *survey) identify(text string) (object identified, ok bool, err error) {
	reader := kio.ByteReader{Reader: strings.NewReader(text), OmitReaderAnnotations: true, AnchorsAweigh: true, DisableUnwrapping: true}
	nodes, err := reader.Read()
	if err != nil || len(nodes) == 0 {
		return object, false, err
	}
	if len(nodes) > 1 {
		return object, false, atOnce("a list")
	}
	node := nodes[0]
	if node.IsNilOrEmpty() {
		return object, false, nil
	}
	meta, err := node.GetValidatedMetadata()
	if err != nil {
		return object, false, err
	}
	if strings.HasSuffix(meta.Kind, "List") {
		return object, false, atOnce("a list")
	}
	object.id = resid.FromRNode(node)
	object.id.Gvk = resid.GvkFromNode(node)
	if strings.ContainsAny(meta.Name+meta.Namespace+meta.Kind, ",") || len(meta.Name) > longestName {
		return object, false, atOnce("an odd name")
	}
	if !refersToNothing(object.id.Gvk) {
		object.mentions = s.words.in(node.YNode())
	}
	return object, true, nil
}

// refersToNothing reports whether kustomize knows no reference in a kind. These
// hold the longest texts.
func refersToNothing(kind resid.Gvk) bool {
	switch kind.Kind {
	case "ConfigMap", "Secret", "CustomResourceDefinition":
		return true
	}
	return false
}

func newID(version, kind, name, namespace string) resid.ResId {
	return resid.NewResIdWithNamespace(resid.NewGvk("", version, kind), name, namespace)
}

// A word stands for a text that may be a name.
type word int32

// words numbers texts.
type words struct {
	index map[string]word
	texts []string
}

// longestName is that of a text that may be a name.
const longestName = 512

func (w *words) of(text string) word {
	n, ok := w.index[text]
	if !ok {
		n, text = word(len(w.texts)), strings.Clone(text)
		w.index[text] = n
		w.texts = append(w.texts, text)
	}
	return n
}

func (w *words) text(n word) string { return w.texts[n] }

// in returns the texts of a tree, each once.
func (w *words) in(node *yaml.Node) (out []word) {
	seen := map[word]bool{}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		switch n.Kind {
		case yaml.ScalarNode:
			if len(n.Value) > longestName {
				return
			}
			if word := w.of(n.Value); !seen[word] {
				seen[word] = true
				out = append(out, word)
			}
		case yaml.MappingNode:
			for i := 1; i < len(n.Content); i += 2 {
				walk(n.Content[i])
			}
		default:
			for _, child := range n.Content {
				walk(child)
			}
		}
	}
	walk(node)
	return out
}

// inText returns the texts of a stream.
func (w *words) inText(text []byte) (out []word, err error) {
	for _, doc := range cut(string(text)) {
		var node yaml.Node
		if err := yaml.Unmarshal([]byte(doc), &node); err != nil {
			return nil, err
		}
		out = append(out, w.in(&node)...)
	}
	return out, nil
}
