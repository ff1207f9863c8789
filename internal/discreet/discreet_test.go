package discreet_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode"

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
		"secretRef: {password: hunter2}", "secretKey: hunter2",
		"env: [{name: DB_PASSWORD, value: hunter2}]", "args: [--db-password=hunter2]", "args: ['--token hunter', '--token=hunter2']",
		"url: postgres://app:hunter2@db/app", "dsnOfTheApp: postgres://app:hunter2@db/app", "config: |\n  user: app\n  password: 'hunter2'\n",
		"extraArgs: [--set=db.password=hunter2]", `config: '{"clientSecret": "hunter2"}'`,
		"extraObjects: [{kind: Secret, stringData: {a: hunter2}}]", "password: |\n  first line\n  hunter2\n",
		"extraObjects: [{kind: Secret, data: {a: aHVudGVyMg==}}]",
		"extraObjects: [{kind: Secret, stringData: {app.yaml: 'user: app, token: hunter2'}}]",
	} {
		assert.Equal(t, valuesOf(t, values).Hide(`invalid duration "hunter2"`), `invalid duration "(hidden)"`, values)
	}
}

func TestWhatDoesNotLookSecretStays(t *testing.T) {
	for _, values := range []string{
		"replicaCount: hunter2", "image: {tag: hunter2}", "existingSecret: hunter2", "auth: {existingSecretPasswordKey: hunter2}", "secretName: hunter2",
		"passwordSecretRef: {name: hunter2}", "tokenTTL: hunter2", "imagePullSecrets: [{name: hunter2}]", "topologyKey: hunter2", "key: hunter2",
		"env: [{name: USER, value: hunter2}]", "tokenUrl: hunter2", "url: https://hunter2/x", "secret: {enabled: true, type: hunter2}",
		"bypass: hunter2", "compassion: hunter2", "passwordLength: hunter2", "auth: {secretKeys: {adminPasswordKey: hunter2}}",
		"args: [--password-file=hunter2]", "config: 'secretName: hunter2'", "secretStore: hunter2", "kind: ConfigMap\ndata: {a: hunter2}",
	} {
		assert.Equal(t, valuesOf(t, values).Hide(`invalid duration "hunter2"`), `invalid duration "hunter2"`, values)
	}
}

func TestASecretIsHiddenInEachOfItsForms(t *testing.T) {
	in64 := base64.StdEncoding.EncodeToString
	registries := in64([]byte(`{"auths":{"r.example":{"auth":"` + in64([]byte("app:hunter2")) + `"}}}`))
	for _, tt := range []struct{ values, message, want string }{
		{`password: "a\"b\\c"`, `parse "a\"b\\c": no`, `parse "(hidden)": no`},
		{"password: <a>&b", `got {"password":"\u003ca\u003e\u0026b"} here`, `got {"password":"(hidden)"} here`},
		{"password: <a>&b", `got &lt;a&gt;&amp;b here`, `got (hidden) here`},
		{"password: <a>&b", `got postgres://app:%3Ca%3E&b@db here`, `got postgres://app:(hidden)@db here`},
		{"password: it's me", `got 'it''s me' here`, `got '(hidden)' here`},
		{"password: größe12", `got "gr\u00f6\u00dfe12" here`, `got "(hidden)" here`},
		{"password: 'a\"b\"'", `got "{\"password\":\"a\\\"b\\\"\"}" here`, `got "{\"password\":\"(hidden)\"}" here`},
		{"password: hunter2", "cannot use aHVudGVyMg== here", "cannot use (hidden) here"},
		{"password: hunter2", "cannot use aHVudGVyMg here", "cannot use (hidden) here"},
		{"password: hunter2", "Authorization: Basic " + in64([]byte("user:hunter2")) + " is refused", "Authorization: Basic (hidden) is refused"},
		{"password: hunter2", "with " + in64([]byte("a1:hunter2, and more")) + ": no", "with (hidden): no"},
		{"password: hunter2", "is in_" + in64([]byte("app:hunter2")) + " here", "is (hidden) here"},
		{"password: admin", "with " + in64([]byte("admin:admin")) + ": no", "with (hidden): no"},
		{"password: hunter2", "of " + registries + " in", "of (hidden) in"},
		{"password: hunter2", "of " + in64([]byte(registries)) + " in", "of (hidden) in"},
		{"password: ÿÿ?>>", "got " + base64.URLEncoding.EncodeToString([]byte("ÿÿ?>>")) + " here", "got (hidden) here"},
		{"password: hunter2", "apphunter2-1", "app(hidden)-1"},
		{"password: hunter2", "hunter2hunter2", "(hidden)"},
		{"password: 1password", `time: unknown unit "password" in duration "1password"`, `time: unknown unit "(hidden)" in duration "(hidden)"`},
		{`password: "pg://u:hunt/er2@h"`, `parse "pg://u:hunt/er2@h": invalid port ":hunt" after host`, `parse "(hidden)": invalid port "(hidden)" after host`},
		{"password: correct-horse", "line 1: cannot unmarshal !!str `correct...` into int", "line 1: cannot unmarshal !!str `(hidden)` into int"},
		{"password: \"two  spaces\"", "got two spaces", "got (hidden)"},
		{"password: 12345678", "got 12345678, want 1", "got (hidden), want 1"},
		{"password: 12345678", "got 1.2345678e+07", "got (hidden)"},
		{"password: hunter2\ntoken: hunter2-and-more", "got hunter2-and-more", "got (hidden)"},
		{"password: hidden", "the hidden (hidden)", "the (hidden) ((hidden))"},
	} {
		assert.Equal(t, valuesOf(t, tt.values).Hide(tt.message), tt.want)
	}
}

