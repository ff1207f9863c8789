package policy_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gotest.tools/v3/assert"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// TestSchemaTakesEveryExample holds the schema that editors use to every policy
// of the example applications.
func TestSchemaTakesEveryExample(t *testing.T) {
	schema := compiled(t)
	files := policiesIn(t, "../../testdata/apps")
	assert.Assert(t, len(files) > 10)
	for _, file := range files {
		assert.Check(t, schema.Validate(instance(t, file)) == nil, file)
	}
}

// beyond lists the bad cases that a schema cannot see: what concerns two keys or
// two entries, the text rather than its content, and forms that are no pattern.
// Every other one is refused in the editor already.
var beyond = strings.Fields(`
	config-wrong-kind delete-policy-succeeded delete-policy-twice hook-account hook-name-long
	hook-names-twice hook-without-steps http-body http-comparison http-regexp job-labels key-given-twice
	kubernetes merge-key number-traps rollout-both-zero rollout-daemonset-both rollout-daemonset-surge
	rollout-nothing rollout-partition rollout-prometheus rollout-statefulset second-document
	source-of-another-type step-names-twice tcp-address utf16 wait-longer-than-hook
`)

// TestSchemaRefusesBadPolicies: a bad case that the schema takes is a gap, which
// is known or a fault.
func TestSchemaRefusesBadPolicies(t *testing.T) {
	schema := compiled(t)
	files, err := filepath.Glob("../../testdata/bad/*.yaml")
	assert.NilError(t, err)
	var taken []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		assert.NilError(t, err)
		if _, err := yaml.YAMLToJSON(text); err != nil {
			continue // no editor gets further than that either
		}
		if schema.Validate(instance(t, file)) == nil {
			taken = append(taken, strings.TrimSuffix(filepath.Base(file), ".yaml"))
		}
	}
	assert.DeepEqual(t, taken, beyond)
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(policy.Schema()))
	assert.NilError(t, err)
	c := jsonschema.NewCompiler()
	assert.NilError(t, c.AddResource("policy.json", doc))
	schema, err := c.Compile("policy.json")
	assert.NilError(t, err)
	return schema
}

func instance(t *testing.T, file string) any {
	t.Helper()
	text, err := os.ReadFile(file)
	assert.NilError(t, err)
	out, err := yaml.YAMLToJSON(text)
	assert.NilError(t, err, file)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
	assert.NilError(t, err)
	return v
}

func policiesIn(t *testing.T, root string) []string {
	t.Helper()
	var out []string
	assert.NilError(t, filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Name() == policy.FileName {
			out = append(out, path)
		}
		return err
	}))
	return out
}
