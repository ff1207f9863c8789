package discreet_test

import (
	"testing"

	"gotest.tools/v3/assert"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/discreet"
)

func valuesOf(t *testing.T, text string) *discreet.Values {
	t.Helper()
	var tree any
	assert.NilError(t, yaml.Unmarshal([]byte(text), &tree))
	v := &discreet.Values{}
	v.Add(tree)
	return v
}

func TestWhatLooksSecretIsHidden(t *testing.T) {
	for _, values := range []string{
		"password: hunter2", "dbPassword: hunter2", "DB_PASSWORD: hunter2", "db: {auth: {root-password: hunter2}}", "mypassword: hunter2",
		"pass: hunter2", "pwd: hunter2", "token: hunter2", "clientSecret: hunter2", "api_key: hunter2", "accessKey: hunter2", "tls.key: hunter2",
		"secrets: {db: hunter2}", "secrets: {db: {user: [hunter2]}}", "credentials: [hunter2]", "awsCreds: hunter2", "dsn: hunter2",
		"secretRef: {password: hunter2}",
		"env: [{name: DB_PASSWORD, value: hunter2}]", "args: [--db-password=hunter2]", "args: ['--token hunter', '--token=hunter2']",
		"url: postgres://app:hunter2@db/app", "dsnOfTheApp: postgres://app:hunter2@db/app", "config: |\n  user: app\n  password: 'hunter2'\n",
		"extraObjects: [{kind: Secret, stringData: {a: hunter2}}]", "password: |\n  first line\n  hunter2\n",
	} {
		assert.Equal(t, valuesOf(t, values).Hide(`invalid duration "hunter2"`), `invalid duration "(hidden)"`, values)
	}
}

func TestWhatDoesNotLookSecretStays(t *testing.T) {
	for _, values := range []string{
		"replicaCount: hunter2", "image: {tag: hunter2}", "existingSecret: hunter2", "auth: {existingSecretPasswordKey: hunter2}", "secretName: hunter2",
		"passwordSecretRef: {name: hunter2}", "tokenTTL: hunter2", "imagePullSecrets: [{name: hunter2}]", "topologyKey: hunter2", "key: hunter2",
		"env: [{name: USER, value: hunter2}]", "tokenUrl: hunter2", "url: https://hunter2/x", "secret: {enabled: true, type: hunter2}",
		"bypass: hunter2", "compassion: hunter2", "passwordLength: hunter2",
	} {
		assert.Equal(t, valuesOf(t, values).Hide(`invalid duration "hunter2"`), `invalid duration "hunter2"`, values)
	}
}

func TestASecretIsHiddenInEachOfItsForms(t *testing.T) {
	for _, tt := range []struct{ values, message, want string }{
		{`password: "a\"b\\c"`, `parse "a\"b\\c": no`, `parse "(hidden)": no`},
		{"password: hunter2", "cannot use aHVudGVyMg== here", "cannot use (hidden) here"},
		{"password: 1password", `time: unknown unit "password" in duration "1password"`, `time: unknown unit "(hidden)" in duration "(hidden)"`},
		{`password: "pg://u:hunt/er2@h"`, `parse "pg://u:hunt/er2@h": invalid port ":hunt" after host`, `parse "(hidden)": invalid port "(hidden)" after host`},
		{"password: \"two  spaces\"", "got two spaces", "got (hidden)"},
		{"password: 12345678", "got 12345678, want 1", "got (hidden), want 1"},
		{"password: hunter2\ntoken: hunter2-and-more", "got hunter2-and-more", "got (hidden)"},
		{"password: abc", "got abc", "got abc"},
		{"password: true\ntoken: null", "want true or null", "want true or null"},
		{"password: hunter2", `set "replicas" to a number`, `set "replicas" to a number`},
		{"a: b", `got "a: b"`, `got "a: b"`},
	} {
		assert.Equal(t, valuesOf(t, tt.values).Hide(tt.message), tt.want)
	}
}

func TestANamedValueIsSecretByItsPath(t *testing.T) {
	var v discreet.Values
	v.AddNamed("db.password", "hunter2")
	v.AddNamed("db.user", "somebody")
	v.AddNamed("db.passwordFile", "/etc/file")
	v.AddSecret("whatever")
	assert.Equal(t, v.Hide("hunter2 somebody /etc/file whatever"), "(hidden) somebody /etc/file (hidden)")
	assert.Equal(t, (&discreet.Values{}).Hide(`"hunter2"`), `"hunter2"`)
}

func FuzzHide(f *testing.F) {
	f.Add("hunter2", `invalid "hunter2"`)
	f.Add("a\nb\"c", "x")
	f.Fuzz(func(t *testing.T, secret, message string) {
		var v discreet.Values
		v.AddSecret(secret)
		once := v.Hide(message)
		assert.Assert(t, len(secret) >= 4 || once == message)
	})
}