// A secret that is a word, such as the default of a chart, is not every word that is
// written as it is.
func TestAWordIsHiddenWhereItStandsAlone(t *testing.T) {
	v := valuesOf(t, "password: admin\npin: {pass: 8080}\ntoken: changeme")
	for message, want := range map[string]string{
		`want 12 characters, got "admin"`:                     `want 12 characters, got "(hidden)"`,
		`want 12 characters, got admin.`:                      `want 12 characters, got (hidden).`,
		`admin: want 12 characters`:                           `(hidden): want 12 characters`,
		`postgres://admin:admin@db`:                           `postgres://(hidden):(hidden)@db`,
		`--password=admin`:                                    `--password=(hidden)`,
		`map[password:admin user:app]`:                        `map[password:(hidden) user:app]`,
		`{"password":"admin"}`:                                `{"password":"(hidden)"}`,
		`"app\nadmin\n"`:                                      `"app\n(hidden)\n"`,
		`app%3Aadmin%40db`:                                    `app%3A(hidden)%40db`,
		`"app\u0026admin"`:                                    `"app\u0026(hidden)"`,
		`want a port, got 8080`:                               `want a port, got (hidden)`,
		`.Values.admin.password: nil pointer`:                 `.Values.admin.password: nil pointer`,
		`.Values.adminPassword: wrong type`:                   `.Values.adminPassword: wrong type`,
		`shop/templates/admin.yaml: no such file`:             `shop/templates/admin.yaml: no such file`,
		`../admin/base: no such directory`:                    `../admin/base: no such directory`,
		`no template "shop.admin"`:                            `no template "shop.admin"`,
		`no Secret "shop-admin"`:                              `no Secret "shop-admin"`,
		`no Secret "admin-tls"`:                               `no Secret "admin-tls"`,
		`want an administrator`:                               `want an administrator`,
		`set ADMIN_USER or admin_user`:                        `set ADMIN_USER or admin_user`,
		`want a tag such as 1.8080 or 18080`:                  `want a tag such as 1.8080 or 18080`,
		`set "adm" or "changemexyz"`:                          `set "adm" or "changemexyz"`,
		`<.Values.auth.admin>: map has no entry for key "db"`: `<.Values.auth.admin>: map has no entry for key "db"`,
	} {
		assert.Equal(t, v.Hide(message), want)
	}
}

