package kustomize

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// mostBlamed bounds what is built again to find out whose fault it is: the files of
// an application up to this size take kustomize a fraction of a second.
const mostBlamed = 128 << 10

// inTurn are the fields of a kustomization that do something with its objects, in the
// order in which kustomize comes to them.
var inTurn = []string{
	"resources", "bases", "configurations", "crds", "configMapGenerator", "secretGenerator", "generators",
	"components", "patchesStrategicMerge", "patches", "namespace", "namePrefix", "nameSuffix", "labels", "commonLabels",
	"commonAnnotations", "patchesJson6902", "replicas", "images", "replacements", "transformers", "validators", "vars",
}

// A culprit is the entry of a kustomization because of which kustomize gave up.
type culprit struct {
	at diag.Pos
	// field is the name of its field, node the entry.
	field string
	node  *yaml.Node
}

// A blame looks for a culprit by building again: what comes after it makes no
// difference, and without it kustomize does not give up, or not for that reason.
type blame struct {
	jail   *jail
	build  func() error
	reason string
}

// address is what differs from one run to the next in kustomize's reasons, or from one
// list to the next.
var address = regexp.MustCompile(`0x[0-9a-f]+|merging vars \[.*?\]:`)

// blamed is the culprit of an error of a build; nil if it is not found.
func (j *jail) blamed(err error, build func() error) *culprit {
	if j.hidden != nil || j.read > mostBlamed || len(j.edited) > 0 || j.charts != nil || j.opts.AllowRemote && len(j.remotes) > 0 {
		return nil
	}
	before := *j
	defer func() { *j = before }()
	b := &blame{jail: j, build: build, reason: address.ReplaceAllString(err.Error(), "")}
	way := j.way()
	for i, file := range way {
		next := ""
		if i+1 < len(way) {
			next = path.Dir(way[i+1].name)
		}
		if found, more := b.in(file, next); !more {
			return found
		}
	}
	return nil
}

// way is the way to the kustomization that was read last: from the one that was
// asked for, each is an entry of the one before.
func (j *jail) way() (files []seenFile) {
	for _, f := range slices.Backward(j.seen) {
		if len(files) == 0 || j.leads(f, path.Dir(files[0].name)) {
			files = append([]seenFile{f}, files...)
		}
	}
	if len(files) == 0 || path.Dir(files[0].name) != path.Clean(j.opts.App) {
		return nil
	}
	return files
}

// leads reports whether an entry of a kustomization is a directory.
func (j *jail) leads(from seenFile, dir string) (found bool) {
	root := rootOf(from.data)
	if root == nil {
		return false
	}
	for field := range pathFields {
		_ = each(root, []string{field, "[]"}, "", func(_ string, n *yaml.Node) error {
			found = found || n.Value != "" && j.isAt(j.target(from.name, n.Value), dir)
			return nil
		})
	}
	return found
}

// isAt reports whether a path is a directory of the repository.
func (j *jail) isAt(target, dir string) bool {
	is, file, err := j.CleanedAbs(target)
	return err == nil && file == "" && string(is) == filepath.Join(j.root, filepath.FromSlash(dir))
}

// rootOf is the mapping that a kustomization is; nil if it is none.
func rootOf(data []byte) *yaml.Node {
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) != nil || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil
	}
	return doc.Content[0]
}

// in looks for the culprit in a kustomization. More says that it is further down the
// way, whose next directory this is; "" is the end.
func (b *blame) in(file seenFile, next string) (found *culprit, more bool) {
	root := rootOf(file.data)
	if root == nil {
		return nil, false
	}
	for i := range inTurn {
		field := inTurn[len(inTurn)-1-i]
		key, value := fieldOf(root, field)
		if value == nil || value.Kind == yaml.SequenceNode && len(value.Content) == 0 || b.fails(file, root, field, nil) {
			continue
		}
		c := culprit{at: diag.Pos{File: file.name, Line: key.Line, Col: key.Column, Path: field}, field: field, node: value}
		if value.Kind != yaml.SequenceNode {
			return &c, false
		}
		n := sort.Search(len(value.Content)-1, func(n int) bool { return b.fails(file, root, field, value.Content[:n+1]) })
		c.node = value.Content[n]
		c.at = diag.Pos{File: file.name, Line: c.node.Line, Col: c.node.Column, Path: fmt.Sprintf("%s[%d]", field, n)}
		_, isPath := pathFields[field]
		leads := isPath && next != "" && b.jail.isAt(b.jail.target(file.name, c.node.Value), next)
		if leads && (field == "components" || b.fails(file, root, field, value.Content[n:n+1])) {
			return nil, true
		}
		return &c, false
	}
	return nil, false
}

func fieldOf(root *yaml.Node, name string) (key, value *yaml.Node) {
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == name {
			return root.Content[i], root.Content[i+1]
		}
	}
	return nil, nil
}

// fails builds with these entries of a field only, without the field if there are
// none, and reports whether the reason is the same.
func (b *blame) fails(file seenFile, root *yaml.Node, field string, entries []*yaml.Node) bool {
	changed := yaml.Node{Kind: yaml.MappingNode}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if key.Value == field {
			if len(entries) == 0 {
				continue
			}
			value = &yaml.Node{Kind: yaml.SequenceNode, Content: entries}
		}
		changed.Content = append(changed.Content, key, value)
	}
	text, err := yaml.Marshal(&changed)
	if err != nil {
		return false
	}
	b.jail.edited = map[string][]byte{filepath.FromSlash(file.name): text}
	b.jail.problem = nil
	err = b.build()
	return err != nil && address.ReplaceAllString(err.Error(), "") == b.reason
}

// patch is the place of the text of a patch, or of its file; ok is false if something
// else is to blame.
func (c *culprit) patch() (at diag.Pos, ok bool) {
	if c == nil || !strings.HasPrefix(c.field, "patches") {
		return at, false
	}
	at = c.at
	for i := 0; i+1 < len(c.node.Content); i += 2 {
		if key := c.node.Content[i].Value; key == "path" || key == "patch" {
			at.Line, at.Col, at.Path = c.node.Content[i+1].Line, c.node.Content[i+1].Column, at.Path+"."+key
			return at, true
		}
	}
	return at, true
}
