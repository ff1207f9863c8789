package kustomize

import (
	"bytes"
	"encoding/json"
	"strings"

	"sigs.k8s.io/yaml"
)

// typeDefinitions are definitions of OpenAPI by their names, which say of custom resources
// what configurations say of fields.
type typeDefinitions map[string]struct {
	Schema struct{ Properties map[string]json.RawMessage }
}

// marks are what says it, without regard to case.
var marks = []string{"x-kubernetes-annotation", "x-kubernetes-label-selector", "x-kubernetes-identity", "x-kubernetes-object-ref-"}

// addTypes reports whether types surely leave alone what objects are known by.
func (f *fields) addTypes(text []byte) bool {
	var all typeDefinitions
	if len(text) == 0 || yaml.Unmarshal(text, &all) != nil {
		return false
	}
	f.extended = true
	for name, t := range all {
		f.refer(name[strings.LastIndexByte(name, '.')+1:])
		for _, field := range []string{"apiVersion", "kind", "metadata"} {
			if property, ok := t.Schema.Properties[field]; ok && all.marks(property, map[string]bool{}) {
				return false
			}
		}
	}
	return true
}

// marks reports whether there is a mark in a property, or in what it refers to.
func (all typeDefinitions) marks(property json.RawMessage, seen map[string]bool) bool {
	lower := bytes.ToLower(property)
	for _, mark := range marks {
		if bytes.Contains(lower, []byte(mark)) {
			return true
		}
	}
	var to struct {
		Ref string `json:"$ref"`
	}
	if json.Unmarshal(property, &to) != nil {
		return true
	}
	if seen[to.Ref] {
		return false
	}
	seen[to.Ref] = true
	for _, below := range all[to.Ref].Schema.Properties {
		if all.marks(below, seen) {
			return true
		}
	}
	return false
}
