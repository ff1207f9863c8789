package policy

import (
	"reflect"

	"github.com/argocd-safesync/argocd-safesync/internal/strict"
)

// SchemaID is the address of the schema, for the yaml-language-server comment at
// the top of a policy.
const SchemaID = "https://raw.githubusercontent.com/argocd-safesync/argocd-safesync/main/docs/policy-v1alpha1.json"

// Schema is the JSON schema of a policy (draft 2020-12).
func Schema() []byte {
	return strict.Schema(reflect.TypeFor[Policy](), SchemaID, "safesync policy")
}

// ConfigType is the grammar of the sidecar's configuration, for its reference.
func ConfigType() reflect.Type { return reflect.TypeFor[configFile]() }
