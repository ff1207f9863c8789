package kustomize

import (
	"bytes"
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// The schemas of custom resource definitions are by far the longest part of many
// applications, and kustomize parses and copies each several times. Where nothing in
// a kustomization can look into them, they are hidden: kustomize gets a word in
// place of each, and the schema comes back when all is built. What is not surely
// right is built again with everything in sight.
type hidden struct {
	// files are those of resources, by their paths in the repository.
	files map[string]bool
	// texts are files with their schemas hidden.
	texts map[string][]byte
	nodes map[string]*yaml.Node
}

const (
	// hiddenWord begins the words that stand for schemas.
	hiddenWord = "safesync-hidden-schema-"
	// worthHiding is the size of a file from which on schemas are hidden.
	worthHiding = 16 << 10
	crdKind     = "CustomResourceDefinition"
)

// hide begins to hide schemas if that is worth it and nothing can look into them.
func (j *jail) hide() {
	before := *j
	h := &hidden{files: map[string]bool{}, texts: map[string][]byte{}, nodes: map[string]*yaml.Node{}}
	dir, _, err := j.CleanedAbs(filepath.Join(j.root, filepath.FromSlash(j.opts.App)))
	ok := err == nil && h.blind(j, dir, map[filesys.ConfirmedDir]bool{})
	*j = before // nothing of this counts as read
	for file := range h.files {
		if info, err := j.dir.Stat(file); ok && err == nil && info.Size() >= worthHiding {
			j.hidden = h
		}
	}
}

// blind reports whether no part of the kustomization in a directory can look into a
// definition, and collects its resources.
func (h *hidden) blind(j *jail, dir filesys.ConfirmedDir, seen map[filesys.ConfirmedDir]bool) bool {
	if seen[dir] {
		return true
	}
	seen[dir] = true
	name, data, err := j.kustomizationIn(dir)
	var k types.Kustomization
	if err != nil || name == "" || k.Unmarshal(data) != nil {
		return false
	}
	k.FixKustomization()
	if !looksAway(k) {
		return false
	}
	for _, entry := range append(k.Components, k.Resources...) {
		if entry == "" || filepath.IsAbs(entry) || remote.MatchString(entry) {
			return false
		}
		at, base, err := j.CleanedAbs(dir.Join(entry))
		if err != nil {
			return false
		}
		if base == "" {
			if !h.blind(j, at, seen) {
				return false
			}
			continue
		}
		file, err := j.inside(at.Join(base))
		if err != nil {
			return false
		}
		h.files[file] = true
	}
	return true
}

// kindWord is a kind that a selector takes for nothing but itself.
var kindWord = regexp.MustCompile(`^[A-Za-z]+$`)

// looksAway reports whether what a layer does leaves the schemas of definitions
// alone, and whether it reads no file but its resources.
func looksAway(k types.Kustomization) bool {
	for _, p := range k.Patches {
		if p.Path != "" || p.Target == nil || !kindWord.MatchString(p.Target.Kind) || p.Target.Kind == crdKind {
			return false
		}
	}
	for _, l := range k.Labels {
		if len(l.FieldSpecs) > 0 {
			return false
		}
	}
	reads := func(a types.GeneratorArgs) bool { return len(a.FileSources)+len(a.EnvSources)+len(a.EnvSource) > 0 }
	for _, g := range k.ConfigMapGenerator {
		if reads(g.GeneratorArgs) {
			return false
		}
	}
	for _, g := range k.SecretGenerator {
		if reads(g.GeneratorArgs) {
			return false
		}
	}
	k.TypeMeta, k.MetaData = types.TypeMeta{}, nil
	k.Resources, k.Components, k.Patches = nil, nil, nil
	k.ConfigMapGenerator, k.SecretGenerator, k.GeneratorOptions = nil, nil, nil
	k.Namespace, k.NamePrefix, k.NameSuffix = "", "", ""
	k.Labels, k.CommonLabels, k.CommonAnnotations = nil, nil, nil //nolint:staticcheck // people use it
	k.Images, k.Replicas, k.SortOptions = nil, nil, nil
	return reflect.ValueOf(k).IsZero()
}

// known returns a file that was read before.
func (h *hidden) known(file string) (text []byte, ok bool) {
	if h != nil {
		text, ok = h.texts[file]
	}
	return text, ok
}

// without returns a file with its schemas hidden.
func (h *hidden) without(file string, data []byte) []byte {
	if h == nil || !h.files[file] || len(data) < worthHiding {
		return data
	}
	out := data
	if !bytes.Contains(data, []byte(hiddenWord)) {
		out = make([]byte, 0, worthHiding)
		at := 0
		for _, sep := range append(separator.FindAllIndex(data, -1), []int{len(data) - 1, len(data)}) {
			out = h.document(out, data[at:sep[0]+1])
			out = append(out, data[sep[0]+1:sep[1]]...)
			at = sep[1]
		}
	}
	h.texts[file] = out
	return out
}

// document appends a document with its schemas hidden.
func (h *hidden) document(out, text []byte) []byte {
	root, ok := manifest.Read(text)
	if !ok {
		return append(out, text...)
	}
	kind, hasKind := root.Get("kind")
	versions, hasVersions := root.Get("spec", "versions")
	if !hasKind || !hasVersions || kind.Form() != manifest.FormPlain || kind.Text() != crdKind {
		return append(out, text...)
	}
	at := 0
	for version := range versions.Items() {
		schema, ok := version.Get("schema", "openAPIV3Schema")
		if !ok || schema.Form() != manifest.FormMap {
			continue
		}
		start, end := schema.Lines()
		if key := bytes.TrimRight(text[at:start], "\n"); !bytes.HasSuffix(key, []byte("openAPIV3Schema:")) {
			continue // a comment stands between them
		} else {
			out = append(out, key...)
		}
		word := fmt.Sprintf("%s%d", hiddenWord, len(h.nodes))
		h.nodes[word] = nodeOf(schema)
		out = append(append(append(out, ' '), word...), '\n')
		at = end
	}
	return append(out, text[at:]...)
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

// restore puts the schemas back into the definitions that were built.
func (h *hidden) restore(built resmap.ResMap) {
	if h == nil {
		return
	}
	for _, res := range built.Resources() {
		if res.GetKind() == crdKind {
			h.show(res.YNode())
		}
	}
}

// show replaces the words in a tree by what they stand for.
func (h *hidden) show(n *yaml.Node) {
	for i, child := range n.Content {
		if schema, ok := h.nodes[child.Value]; ok && child.Kind == yaml.ScalarNode {
			n.Content[i] = schema
			continue
		}
		h.show(child)
	}
}

// leaks reports whether a word is left anywhere.
func (h *hidden) leaks(objects []object) bool {
	for _, o := range objects {
		if h != nil && bytes.Contains(o.text, []byte(hiddenWord)) {
			return true
		}
	}
	return false
}
