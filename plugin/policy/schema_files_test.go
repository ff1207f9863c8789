package policy_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
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
	schema := compiled(t, policy.Schema())
	files := policiesIn(t, "../../testdata/apps")
	assert.Assert(t, len(files) > 10)
	for _, file := range files {
		documents, ok := instances(t, file)
		assert.Check(t, ok && len(documents) == 1 && schema.Validate(documents[0]) == nil, file)
	}
}

// beyond lists the bad cases that no JSON Schema can see, with the reason. Every
// other one is refused in the editor already.
var beyond = map[string]string{
	"hook-names-twice":      "a schema compares whole entries, not one key of them",
	"http-regexp":           "what a regular expression is cannot be said in one, but that it begins with no * can",
	"key-given-twice":       "the text: a schema gets one value for each key",
	"merge-key":             "the text: a schema gets what was merged",
	"number-traps":          "the text: a schema gets the number 8 or 2",
	"utf16":                 "the encoding: a schema gets characters",
	"wait-longer-than-hook": "a schema compares no two values",
}

// TestSchemaRefusesBadPolicies: a bad case that the schema takes is a gap, which
// is known or a fault. Editors hold each document of a file to the schema, and
// the sidecar's configuration has one of its own.
func TestSchemaRefusesBadPolicies(t *testing.T) {
	schemas := map[bool]*jsonschema.Schema{
		false: compiled(t, policy.Schema()),
		true:  compiled(t, policy.ConfigSchema()),
	}
	files, err := filepath.Glob("../../testdata/bad/*.yaml")
	assert.NilError(t, err)
	taken := map[string]string{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		documents, ok := instances(t, file)
		if !ok {
			continue // no editor gets further than that either
		}
		schema := schemas[strings.HasPrefix(name, "config-")]
		if !slices.ContainsFunc(documents, func(v any) bool { return schema.Validate(v) != nil }) {
			taken[name] = beyond[name]
		}
	}
	assert.DeepEqual(t, taken, beyond)
}

// TestSchemaTakesWhatTheDecoderTakes holds the other direction, on policies that
// come close to what is refused.
func TestSchemaTakesWhatTheDecoderTakes(t *testing.T) {
	schema := compiled(t, policy.Schema())
	files, err := filepath.Glob("testdata/schema/*.yaml")
	assert.NilError(t, err)
	assert.Assert(t, len(files) > 0)
	for _, file := range files {
		text, err := os.ReadFile(file)
		assert.NilError(t, err)
		_, _, err = policy.Parse(filepath.Base(file), text, nil)
		assert.NilError(t, err)
		documents, ok := instances(t, file)
		assert.Assert(t, ok && len(documents) == 1)
		assert.NilError(t, schema.Validate(documents[0]))
	}
}

func compiled(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	assert.NilError(t, err)
	c := jsonschema.NewCompiler()
	assert.NilError(t, c.AddResource("schema.json", doc))
	schema, err := c.Compile("schema.json")
	assert.NilError(t, err)
	return schema
}

// instances are the documents of a file as a schema gets them; ok is false if
// one is no YAML.
func instances(t *testing.T, file string) (out []any, ok bool) {
	t.Helper()
	text, err := os.ReadFile(file)
	assert.NilError(t, err)
	for doc := range strings.SplitSeq(string(text), "\n---\n") {
		asJSON, err := yaml.YAMLToJSON([]byte(doc))
		if err != nil {
			return nil, false
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		assert.NilError(t, err)
		out = append(out, v)
	}
	return out, true
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
