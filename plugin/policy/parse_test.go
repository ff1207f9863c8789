package policy_test

import (
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

const head = "apiVersion: safesync/v1alpha1\nkind: Policy\n"

func TestParseReadsThePolicyOfTheReference(t *testing.T) {
	p, warnings, err := policy.Parse("safesync.yaml", []byte(head+`
presets:
- name: traefik
  with: {apiPort: 9000}
retry:
  limit: 5
  refresh: true
  backoff: {duration: 5s, factor: 2, maxDuration: 3m}
rollout:
- match: {kind: Deployment, name: traefik}
  maxSurge: 1
  maxUnavailable: 0
hooks:
- name: check
  phase: PostSync
  steps:
  - name: api
    http: {url: "http://traefik.network.svc:9000/api/overview", expect: {status: [200], json: {"http.routers.total": ">=1"}}}
`), nil)
	assert.NilError(t, err)
	assert.Equal(t, len(warnings), 0)
	assert.Equal(t, *p.Retry.Limit, int64(5))
	assert.Equal(t, p.Retry.LimitAt.String(), "safesync.yaml:8:10")
	assert.Equal(t, p.Hooks[0].Steps[0].HTTP.URL, "http://traefik.network.svc:9000/api/overview")
	assert.DeepEqual(t, p.Presets[0].With, map[string]any{"apiPort": 9000})
}

func TestParametersStandOverThePolicy(t *testing.T) {
	params, err := policy.ParseParameters(`[{"name":"retry.limit","string":"7"},{"name":"record","string":"false"},
		{"name":"source.helm.releaseName","string":"010"},{"name":"source.helm.valueFiles","array":["a.yaml","2"]},
		{"name":"source.type","string":""},{"name":"job.labels.example.com/team","string":"1"},{"name":"job.nodeSelector","map":{"a.b/c":"yes"}}]`)
	assert.NilError(t, err)
	p, _, err := policy.Parse("safesync.yaml", []byte(head+"retry: &r {limit: 1}\napplications: [{retry: *r}]\n"), params)
	assert.NilError(t, err)
	assert.Equal(t, *p.Retry.Limit, int64(7))
	assert.Equal(t, *p.Applications[0].Retry.Limit, int64(1))
	assert.Equal(t, *p.Record, false)
	assert.Equal(t, p.Source.Helm.ReleaseName, "010")
	assert.DeepEqual(t, p.Source.Helm.ValueFiles, []string{"a.yaml", "2"})
	assert.DeepEqual(t, p.Job.Labels, map[string]string{"example.com/team": "1"})
	assert.DeepEqual(t, p.Job.NodeSelector, map[string]string{"a.b/c": "yes"})
}

func TestProblemsOfParametersNameTheParameter(t *testing.T) {
	params, err := policy.ParseParameters(`[{"name":"retry.limit","string":"many"},{"name":"retry.limt","string":"7"},{"name":"presets.0","string":"7"}]`)
	assert.NilError(t, err)
	_, _, err = policy.Parse("safesync.yaml", []byte(head+"presets: [{name: traefik}]\n"), params)
	assert.Error(t, err, `parameter "presets.0": presets: want a mapping in safesync.yaml, got a list
parameter "retry.limit": retry.limit: want a whole number, got "many"
parameter "retry.limt": retry.limt: unknown key
	hint: did you mean "limit"?`)
}

func TestWarningsStandBesideThePolicy(t *testing.T) {
	_, warnings, err := policy.Parse("safesync.yaml", []byte(head+`
retry:
  backoff: {duration: 10m, maxDuration: 3m}
  limit: -1
applications:
- retry: {limit: -1}
hooks:
- name: short
  phase: PostSync
  timeout: 30s
  steps:
  - {name: default, tcp: {address: "db:5432"}}
  - {name: longer, timeout: 1m, tcp: {address: "db:5432"}}
`), nil)
	assert.NilError(t, err)
	var got []string
	for _, w := range warnings {
		got = append(got, w.Error())
	}
	assert.DeepEqual(t, got, []string{
		"safesync.yaml:5:12: warning: retry.backoff: maxDuration 3m is shorter than duration 10m, so each wait is 3m",
		"safesync.yaml:6:10: warning: retry.limit: a sync that fails is tried again without end, and its hooks run each time\n\thint: give a number, such as 5",
		"safesync.yaml:8:18: warning: applications[0].retry.limit: a sync that fails is tried again without end, and its hooks run each time\n\thint: give a number, such as 5",
		"safesync.yaml:15:5: warning: hooks[0].steps[1]: step longer may take 1m, but the whole hook has 30s\n\thint: give the hook a longer timeout",
	})
}

func TestParseParametersReadsWhatArgoCDSends(t *testing.T) {
	for _, text := range []string{"", "null", "[]"} {
		params, err := policy.ParseParameters(text)
		assert.NilError(t, err)
		assert.Equal(t, len(params), 0)
	}
	for text, want := range map[string]string{
		"{":                         "plugin parameters: want a JSON list of parameters with name and string, array or map: unexpected end of JSON input",
		`[{"name":"a","string":5}]`: `plugin parameters: want a JSON list of parameters with name and string, array or map: got a JSON number as string`,
		`{"name":"a"}`:              `plugin parameters: want a JSON list of parameters with name and string, array or map: got a JSON object`,
	} {
		_, err := policy.ParseParameters(text)
		assert.Error(t, err, want)
	}
}

func TestAParameterHasANameAndOneValue(t *testing.T) {
	text := "x"
	for _, c := range []struct {
		param policy.Parameter
		want  string
	}{
		{policy.Parameter{String: &text}, `parameter "": want a place in the policy as its name, such as retry.limit, got none`},
		{policy.Parameter{Name: "job.labels", String: &text, Array: []string{"y"}}, `parameter "job.labels": want one of string, array and map, got 2 of them`},
		{policy.Parameter{Name: "kind", String: &text}, `parameter "kind": kind: want Policy, got "x"`},
		{policy.Parameter{Name: "retry", Map: map[string]string{"limit": "x"}}, `parameter "retry": retry.limit: want a whole number, got "x"`},
		{policy.Parameter{Name: "a\nb", String: &text}, `parameter "a\nb": ["a\nb"]: unknown key` + "\n\thint: known keys: allowEmpty, apiVersion, applications, charts, helmTests, hooks, job, kind, onFailure, presets, record, retry, rollout, source"},
	} {
		_, _, err := policy.Parse("safesync.yaml", []byte(head), []policy.Parameter{c.param})
		assert.Error(t, err, c.want)
	}
}
