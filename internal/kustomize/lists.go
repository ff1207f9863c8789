package kustomize

import (
	"encoding/json"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/kyaml/kio"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
)

// Kustomize takes the objects of a List for documents of their own. It does so in
// two ways: a List that has its file to itself is opened as it is read, and its
// objects keep the form that they were written in; the objects of any other one come
// after those of the whole file, as JSON.

const listSuffix = "List"

// parse reads a document as kustomize does, but leaves a List closed. Nil is
// nothing.
func parse(text string) (*kyaml.RNode, error) {
	reader := kio.ByteReader{Reader: strings.NewReader(text), OmitReaderAnnotations: true, DisableUnwrapping: true}
	nodes, err := reader.Read()
	if err != nil || len(nodes) == 0 || nodes[0].IsNilOrEmpty() {
		return nil, err
	}
	node := nodes[0]
	if strings.HasSuffix(node.GetKind(), listSuffix) && hasAlias(node.YNode()) {
		return nil, atOnce("there are aliases in a List")
	}
	return node, node.DeAnchor()
}

func hasAlias(n *yaml.Node) bool {
	return n.Kind == yaml.AliasNode || slices.ContainsFunc(n.Content, hasAlias)
}

// open returns the objects of a List as documents. Ok is false for what is none.
func open(node *kyaml.RNode, alone bool) (documents []document, ok bool, err error) {
	kind := node.GetKind()
	if !strings.HasSuffix(kind, listSuffix) {
		return nil, false, nil
	}
	if kind == kio.ResourceListKind || node.Field("functionConfig") != nil {
		return nil, false, atOnce("a %s is not surveyed", kind)
	}
	if alone && kind == listSuffix && node.Field("items") != nil {
		documents, err = asWritten(node.Field("items").Value.Content())
		return documents, true, err
	}
	fields, err := node.Map()
	if err != nil {
		return nil, false, err
	}
	items, ok := fields["items"]
	if !ok {
		return nil, false, nil
	}
	list, isList := items.([]any)
	if !isList && items != nil {
		return nil, false, atOnce("the items of a %s are no list", kind)
	}
	for _, item := range list {
		text, err := json.Marshal(item)
		if err != nil {
			return nil, false, err
		}
		documents = append(documents, document{text: string(text) + "\n"})
	}
	return documents, true, nil
}

// asWritten writes each item so that it is read as the same one.
func asWritten(items []*yaml.Node) (documents []document, err error) {
	for _, item := range items {
		item = withoutComments(item)
		text, err := yaml.Marshal(item)
		if err != nil {
			return nil, err
		}
		again, err := parse(string(text))
		if err != nil {
			return nil, err
		}
		if again == nil {
			continue
		}
		if len(cut(string(text))) > 1 || !sameNode(item, again.YNode()) {
			return nil, atOnce("an item of a List cannot be written as it was read")
		}
		documents = append(documents, document{text: string(text)})
	}
	return documents, nil
}

// withoutComments is a node without its comments, which kustomize does not print.
func withoutComments(n *yaml.Node) *yaml.Node {
	bare := &yaml.Node{Kind: n.Kind, Style: n.Style, Tag: n.Tag, Value: n.Value}
	for _, child := range n.Content {
		bare.Content = append(bare.Content, withoutComments(child))
	}
	return bare
}

// sameNode reports whether two nodes are the same but for their places.
func sameNode(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Style != b.Style || a.Tag != b.Tag || a.Value != b.Value || len(a.Content) != len(b.Content) {
		return false
	}
	for i := range a.Content {
		if !sameNode(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}
