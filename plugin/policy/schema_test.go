package policy_test

import (
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// docs is the path of a file that is written from the struct tags.
func docs(t *testing.T, name string) string {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("..", "..", "docs", name))
	assert.NilError(t, err)
	return file
}

// TestSchema keeps the schema of the configuration in docs equal to the types: make
// generate writes it. That of a policy has the presets in it.
func TestSchema(t *testing.T) {
	assert.Equal(t, filepath.Base(policy.SchemaID), "policy-v1alpha1.json")
	golden.Assert(t, string(policy.ConfigSchema()), docs(t, "config-v1alpha1.json"))
	assert.Equal(t, filepath.Base(policy.ConfigSchemaID), "config-v1alpha1.json")
}
