package strict

import (
	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// Set puts value at a path of mapping keys and makes the mappings on the way.
// What stood there before is gone. Messages about the value name from instead of
// a line of the file. Something else than a mapping in the way is a problem.
func (d *Document) Set(keys []string, value *yaml.Node, from string) error {
	d.mark(value, from)
	at, path := d.Root, ""
	for _, key := range keys[:len(keys)-1] {
		if at.Kind != yaml.MappingNode {
			return d.inTheWay(at, path, from)
		}
		path = join(path, key)
		at = d.mappingAt(at, key, from)
	}
	if at.Kind != yaml.MappingNode {
		return d.inTheWay(at, path, from)
	}
	d.put(at, keys[len(keys)-1], value, from)
	return nil
}

func (d *Document) inTheWay(n *yaml.Node, path, from string) error {
	return diag.Pos{File: from, Path: path}.Problemf("want a mapping in %s, got %s", d.File, KindName(n))
}

// mappingAt returns the value at key of n; a new mapping if there is none.
func (d *Document) mappingAt(n *yaml.Node, key, from string) *yaml.Node {
	if c := Child(n, key); c != nil && c.Tag != "!!null" {
		return c
	}
	made := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	d.mark(made, from)
	d.put(n, key, made, from)
	return made
}

func (d *Document) put(n *yaml.Node, key string, value *yaml.Node, from string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content[i+1] = value
			return
		}
	}
	k := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}
	d.mark(k, from)
	n.Content = append(n.Content, k, value)
}

func (d *Document) mark(n *yaml.Node, from string) {
	d.from[n] = from
	for _, c := range n.Content {
		d.mark(c, from)
	}
}
