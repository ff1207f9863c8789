package draft_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/draft"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// TestPolicies drafts a policy for each testdata/*.in.yaml. Whatever is drafted
// is a policy that the decoder takes.
func TestPolicies(t *testing.T) {
	inputs, err := filepath.Glob("testdata/*.in.yaml")
	assert.NilError(t, err)
	assert.Assert(t, len(inputs) > 0)
	for _, input := range inputs {
		name := strings.TrimSuffix(filepath.Base(input), ".in.yaml")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(input)
			assert.NilError(t, err)
			objects, err := manifest.Decode(text, "app.yaml")
			assert.NilError(t, err)
			got, err := draft.Policy(objects, preset.Env{AppName: "app", AppNamespace: "shop"})
			assert.NilError(t, err)
			golden.Assert(t, got, name+".want.yaml")
			_, warnings, err := policy.Parse(policy.FileName, []byte(got), nil)
			assert.NilError(t, err)
			assert.Equal(t, len(warnings), 0)
		})
	}
}
