package policy_test

import (
	"encoding/json"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

const everySource = head + `
source:
  directory:
    recurse: true
    jsonnet: {libs: [lib], tlas: [{name: a, value: "1", code: true}]}
  kustomize:
    images: [nginx:1]
    replicas: [{name: web, count: 3}]
    commonLabels: {a: b}
    patches: [{patch: x, target: {kind: Deployment}}]
  helm:
    releaseName: web
    values: {a: {b: [1]}, c: "<x>"}
    parameters: [{name: a, value: "1", forceString: true}]
retry: {limit: 0, backoff: {duration: 5s}}
record: false
`

// TestAnnounce shows each kind of source what an Application may set.
func TestAnnounce(t *testing.T) {
	p, _, err := policy.Parse("safesync.yaml", []byte(everySource), nil)
	assert.NilError(t, err)
	for _, kind := range []string{"directory", "kustomize", "helm", "none"} {
		text, err := json.MarshalIndent(policy.Announce(p, kind), "", "  ")
		assert.NilError(t, err)
		golden.Assert(t, string(text)+"\n", "announced-"+kind+".json")
	}
}

// What is announced must be taken: an Application that gives each parameter the
// value that was announced changes nothing.
func TestWhatIsAnnouncedIsAccepted(t *testing.T) {
	p, _, err := policy.Parse("safesync.yaml", []byte(everySource), nil)
	assert.NilError(t, err)
	for _, kind := range []string{"directory", "kustomize", "helm"} {
		var params []policy.Parameter
		for _, a := range policy.Announce(p, kind) {
			param := policy.Parameter{Name: a.Name, Array: a.Array, Map: a.Map}
			if a.CollectionType == "string" && a.Name != "source.type" { // the policy has options of every type
				param.String = &a.String
			}
			params = append(params, param)
		}
		again, _, err := policy.Parse("safesync.yaml", []byte(everySource), params)
		assert.NilError(t, err, kind)
		allowEmpty := false // its default, which is announced too
		want := p
		want.AllowEmpty = &allowEmpty
		assert.Equal(t, again.String(), want.String(), kind)
	}
}

func TestAParameterMayBeJSON(t *testing.T) {
	params, err := policy.ParseParameters(`[{"name":"source.kustomize.replicas","array":["{\"name\":\"web\",\"count\":3}"]},
		{"name":"source.kustomize.patches","string":"[{\"patch\": \"x\"}]"},
		{"name":"source.kustomize.images","array":["[not]"]}]`)
	assert.NilError(t, err)
	p, _, err := policy.Parse("safesync.yaml", []byte(head), params)
	assert.NilError(t, err)
	k := p.Source.Kustomize
	assert.DeepEqual(t, k.Replicas, []policy.KustomizeReplica{{Name: "web", Count: 3}})
	assert.DeepEqual(t, k.Patches, []policy.KustomizePatch{{Patch: "x"}})
	assert.DeepEqual(t, k.Images, []string{"[not]"})

	params, err = policy.ParseParameters(`[{"name":"source.kustomize.replicas","array":["{\"name\":\"web\"}"]},{"name":"source.kustomize.patches","array":["{patch: x}"]}]`)
	assert.NilError(t, err)
	_, _, err = policy.Parse("safesync.yaml", []byte(head), params)
	assert.Error(t, err, `parameter "source.kustomize.patches": source.kustomize.patches[0]: want a mapping, got text
	hint: write {"key": "value"} in JSON, or key: value in lines, or use the parameter's map
parameter "source.kustomize.replicas": source.kustomize.replicas[0].count: required`)
}
