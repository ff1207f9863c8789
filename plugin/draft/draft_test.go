package draft_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/draft"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// TestANamespaceThatNobodyKnowsIsNotAskedFor drafts each policy without one: Argo CD
// will know it.
func TestANamespaceThatNobodyKnowsIsNotAskedFor(t *testing.T) {
	inputs, err := filepath.Glob("testdata/*.in.yaml")
	assert.NilError(t, err)
	for _, input := range inputs {
		text, err := os.ReadFile(input)
		assert.NilError(t, err)
		objects, err := manifest.Decode(text, "app.yaml")
		assert.NilError(t, err)
		known, err := draft.Policy(objects, preset.Env{AppName: "app", AppNamespace: "shop"})
		assert.NilError(t, err)
		got, err := draft.Policy(objects, preset.Env{AppName: "app"})
		assert.NilError(t, err)
		assert.Equal(t, got.Open, known.Open, input)
		assert.Equal(t, got.Nowhere, !got.Bare, input)
		assert.Assert(t, !known.Nowhere && !strings.Contains(got.Text, "unknown-namespace"), got.Text)
	}
}

// silent finds the hooks that are called after a rollout alone.
var silent = regexp.MustCompile(`(?m)^- name: .*-rollout(-\d+)?$`)

// TestPolicies drafts a policy for each testdata/*.in.yaml, and one for a
// directory that does not see the objects. Whatever is drafted is a policy that
// the decoder takes.
func TestPolicies(t *testing.T) {
	inputs, err := filepath.Glob("testdata/*.in.yaml")
	assert.NilError(t, err)
	assert.Assert(t, len(inputs) > 0)
	env := preset.Env{AppName: "app", AppNamespace: "shop"}
	for _, input := range inputs {
		name := strings.TrimSuffix(filepath.Base(input), ".in.yaml")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(input)
			assert.NilError(t, err)
			objects, err := manifest.Decode(text, "app.yaml")
			assert.NilError(t, err)
			policies, err := draft.Policy(objects, env)
			assert.NilError(t, err)
			hooks, err := draft.Hooks(objects, env)
			assert.NilError(t, err)
			assert.Equal(t, policies.Open, hooks.Open)
			assert.Equal(t, policies.Bare, slices.Contains([]string{"nothing-known", "only-on-delete", "paused"}, name))
			assert.Equal(t, hooks.Bare, policies.Bare)
			assert.Equal(t, hooks.Silent, policies.Silent)
			assert.Equal(t, policies.Silent, len(silent.FindAllString(policies.Text, -1)))
			assert.Equal(t, policies.Open > 0, strings.Contains(policies.Text, "To be filled in"))
			for file, got := range map[string]string{name + ".want.yaml": policies.Text, name + ".hooks.yaml": hooks.Text} {
				golden.Assert(t, got, file)
				drafted, warnings, err := policy.Parse(policy.FileName, []byte(got), nil)
				assert.NilError(t, err)
				assert.Equal(t, len(warnings), 0)
				if policies.Open == 0 {
					_, _, err = preset.Expand(drafted, objects, env, os.ReadFile)
					assert.NilError(t, err, "nothing is asked for, so that it works as it is")
				}
			}
		})
	}
}
