package policy_test

import (
	"encoding/json"
	"fmt"
	"strings"
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

	params, err = policy.ParseParameters(`[{"name":"source.kustomize.replicas","array":["{\"name\":\"web\"}"]},{"name":"source.kustomize.patches","array":["{patch: x"]}]`)
	assert.NilError(t, err)
	_, _, err = policy.Parse("safesync.yaml", []byte(head), params)
	assert.Error(t, err, `parameter "source.kustomize.patches": source.kustomize.patches[0]: want a mapping, got text
	hint: write {key: value}, or key: value in lines, or use the parameter's map
parameter "source.kustomize.replicas": source.kustomize.replicas[0].count: required`)
}

// A list or a mapping may be written in any way of YAML; what is to be text stays text.
func TestAParameterMayBeYAML(t *testing.T) {
	for _, tt := range []struct{ param, want string }{
		{`"name":"source.helm.valueFiles","string":"[a.yaml, 2]"`, `source.helm.valueFiles = ["a.yaml","2"]`},
		{`"name":"source.helm.valueFiles","string":"- a.yaml\n- true"`, `source.helm.valueFiles = ["a.yaml","true"]`},
		{`"name":"source.helm.valueFiles","array":["[a.yaml]", "- b"]`, `source.helm.valueFiles = ["[a.yaml]","- b"]`},
		{`"name":"source.helm.values","string":"{a: {b: 1}}"`, `source.helm.values = {"a":{"b":1}}`},
		{`"name":"source.helm.values","string":"a:\n  b: 1"`, `source.helm.values = {"a":{"b":1}}`},
		{`"name":"source.helm.parameters","string":"[{name: a, value: b}]"`, `source.helm.parameters = [{"name":"a","value":"b","forceString":false}]`},
		{`"name":"source.helm.parameters","array":["{name: a, value: b}"]`, `source.helm.parameters = [{"name":"a","value":"b","forceString":false}]`},
		{`"name":"source.kustomize.commonLabels","string":"{a.b/c: 1}"`, `source.kustomize.commonLabels = {"a.b/c":"1"}`},
		{`"name":"source.kustomize.commonLabels","string":"a: b"`, `source.kustomize.commonLabels = {"a":"b"}`},
	} {
		params, err := policy.ParseParameters("[{" + tt.param + "}]")
		assert.NilError(t, err)
		p, _, err := policy.Parse("safesync.yaml", []byte(head), params)
		assert.NilError(t, err, tt.param)
		name, want, _ := strings.Cut(tt.want, " = ")
		var got any
		switch name {
		case "source.helm.valueFiles":
			got = p.Source.Helm.ValueFiles
		case "source.helm.values":
			got = p.Source.Helm.Values
		case "source.helm.parameters":
			got = p.Source.Helm.Parameters
		default:
			got = p.Source.Kustomize.CommonLabels
		}
		text, err := json.Marshal(got)
		assert.NilError(t, err)
		assert.Equal(t, strings.ToLower(string(text)), strings.ToLower(want), tt.param)
	}
}

func TestAParameterOfAnotherShapeSaysHowToWriteIt(t *testing.T) {
	for _, tt := range []struct{ param, want string }{
		{`"name":"source.helm.valueFiles","string":"a.yaml"`, "source.helm.valueFiles: want a list, got text\n" +
			"\thint: write [a, b], or a dash and a space before each entry in lines, or use the parameter's array"},
		{`"name":"source.helm.parameters","map":{"a":"b"}`, "source.helm.parameters: want a list, got a mapping\n" +
			"\thint: write [a, b], or a dash and a space before each entry in lines, or use the parameter's array"},
		{`"name":"source.kustomize.commonLabels","string":"a=b"`, "source.kustomize.commonLabels: want a mapping, got text\n" +
			"\thint: write {key: value}, or key: value in lines, or use the parameter's map"},
		{`"name":"source.kustomize.replicas","array":["web=3"]`, "source.kustomize.replicas[0]: want a mapping, got text\n" +
			"\thint: write {key: value}, or key: value in lines, or use the parameter's map"},
		{`"name":"source.helm.values","string":"{{ template }}"`, "source.helm.values: want a mapping, got text\n" +
			"\thint: write {key: value}, or key: value in lines, or use the parameter's map"},
	} {
		params, err := policy.ParseParameters("[{" + tt.param + "}]")
		assert.NilError(t, err)
		_, _, err = policy.Parse("safesync.yaml", []byte(head), params)
		assert.Error(t, err, fmt.Sprintf("parameter %q: %s", params[0].Name, tt.want))
	}
}