func TestAMessageStaysReadable(t *testing.T) {
	for _, tt := range []struct{ values, message string }{
		{"password: abc", "got abc"},
		{"password: true\ntoken: null", "want true or null"},
		{"password: 'true'\ntoken: 'default'\npwd: None", "want true, the default, or none"},
		{"password: 1", "want 1 argument, got 11"},
		{"password: hunter2", `set "replicas" to a number`},
		{"password: hunter2-replicas", `set "replicas" to a number`},
		{"secrets: {app.yaml: \"kind: Deployment\\napiVersion: apps/v1\\nmetadata:\\n\"}", `no matches for kind "Deployment" in version "apps/v1": metadata: want a name`},
		{"a: b", `got "a: b"`},
	} {
		assert.Equal(t, valuesOf(t, tt.values).Hide(tt.message), tt.message)
	}
}

func TestANamedValueIsSecretByItsPath(t *testing.T) {
	var v discreet.Values
	v.AddNamed("db.password", "hunter2")
	v.AddNamed("db.user", "somebody")
	v.AddNamed("db.passwordFile", "/etc/file")
	v.AddNamed("db", map[any]any{1: "one", "password": map[any]any{2: "hunter3"}})
	v.AddSecret("whatever")
	assert.Equal(t, v.Hide("hunter2 hunter3 somebody one /etc/file whatever"), "(hidden) (hidden) somebody one /etc/file (hidden)")
	assert.Equal(t, (&discreet.Values{}).Hide(`"hunter2"`), `"hunter2"`)
}

// FuzzHide writes a secret into a message in all ways: none of them may be left
// beside the marks.
func FuzzHide(f *testing.F) {
	f.Add("hunter2", "app:", " is no")
	f.Add("a\nb\"c<&>", `"`, `"`)
	f.Add("admin", "templates/", ".yaml")
	f.Add("(hidden)", "(", ")")
	f.Add("größe", "'", `\n`)
	f.Add("12345", "%3A", "%40")
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		var v discreet.Values
		v.AddSecret(secret)
		secret = strings.TrimSpace(secret)
		if v.Hide(secret) == secret && secret != "(hidden)" {
			assert.Assert(t, len(secret) < 4 || isSaidOften(secret), "%q is told", secret)
			return
		}
		isWord := !strings.ContainsFunc(secret, func(r rune) bool { return !unicode.IsLetter(r) }) ||
			!strings.ContainsFunc(secret, func(r rune) bool { return !unicode.IsDigit(r) })
		for name, write := range ways {
			written := write(secret)
			message := before + written + after
			if isWord { // what may be beside it is another test's
				message = before + " " + written + ", " + after
			}
			for _, left := range strings.Split(v.Hide(message), "(hidden)") {
				assert.Assert(t, isWord || !strings.Contains(left, written), "%s: %q of %q", name, left, message)
				assert.Assert(t, !strings.Contains(left, " "+written+", "), "%s: %q of %q", name, left, message)
			}
		}
	})
}

// isSaidOften reports whether a text is a word of configurations, or only keys.
func isSaidOften(text string) bool {
	return strings.HasSuffix(text, ":") || !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
}

var ways = map[string]func(string) string{
	"plain":                func(text string) string { return text },
	"quoted":               func(text string) string { return inside(strconv.Quote(text)) },
	"ascii":                func(text string) string { return inside(strconv.QuoteToASCII(text)) },
	"go json":              func(text string) string { return inside(jsonOf(text)) },
	"twice":                func(text string) string { return inside(strconv.Quote(inside(jsonOf(text)))) },
	"html":                 html.EscapeString,
	"query":                url.QueryEscape,
	"path":                 url.PathEscape,
	"yaml":                 func(text string) string { return strings.ReplaceAll(text, "'", "''") },
	"base64":               func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) },
	"base64 for addresses": func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) },
	"beside a user":        func(text string) string { return base64.StdEncoding.EncodeToString([]byte("user:" + text + "@host")) },
	"base64 of JSON": func(text string) string {
		return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"a":%s}`, jsonOf(text)))
	},
}

func inside(quoted string) string { return quoted[1 : len(quoted)-1] }

func jsonOf(text string) string {
	out, _ := json.Marshal(text)
	return string(out)
}
