package policy

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/strict"
)

// SchemaID and ConfigSchemaID are the addresses of the schemas, for the
// yaml-language-server comment at the top of a file.
const (
	SchemaID       = "https://raw.githubusercontent.com/argocd-safesync/argocd-safesync/main/docs/policy-v1alpha1.json"
	ConfigSchemaID = "https://raw.githubusercontent.com/argocd-safesync/argocd-safesync/main/docs/config-v1alpha1.json"
)

// A Named is a preset that a policy may name.
type Named struct {
	Name string
	Preset
}

// Schema is the JSON schema of a policy (draft 2020-12) that knows these presets
// and their inputs; without any it takes every name.
func Schema(builtin ...Named) []byte {
	rules := strict.Rules{reflect.TypeFor[PresetUse](): presetRules(builtin)}
	return strict.Schema(reflect.TypeFor[Policy](), SchemaID, "safesync policy", rules)
}

// ConfigSchema is that of the sidecar's configuration.
func ConfigSchema() []byte {
	return strict.Schema(ConfigType(), ConfigSchemaID, "safesync configuration", nil)
}

// ConfigType is the grammar of the sidecar's configuration, for its reference.
func ConfigType() reflect.Type { return reflect.TypeFor[configFile]() }

// object is a JSON object; its keys are written in order.
type object = map[string]any

// presetRules say which names there are, and of each which inputs it has.
func presetRules(builtin []Named) []string {
	if len(builtin) == 0 {
		return nil
	}
	var names []string
	for _, b := range builtin {
		names = append(names, b.Name)
	}
	rules := []string{jsonOf(object{"properties": object{"name": object{"enum": names}}})}
	for _, b := range builtin {
		inputs := object{}
		for _, in := range b.Inputs {
			if !in.Internal {
				inputs[in.Name] = in.schema()
			}
		}
		rules = append(rules, jsonOf(object{
			"if":   object{"required": []string{"name"}, "properties": object{"name": object{"const": b.Name}}},
			"then": object{"properties": object{"with": object{"additionalProperties": false, "properties": inputs}}},
		}))
	}
	return rules
}

// schema is what Take takes.
func (in Input) schema() object {
	out := object{"description": strings.ToUpper(in.Description[:1]) + in.Description[1:] + "."}
	if in.Default != nil && !refers(in.Default) {
		out["default"] = in.Default
	}
	switch in.Type {
	case "integer", "number", "boolean":
		out["type"] = in.Type
	case "intOrPercent":
		out["type"] = []string{"integer", "string"}
	case "list":
		out["type"] = "array"
	case "mapping":
		out["type"] = "object"
	default:
		out["type"] = []string{"string", "integer"}
	}
	if in.Enum != nil {
		out["enum"] = in.Enum
	}
	return out
}

// jsonOf writes v, which holds text, numbers, lists and objects only.
func jsonOf(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
	return b.String()
}
