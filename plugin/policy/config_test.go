package policy_test

import (
	"os"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

func testFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	assert.NilError(t, err)
	return data
}

func TestGuardrailsNameWhatTheyRefuse(t *testing.T) {
	config, err := policy.ParseConfig("config.yaml", testFile(t, "guardrails.config.yaml"))
	assert.NilError(t, err)
	own, _, err := policy.Parse("safesync.yaml", testFile(t, "guardrails.yaml"), nil)
	assert.NilError(t, err)
	full := policy.Merge(policy.Merge(policy.Builtin(), config.Defaults), own)
	golden.Assert(t, config.Enforce(own, full).Error()+"\n", "guardrails.txt")
	assert.NilError(t, policy.Config{}.Enforce(own, full))
}

func TestGuardrailsLetThroughWhatTheyAllow(t *testing.T) {
	config, err := policy.ParseConfig("config.yaml", testFile(t, "guardrails.config.yaml"))
	assert.NilError(t, err)
	own := layer(t, `
presets: [{name: traefik}]
retry: {limit: 3}
job: {image: "registry.example.com/runner:1"}
hooks:
- name: mine
  phase: PostSync
  serviceAccountName: hook-web
  container: {image: "ghcr.io/acme/check@sha256:0"}
- name: steps
  phase: PostSync
  steps: [{name: api, tcp: {address: "web:80"}}]
`)
	assert.NilError(t, config.Enforce(own, policy.Merge(config.Defaults, own)))
}

// A parameter is no way around a guardrail: it is part of the policy that is
// enforced, and the problem names it.
func TestParametersCannotLoosenGuardrails(t *testing.T) {
	config, err := policy.ParseConfig("config.yaml", testFile(t, "guardrails.config.yaml"))
	assert.NilError(t, err)
	params, err := policy.ParseParameters(`[{"name":"retry.limit","string":"-1"}]`)
	assert.NilError(t, err)
	own, _, err := policy.Parse("safesync.yaml", []byte(head+"presets: [{name: traefik}]\nretry: {limit: 1}\n"), params)
	assert.NilError(t, err)
	assert.Error(t, config.Enforce(own, own), `parameter "retry.limit": retry.limit: want at most 3, got -1
	hint: the sidecar's configuration says so (guardrails.maxRetryLimit)`)
}
