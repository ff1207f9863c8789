package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
)

// A Parameter is a plugin parameter of an Application. Its name is the place in
// the policy that its value goes to, such as retry.limit; of String, Array and
// Map one is given. An empty text is what Argo CD's form sends for a field that
// was left alone, and counts as not given.
type Parameter struct {
	Name   string            `json:"name"`
	String *string           `json:"string,omitempty"`
	Array  []string          `json:"array,omitempty"`
	Map    map[string]string `json:"map,omitempty"`
}

// ParseParameters reads what Argo CD puts into ARGOCD_APP_PARAMETERS: a JSON
// list. No text and null are no parameters.
func ParseParameters(text string) ([]Parameter, error) {
	if text == "" {
		return nil, nil
	}
	var out []Parameter
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return nil, diag.Pos{File: "plugin parameters"}.Problemf("want a JSON list of parameters with name and string, array or map: %s", jsonReason(err))
	}
	return out, nil
}

// jsonReason is err without the names of our types, which tell a user nothing.
func jsonReason(err error) string {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case !ok:
		return err.Error()
	case wrong.Field == "":
		return "got a JSON " + wrong.Value
	}
	return fmt.Sprintf("got a JSON %s as %s", wrong.Value, wrong.Field)
}

// put sets the parameter's value in doc.
func (p Parameter) put(doc *strict.Document) error {
	from := fmt.Sprintf("parameter %q", p.Name)
	at := diag.Pos{File: from}
	if p.Name == "" {
		return at.Problemf("want a place in the policy as its name, such as retry.limit, got none")
	}
	keys, _ := strict.Keys[Policy](p.Name)
	node, err := p.node(wantedAt(p.Name))
	if err != nil {
		return at.Problemf("%s", err)
	}
	if node == nil {
		return nil
	}
	return doc.Set(keys, node, from)
}

// A wanted is what the policy wants somewhere: the value, and each entry of it.
type wanted struct {
	text         bool
	value, entry yaml.Kind
}

func wantedAt(name string) wanted {
	var at wanted
	_, at.text = strict.Keys[Policy](name)
	at.value, at.entry = strict.Shape[Policy](name)
	return at
}

// read is a text as the list or mapping that is wanted, if it is one, or else as the
// text itself where the policy takes text, and what it means in YAML elsewhere.
func (at wanted) read(text string, want yaml.Kind) *yaml.Node {
	if node := strict.CollectionOf(text, want, at.text); node != nil {
		return node
	}
	return strict.NodeOf(text, at.text)
}

// node is the parameter's value; nil if it has none.
func (p Parameter) node(at wanted) (*yaml.Node, error) {
	given := 0
	var node *yaml.Node
	if p.String != nil && *p.String != "" {
		given++
		node = at.read(*p.String, at.value)
	}
	if p.Array != nil {
		given++
		node = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, s := range p.Array {
			node.Content = append(node.Content, at.read(s, at.entry))
		}
	}
	if p.Map != nil {
		given++
		node = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, k := range slices.Sorted(maps.Keys(p.Map)) {
			node.Content = append(node.Content, strict.NodeOf(k, true), at.read(p.Map[k], at.entry))
		}
	}
	if given > 1 {
		return nil, fmt.Errorf("want one of string, array and map, got %d of them", given)
	}
	return node, nil
}
