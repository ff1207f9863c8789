package policy

import (
	"reflect"

	"github.com/argocd-safesync/argocd-safesync/internal/strict"
)

// SchemaID and ConfigSchemaID are the addresses of the schemas, for the
// yaml-language-server comment at the top of a file.
const (
	SchemaID       = "https://raw.githubusercontent.com/argocd-safesync/argocd-safesync/main/docs/policy-v1alpha1.json"
	ConfigSchemaID = "https://raw.githubusercontent.com/argocd-safesync/argocd-safesync/main/docs/config-v1alpha1.json"
)

// Schema is the JSON schema of a policy (draft 2020-12).
func Schema() []byte {
	return strict.Schema(reflect.TypeFor[Policy](), SchemaID, "safesync policy")
}

// ConfigSchema is that of the sidecar's configuration.
func ConfigSchema() []byte {
	return strict.Schema(ConfigType(), ConfigSchemaID, "safesync configuration")
}

// ConfigType is the grammar of the sidecar's configuration, for its reference.
func ConfigType() reflect.Type { return reflect.TypeFor[configFile]() }
