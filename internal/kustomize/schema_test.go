package kustomize

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// shortOf is the definition of a schema.
func shortOf(s spec.Schema) definition {
	d := definition{Type: s.Type, Format: s.Format, Ref: s.Ref.String(), Required: s.Required, Extensions: s.Extensions}
	for name, p := range s.Properties {
		if d.Properties == nil {
			d.Properties = map[string]definition{}
		}
		d.Properties[name] = shortOf(p)
	}
	if s.Items != nil {
		items := shortOf(*s.Items.Schema)
		d.Items = &items
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		additional := shortOf(*s.AdditionalProperties.Schema)
		d.Additional = &additional
	}
	if reflect.DeepEqual(d, definition{}) && s.Description != "" {
		d.Says = "-" // kyaml takes a schema with nothing for none
	}
	return d
}

// silent is a schema without the texts that are left out.
func silent(s spec.Schema) spec.Schema {
	says := s.Description
	s.Description = ""
	if reflect.DeepEqual(s, spec.Schema{}) && says != "" {
		s.Description = "-"
	}
	properties := s.Properties
	s.Properties = nil
	for name, p := range properties {
		if s.Properties == nil {
			s.Properties = map[string]spec.Schema{}
		}
		s.Properties[name] = silent(p)
	}
	if s.Items != nil && s.Items.Schema != nil {
		items := silent(*s.Items.Schema)
		s.Items = &spec.SchemaOrArray{Schema: &items, Schemas: s.Items.Schemas}
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		additional := silent(*s.AdditionalProperties.Schema)
		s.AdditionalProperties = &spec.SchemaOrBool{Allows: s.AdditionalProperties.Allows, Schema: &additional}
	}
	return s
}

// TestTheSchemaIsTheLibrarys compares all that kyaml knows with what it knows from
// our file.
func TestTheSchemaIsTheLibrarys(t *testing.T) {
	openapi.ResetOpenAPI()
	defer openapi.ResetOpenAPI()
	openapi.SchemaForResourceType(yaml.TypeMeta{}) // reads it
	want := openapi.Schema().Definitions
	assert.Assert(t, len(want) > 600)
	short, kinds := map[string]definition{}, map[yaml.TypeMeta]*spec.Schema{}
	for name, s := range want {
		short[name] = shortOf(s)
		for _, kind := range kindsOf(s) {
			kinds[kind] = openapi.SchemaForResourceType(kind).Schema
		}
	}
	assert.Assert(t, len(kinds) > 150)
	// The kinds of kustomize itself come from another file of the library, always.
	openapi.ResetOpenAPI()
	openapi.SuppressBuiltInSchemaUse()
	openapi.SchemaForResourceType(yaml.TypeMeta{})
	for name := range openapi.Schema().Definitions {
		delete(short, name)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	assert.NilError(t, encoder.Encode(short))
	golden.Assert(t, text.String(), "../schema.json")
	if golden.FlagUpdate() {
		return // the file that was there is in this program
	}

	scopes := map[yaml.TypeMeta][2]bool{}
	openapi.ResetOpenAPI()
	openapi.SchemaForResourceType(yaml.TypeMeta{})
	for kind := range kinds {
		scopes[kind] = scopeOf(kind)
	}
	openapi.ResetOpenAPI()
	assert.NilError(t, loadSchema())
	openapi.SchemaForResourceType(yaml.TypeMeta{})
	got := openapi.Schema().Definitions
	assert.Equal(t, len(got), len(want))
	for name := range want {
		assert.Assert(t, reflect.DeepEqual(silent(got[name]), silent(want[name])), name)
	}
	for kind, schema := range kinds {
		assert.Assert(t, reflect.DeepEqual(silent(*openapi.SchemaForResourceType(kind).Schema), silent(*schema)), kind)
		assert.Equal(t, scopeOf(kind), scopes[kind], kind)
	}
}

func scopeOf(kind yaml.TypeMeta) [2]bool {
	namespaced, known := openapi.IsNamespaceScoped(kind)
	return [2]bool{namespaced, known}
}

// kindsOf are the kinds that a definition is for.
func kindsOf(s spec.Schema) (out []yaml.TypeMeta) {
	list, _ := s.Extensions["x-kubernetes-group-version-kind"].([]any)
	for _, entry := range list {
		m, _ := entry.(map[string]any)
		group, _ := m["group"].(string)
		version, _ := m["version"].(string)
		kind, _ := m["kind"].(string)
		if group != "" {
			version = group + "/" + version
		}
		out = append(out, yaml.TypeMeta{APIVersion: version, Kind: kind})
	}
	return out
}
