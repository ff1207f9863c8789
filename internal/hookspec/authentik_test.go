package hookspec_test

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
)

func TestAuthentikLoginProblems(t *testing.T) {
	for _, tc := range []struct{ with, want string }{
		{"url: http://x", ""},
		{"url: http://x, username: {env: U}, password: {env: P}, expectUsername: probe", ""},
		{"url: http://x, mode: token, token: {env: T}, expectUsername: probe", ""},
		{"url: ftp://x", `url: want a URL that begins with http:// or https://, got "ftp://x"`},
		{`url: "http://x/?next=y"`, `url: want a URL without a query and a fragment, got "http://x/?next=y"`},
		{`url: http://x, host: "a b"`, `host: want a host, got "a b"`},
		{"url: http://x, flowSlug: a/b", `flowSlug: want a slug, got "a/b"`},
		{"url: http://x, invalidationFlowSlug: a b", `invalidationFlowSlug: want a slug, got "a b"`},
		{"url: http://x, tls: {insecureSkipVerify: true}", "tls: want an https:// URL beside it"},
		{"url: http://x, mode: no", `mode: want one of login, token, anonymous, got "no"`},
		{"url: http://x, username: {env: U}", "password: required by mode login"},
		{"url: http://x, mode: login", "username: required by mode login"},
		{"url: http://x, mode: token", "token: required by mode token"},
		{"url: http://x, mode: anonymous, token: {env: T}", "token: want none in mode anonymous"},
		{"url: http://x, username: {env: U}, password: {env: P}, token: {env: T}", "token: want none in mode login"},
		{"url: http://x, expectUsername: probe", "expectUsername: want none in mode anonymous: nobody logs in"},
	} {
		_, err := hookspec.Parse("spec", []byte("steps: [{name: a, authentik.login: {"+tc.with+"}}]"))
		if tc.want == "" {
			assert.NilError(t, err, tc.with)
			continue
		}
		assert.Assert(t, err != nil && strings.Contains(err.Error(), tc.want), "%s: want %s, got %v", tc.with, tc.want, err)
	}
}

// TestOnlyALoginIsNotTriedAgain holds that a second pod does not send a wrong
// password a second time, and that the other modes may be asked again.
func TestOnlyALoginIsNotTriedAgain(t *testing.T) {
	ref := &hookspec.SecretRef{Env: "X"}
	for _, tc := range []struct {
		login hookspec.AuthentikLogin
		mode  string
		once  bool
	}{
		{hookspec.AuthentikLogin{}, "anonymous", false},
		{hookspec.AuthentikLogin{Token: ref}, "token", false},
		{hookspec.AuthentikLogin{Username: ref, Password: ref}, "login", true},
		{hookspec.AuthentikLogin{Mode: "login"}, "login", true},
	} {
		assert.Equal(t, tc.login.Proves(), tc.mode)
		s := hookspec.Spec{Steps: []hookspec.Step{{Kinds: hookspec.Kinds{AuthentikLogin: &tc.login}}}}
		assert.Equal(t, s.Once(), tc.once)
	}
}
