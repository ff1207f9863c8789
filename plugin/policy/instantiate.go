package policy

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
)

// Instantiate puts values in the place of the references of p and decodes the
// result as a policy. Hooks and steps whose guards hold are left out; warnings
// say why where a guard has a reason. Problems carry the places of p's file;
// InputsAt tells which inputs stand there.
func (p Preset) Instantiate(values map[string]any) (Policy, []diag.Problem, error) {
	return p.InstantiateSections(values, Sections()...)
}

// InstantiateSections is Instantiate for some of the sections: values for the
// inputs of the others are not needed.
func (p Preset) InstantiateSections(values map[string]any, sections ...string) (Policy, []diag.Problem, error) {
	out, left, err := p.instantiate(values, sections)
	if err != nil {
		return Policy{}, nil, err
	}
	return out, left.warnings, nil
}

// instantiate is InstantiateSections with all that there is to tell of guards,
// also where there are problems.
func (p Preset) instantiate(values map[string]any, sections []string) (Policy, leftOut, error) {
	s := substitution{doc: p.doc, values: values}
	root := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: p.doc.Root.Line, Column: p.doc.Root.Column}
	put := func(key string, value *yaml.Node) {
		root.Content = append(root.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, value)
	}
	put("apiVersion", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: APIVersion})
	put("kind", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "Policy"})
	for _, key := range sections {
		if n := strict.Child(p.doc.Root, key); n != nil {
			put(key, s.node(n, key))
		}
	}
	if err := s.problems.Err(); err != nil {
		return Policy{}, leftOut{}, err
	}
	var out Policy
	err := p.doc.DecodeNode(root, "", &out)
	left := out.guard()
	return out, left, left.outside(err)
}

// InputsAt lists the inputs that stand at path, or in the text that holds it;
// rest is what path has below them.
func (p Preset) InputsAt(path string) (names []string, rest string) {
	for _, u := range p.uses {
		if under(path, u.path) {
			return u.names, path[len(u.path):]
		}
	}
	return nil, ""
}

// InputsOf lists the inputs that the given sections refer to themselves; what
// the defaults of these refer to is not among them.
func (p Preset) InputsOf(sections ...string) []string {
	var out []string
	for _, u := range p.uses {
		for _, key := range sections {
			if under(u.path, key) {
				out = append(out, u.names...)
			}
		}
	}
	return out
}

// under reports whether path is parent or leads on from it.
func under(path, parent string) bool {
	rest, ok := strings.CutPrefix(path, parent)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// A substitution copies nodes and puts values in the place of references.
type substitution struct {
	doc      *strict.Document
	values   map[string]any
	problems diag.List
	// spent is how much was put in; it is bounded like a policy itself.
	spent int
}

// node returns a copy of n, which is at path, without references. What is put
// in keeps the place of its reference.
func (s *substitution) node(n *yaml.Node, path string) *yaml.Node {
	if n.Kind == yaml.ScalarNode {
		return s.scalar(n, path)
	}
	out := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Style: n.Style, Line: n.Line, Column: n.Column}
	if n.Kind == yaml.MappingNode {
		s.pairs(n, path, out)
		return out
	}
	for i, c := range n.Content {
		out.Content = append(out.Content, s.node(c, childPath(n, i, path)))
	}
	return out
}

// pairs copies the keys and values of n to out. A key is text, whatever the type
// of the input in it. A key whose value is an input without content is left out,
// so that an optional part of an entry can be an input.
func (s *substitution) pairs(n *yaml.Node, path string, out *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		at := childPath(n, i, path)
		key, value := s.node(n.Content[i], at), s.node(n.Content[i+1], at)
		if n.Content[i+1].Kind == yaml.ScalarNode && value.Kind != yaml.ScalarNode && len(value.Content) == 0 {
			continue
		}
		if key.Kind == yaml.ScalarNode && key.Tag != "!!merge" {
			key.Tag = "!!str"
		}
		out.Content = append(out.Content, key, value)
	}
}

func (s *substitution) scalar(n *yaml.Node, path string) *yaml.Node {
	out := *n
	if !strings.Contains(n.Value, "${") {
		return &out
	}
	if s.spent > strict.MaxBytes {
		return &out
	}
	v, err := Substitute(n.Value, s.values)
	if err != nil {
		s.problems.Add(s.noValue(n, path, err))
		return &out
	}
	if s.spent += weight(v); s.spent > strict.MaxBytes {
		s.problems.Add(s.doc.Pos(n, path).Problemf("want inputs that fill at most %d bytes, got more", strict.MaxBytes))
		return &out
	}
	var made yaml.Node
	if err := made.Encode(v); err != nil {
		s.problems.Add(s.doc.Pos(n, path).Problemf("want a value that YAML can hold, got %v", v))
		return &out
	}
	place(&made, n)
	return &made
}

func (s *substitution) noValue(n *yaml.Node, path string, err error) diag.Problem {
	p := s.doc.Pos(n, path).Problemf("%s", err)
	if _, ok := errors.AsType[ErrNoValue](err); ok {
		p.Hint = "give it a value in the policy, or tell the application's namespace"
	}
	return p
}

// weight is about how many bytes v takes.
func weight(v any) int {
	const each = 8
	switch v := v.(type) {
	case string:
		return each + len(v)
	case []any:
		sum := each
		for _, e := range v {
			sum += weight(e)
		}
		return sum
	case map[string]any:
		sum := each
		for key, e := range v {
			sum += len(key) + weight(e)
		}
		return sum
	}
	return each
}

// place gives n and all below it the place of at.
func place(n, at *yaml.Node) {
	n.Line, n.Column = at.Line, at.Column
	for _, c := range n.Content {
		place(c, at)
	}
}

// walk calls each for every scalar of n, keys included, with its path.
func walk(n *yaml.Node, path string, each func(n *yaml.Node, path string)) {
	switch {
	case n == nil:
	case n.Kind == yaml.ScalarNode:
		each(n, path)
	default:
		for i, c := range n.Content {
			walk(c, childPath(n, i, path), each)
		}
	}
}

// childPath is the path of the i-th content of n. A key has the path of its
// value.
func childPath(n *yaml.Node, i int, path string) string {
	if n.Kind == yaml.MappingNode {
		return path + "." + n.Content[i-i%2].Value
	}
	return fmt.Sprintf("%s[%d]", path, i)
}
