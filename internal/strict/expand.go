package strict

import (
	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// maxNodes bounds what aliases may expand to: a few nested anchors of a tiny
// file otherwise explode to billions of nodes.
const maxNodes = 100_000

// expand returns a copy of root in which every alias is a copy of what it stands
// for. Each copy keeps the place where its text is.
func (d *Document) expand(root *yaml.Node) (*yaml.Node, error) {
	e := expander{at: d.Pos(root, ""), left: maxNodes, active: map[*yaml.Node]bool{}}
	out := e.copy(root)
	return out, e.err
}

type expander struct {
	at     diag.Pos
	left   int
	active map[*yaml.Node]bool // what is being copied, from the root down
	err    error
}

func (e *expander) copy(n *yaml.Node) *yaml.Node {
	if e.err != nil {
		return n
	}
	if n.Kind == yaml.AliasNode {
		return e.alias(n)
	}
	if e.left--; e.left < 0 {
		e.err = e.at.Problemf("want at most %d values, got more once aliases are replaced", maxNodes).WithHint("write the values out")
		return n
	}
	out := *n
	out.Anchor = ""
	out.Content = make([]*yaml.Node, len(n.Content))
	e.active[n] = true
	for i, c := range n.Content {
		out.Content[i] = e.copy(c)
	}
	delete(e.active, n)
	return &out
}

func (e *expander) alias(n *yaml.Node) *yaml.Node {
	if e.active[n.Alias] {
		e.at.Line, e.at.Col = n.Line, n.Column
		e.err = e.at.Problemf("want a value that ends, got the alias *%s inside its own anchor", quoteName(n.Value))
		return n
	}
	return e.copy(n.Alias)
}

// quoteName shortens the name of an anchor.
func quoteName(s string) string {
	q := quote(s)
	return q[1 : len(q)-1]
}
