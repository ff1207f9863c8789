package kustomize

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"

	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/openapi"
)

// builtinSchema is kyaml's own schema of Kubernetes, which says by which keys a
// strategic patch merges lists, in a form that is read in a fifth of the time: more
// than half of what a small kustomization with a patch took. All kinds are in it and
// all that kyaml knows of them but the texts for people; a test compares the two.
//
//go:embed schema.json
var builtinSchema []byte

// A definition is a part of the schema in short.
type definition struct {
	Type       []string              `json:"t,omitempty"`
	Format     string                `json:"f,omitempty"`
	Says       string                `json:"d,omitempty"` // only where there is nothing else
	Ref        string                `json:"r,omitempty"`
	Required   []string              `json:"q,omitempty"`
	Properties map[string]definition `json:"p,omitempty"`
	Items      *definition           `json:"i,omitempty"`
	Additional *definition           `json:"a,omitempty"`
	Extensions map[string]any        `json:"x,omitempty"`
}

// loadSchema gives kyaml its own schema. It must not be called for a kustomization
// that brings another one.
func loadSchema() error {
	var short map[string]definition
	if err := json.Unmarshal(builtinSchema, &short); err != nil {
		return err
	}
	definitions := make(spec.Definitions, len(short))
	for name, d := range short {
		schema, err := d.schema()
		if err != nil {
			return err
		}
		definitions[name] = schema
	}
	openapi.SuppressBuiltInSchemaUse()
	openapi.AddDefinitions(definitions)
	return nil
}

// schema is the definition in kyaml's form.
func (d definition) schema() (out spec.Schema, err error) {
	out.Type, out.Format, out.Description, out.Required = d.Type, d.Format, d.Says, d.Required
	if d.Ref != "" {
		if out.Ref, err = spec.NewRef(d.Ref); err != nil {
			return out, err
		}
	}
	if d.Extensions != nil {
		out.Extensions = d.Extensions
	}
	if d.Properties != nil {
		out.Properties = make(map[string]spec.Schema, len(d.Properties))
	}
	for name, p := range d.Properties {
		if out.Properties[name], err = p.schema(); err != nil {
			return out, err
		}
	}
	if d.Items != nil {
		items, err := d.Items.schema()
		if err != nil {
			return out, err
		}
		out.Items = &spec.SchemaOrArray{Schema: &items}
	}
	if d.Additional != nil {
		additional, err := d.Additional.schema()
		if err != nil {
			return out, err
		}
		out.AdditionalProperties = &spec.SchemaOrBool{Allows: true, Schema: &additional}
	}
	return out, nil
}

// needsSchema reports whether a layer has a patch that kustomize merges by schema.
// All layers are known, so that none brings a schema of its own.
func (s *survey) needsSchema() bool {
	for _, l := range s.layers {
		strategic := func(p types.Patch) bool {
			text := strings.TrimSpace(p.Patch)
			return !strings.HasPrefix(text, "-") && !strings.HasPrefix(text, "[")
		}
		if len(l.k.PatchesStrategicMerge) > 0 || slices.ContainsFunc(l.k.Patches, strategic) { //nolint:staticcheck // people use it
			return true
		}
	}
	return false
}
