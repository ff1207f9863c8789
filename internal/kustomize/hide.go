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
	// schemas are what the words stand for.
	schemas map[string]schema
}

// A schema is the text that the emitter writes of it, or else its node.
type schema struct {
	text []byte
	node *yaml.Node
}

const (
	// hiddenWord begins the words that stand for schemas.
	hiddenWord = "safesync-hidden-schema-"
	// worthHiding is the size of a file from which on schemas are hidden.
	worthHiding = 16 << 10
	crdKind     = "CustomResourceDefinition"
	schemaKey   = "openAPIV3Schema"
)

// hide begins to hide schemas if that is worth it and nothing can look into them.
func (j *jail) hide() {
	before := *j
	h := &hidden{files: map[string]bool{}, texts: map[string][]byte{}, schemas: map[string]schema{}}
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
	texts, hasTexts := schemaTexts(root, len(text))
	at := 0
	for version := range versions.Items() {
		part, ok := version.Get("schema", schemaKey)
		if !ok || part.Form() != manifest.FormMap {
			continue
		}
		start, end := part.Lines()
		key := bytes.TrimRight(text[at:start], "\n")
		if !bytes.HasSuffix(key, []byte(schemaKey+":")) {
			continue // a comment stands between them
		}
		word := fmt.Sprintf("%s%d", hiddenWord, len(h.schemas))
		if hasTexts {
			h.schemas[word] = schema{text: texts[start]}
		} else {
			h.schemas[word] = schema{node: nodeOf(part)}
		}
		out = append(append(append(append(out, key...), ' '), word...), '\n')
		at = end
	}
	return append(out, text[at:]...)
}

// restore puts the schemas that have no text back into the definitions that were
// built.
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
		if schema, ok := h.schemas[child.Value]; ok && schema.node != nil && child.Kind == yaml.ScalarNode {
			n.Content[i] = schema.node
			continue
		}
		h.show(child)
	}
}

// textOf is what stands behind the colon of a key at column instead of a word.
func (h *hidden) textOf(key, word string, column int) (text []byte, ok bool) {
	if h == nil || key != schemaKey || column != schemaColumn {
		return nil, false
	}
	text = h.schemas[word].text
	return text, text != nil
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
