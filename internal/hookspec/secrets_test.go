package hookspec_test

import (
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
)

func TestMapSecretsChangesACopy(t *testing.T) {
	const text = `steps:
- name: a
  http: {url: "http://a", auth: {basic: {username: {secret: s, key: u}, password: {secret: s, key: p}}}}
- name: b
  rollout:
    kind: Deployment
    name: a
    watch: {http: {url: "http://a", auth: {bearer: {file: /token}}}}
`
	spec, err := hookspec.Parse("spec", []byte(text))
	assert.NilError(t, err)
	before := spec.String()

	var seen []hookspec.SecretRef
	mapped := spec.MapSecrets(func(ref hookspec.SecretRef) hookspec.SecretRef {
		seen = append(seen, ref)
		return hookspec.SecretRef{Env: "E"}
	})

	assert.DeepEqual(t, seen, []hookspec.SecretRef{
		{Secret: "s", Key: "u"}, {Secret: "s", Key: "p"}, {File: "/token"},
	})
	assert.Equal(t, spec.String(), before)
	want, err := hookspec.Parse("spec", []byte(`steps:
- name: a
  http: {url: "http://a", auth: {basic: {username: {env: E}, password: {env: E}}}}
- name: b
  rollout: {kind: Deployment, name: a, watch: {http: {url: "http://a", auth: {bearer: {env: E}}}}}
`))
	assert.NilError(t, err)
	assert.Equal(t, mapped.String(), want.String())
}

func TestOnlyABackupAndAWatchAreForOnce(t *testing.T) {
	for text, want := range map[string]bool{
		"steps: [{name: a, cnpg.healthy: {cluster: c}}]":                                                    false,
		"steps: [{name: a, cnpg.healthy: {cluster: c}}, {name: b, cnpg.backup: {cluster: c}}]":              true,
		"steps: [{name: a, rollout: {kind: Deployment, name: web}}]":                                        false,
		"steps: [{name: a, rollout: {kind: Deployment, name: web, watch: {http: {url: \"http://web/\"}}}}]": true,
	} {
		spec, err := hookspec.Parse("spec", []byte(text))
		assert.NilError(t, err)
		assert.Equal(t, spec.Once(), want, text)
	}
}

func TestABackupKnowsItsRevision(t *testing.T) {
	spec, err := hookspec.Parse("spec", []byte(`steps:
- {name: a, cnpg.backup: {cluster: c}}
- {name: b, cnpg.backup: {cluster: c, revision: own}}
- {name: c, cnpg.healthy: {cluster: c}}
`))
	assert.NilError(t, err)
	before := spec.String()
	at := spec.AtRevision("abc")
	assert.Equal(t, at.Steps[0].CNPGBackup.Revision, "abc")
	assert.Equal(t, at.Steps[1].CNPGBackup.Revision, "own")
	assert.Equal(t, spec.String(), before)
}
