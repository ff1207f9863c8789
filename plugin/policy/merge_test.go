package policy_test

import (
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// layer parses what a policy says below its head.
func layer(t *testing.T, text string) policy.Policy {
	t.Helper()
	p, _, err := policy.Parse("safesync.yaml", []byte(head+text), nil)
	assert.NilError(t, err)
	return p
}

const weakLayer = `
presets: [{name: traefik}]
source: {type: helm, helm: {releaseName: weak}}
retry: {limit: 3, refresh: true, backoff: {duration: 5s, factor: 2}}
rollout:
- {match: {kind: Deployment}, maxSurge: 1}
hooks:
- name: first
  phase: PreSync
  wave: 5
  steps: [{name: a, wait: 1s}]
- name: second
  phase: PostSync
  steps: [{name: a, wait: 1s}]
job: {image: weak, labels: {a: weak, b: weak}, tolerations: [{key: weak}], resources: {limits: {memory: 1Gi}}}
record: true
applications: [{name: "*", retry: {limit: 1}}]
`

const strongLayer = `
source: {type: none}
retry: {limit: 7, backoff: {factor: 3, maxDuration: 1m}}
rollout:
- {match: {kind: Deployment, name: web}, maxSurge: 2}
hooks:
- name: third
  phase: Sync
  steps: [{name: a, wait: 1s}]
- name: first
  phase: PostSync
  timeout: 1m
  container: {image: mine}
job: {labels: {a: strong}, tolerations: [], resources: {requests: {cpu: 20m}}}
record: false
allowEmpty: true
applications: [{name: web, retry: {limit: 2}}]
charts: [{name: traefik, parameters: {a: 1}}]
onFailure: {webhook: {url: "https://alerts.example.org"}}
helmTests: PostSync
`

func TestMergePutsStrongOverWeak(t *testing.T) {
	weak, strong := layer(t, weakLayer), layer(t, strongLayer)
	before := weak.String() + strong.String()
	merged := policy.Merge(policy.Merge(policy.Builtin(), weak), strong)
	golden.Assert(t, merged.String(), "merged.yaml")
	assert.Equal(t, weak.String()+strong.String(), before, "Merge changed what it was given")
}

func TestMergeWithNothingKeepsEverything(t *testing.T) {
	weak := layer(t, weakLayer)
	want := policy.Merge(policy.Policy{}, weak)
	assert.DeepEqual(t, policy.Merge(want, policy.Policy{}), want)
}

// The order of the layers is one of the promises of the language: each layer
// sets the limit, and the strongest one that does wins.
func TestTheStrongestLayerThatSaysSomethingWins(t *testing.T) {
	config, err := policy.ParseConfig("config.yaml", []byte("apiVersion: safesync/v1alpha1\nkind: Config\ndefaults: {retry: {limit: 1}}\n"))
	assert.NilError(t, err)
	firstPreset, secondPreset := layer(t, "retry: {limit: 2}\n"), layer(t, "retry: {limit: 3}\n")
	text := []byte(head + "retry: {limit: 4}\n")
	own := layer(t, "retry: {limit: 4}\n")
	five := "5"
	withParameter, _, err := policy.Parse("safesync.yaml", text, []policy.Parameter{{Name: "retry.limit", String: &five}})
	assert.NilError(t, err)

	layers := []policy.Policy{policy.Builtin(), config.Defaults, firstPreset, secondPreset, own, withParameter}
	var merged policy.Policy
	for i, l := range layers {
		merged = policy.Merge(merged, l)
		if i == 0 {
			assert.Assert(t, merged.Retry == nil, "the built-in policy has a retry")
			continue
		}
		assert.Equal(t, *merged.Retry.Limit, int64(i))
	}
	assert.Equal(t, merged.Retry.LimitAt.String(), `parameter "retry.limit"`)
}

func TestAHookHasTimeForItsLongestStep(t *testing.T) {
	for steps, want := range map[string]string{
		"[{name: a, tcp: {address: \"db:1\"}}]":                                        "5m",
		"[{name: a, cnpg.backup: {cluster: db}}, {name: b, tcp: {address: \"db:1\"}}]": "30m",
		"[{name: a, timeout: 7m, tcp: {address: \"db:1\"}}]":                           "7m",
	} {
		own := layer(t, "hooks: [{name: x, phase: PreSync, steps: "+steps+"}]\n")
		assert.Equal(t, policy.Merge(policy.Builtin(), own).Hooks[0].Timeout.String(), want, "%s", steps)
	}
	own := layer(t, "hooks: [{name: x, phase: PreSync, timeout: 1m, steps: [{name: a, cnpg.backup: {cluster: db}}]}]\n")
	assert.Equal(t, policy.Merge(policy.Builtin(), own).Hooks[0].Timeout.String(), "1m")
}

// A limit below a weaker layer's request would make a Job that Kubernetes
// refuses.
func TestMergeDropsTheRequestThatALimitReplaces(t *testing.T) {
	strong := policy.Policy{Job: &policy.Job{Resources: &policy.Resources{Limits: map[string]policy.Quantity{"memory": "16Mi"}}}}
	got := policy.Merge(policy.Builtin(), strong).Job.Resources
	assert.DeepEqual(t, got.Limits, map[string]policy.Quantity{"cpu": "100m", "memory": "16Mi"})
	assert.DeepEqual(t, got.Requests, map[string]policy.Quantity{"cpu": "10m"})
}
