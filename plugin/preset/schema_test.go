package preset_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// TestSchema keeps the schema in docs equal to the types and the presets: make
// generate writes it.
func TestSchema(t *testing.T) {
	text, err := preset.Schema()
	assert.NilError(t, err)
	file, err := filepath.Abs(filepath.Join("..", "..", "docs", filepath.Base(policy.SchemaID)))
	assert.NilError(t, err)
	golden.Assert(t, string(text), file)
}

// TestTheSchemaKnowsThePresets asks about one line, as an editor would.
func TestTheSchemaKnowsThePresets(t *testing.T) {
	schema := schemaOfPresets(t)
	for use, takes := range map[string]bool{
		"{name: traefik}": true,
		"{name: traefk}":  false,
		"{name: traefik, with: {apiPort: 8080, perPod: true}}":    true,
		"{name: traefik, with: {apiport: 8080}}":                  false,
		"{name: traefik, with: {apiPort: many}}":                  false,
		"{name: traefik, with: {apiPort: null}}":                  false,
		"{name: traefik, with: {workloadKind: StatefulSet}}":      false,
		"{name: traefik, with: {maxSurge: 25%}}":                  true,
		"{name: cnpg, with: {apiPort: 8080}}":                     false,
		"{name: cnpg, with: {plugin: none}}":                      false,
		"{name: loki, with: {tenant: 12}}":                        true,
		"{path: ../presets/own.yaml, with: {whatever: [1, two]}}": true,
	} {
		assert.Equal(t, schema.Validate(instance(t, head+"presets: ["+use+"]\n")) == nil, takes, use)
	}
}

const head = "apiVersion: safesync/v1alpha1\nkind: Policy\n"

// TestTheSchemaTakesEveryExample holds it to the policies of the example
// applications, and to the inputs that cases of presets give.
func TestTheSchemaTakesEveryExample(t *testing.T) {
	schema := schemaOfPresets(t)
	policies := 0
	assert.NilError(t, filepath.WalkDir("../../testdata/apps", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.Name() != policy.FileName {
			return err
		}
		policies++
		text, err := os.ReadFile(path)
		assert.NilError(t, err)
		assert.NilError(t, schema.Validate(instance(t, string(text))), path)
		return nil
	}))
	assert.Assert(t, policies > 10)
	cases, err := filepath.Glob("*/testdata/*.with.yaml")
	assert.NilError(t, err)
	for _, file := range cases {
		if _, err := os.Stat(strings.TrimSuffix(file, "with.yaml") + "want.yaml"); err != nil {
			continue // the case of a mistake
		}
		with, err := os.ReadFile(file)
		assert.NilError(t, err)
		name, _, _ := strings.Cut(file, "/")
		indented := strings.ReplaceAll("\n"+strings.TrimSpace(string(with)), "\n", "\n    ")
		assert.NilError(t, schema.Validate(instance(t, head+"presets:\n- name: "+name+"\n  with:"+indented+"\n")), file)
	}
}

func schemaOfPresets(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := preset.Schema()
	assert.NilError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	assert.NilError(t, err)
	c := jsonschema.NewCompiler()
	assert.NilError(t, c.AddResource("schema.json", doc))
	schema, err := c.Compile("schema.json")
	assert.NilError(t, err)
	return schema
}

// instance is a policy as a schema gets it.
func instance(t *testing.T, text string) any {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON([]byte(text))
	assert.NilError(t, err, text)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	assert.NilError(t, err)
	return v
}
