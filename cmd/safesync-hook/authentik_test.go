package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/runner"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv/authentik"
)

// TestAuthentik asks a stand-in for Authentik what the preset of that name asks,
// in each state that it can be in, and holds the words that people read in
// Argo CD. It is no test with Authentik itself.
func TestAuthentik(t *testing.T) {
	const user = "credentialsSecret: probe"
	cases := []struct {
		name     string
		config   authentik.Config
		with     string // more inputs of the preset
		password string // the right one, if empty
		saw      string // by the last step, when all say yes
		want     string // the failure
		code     int
	}{
		{name: "nobody to log in as", saw: "mode anonymous: flow default-authentication-flow answers with ak-stage-identification; no login was tried"},
		{name: "a login", with: user, saw: "mode login: logged in through flow default-authentication-flow in 2 steps, and users/me names the user"},
		{name: "a token", with: "tokenSecret: probe", saw: `mode token: users/me names "sync-check"; no login was tried`},
		{
			name: "a brand and a path", config: authentik.Config{Path: "/sso", Brands: map[string]string{"sso.example.org": "staff"}},
			with: user + "\n    path: /sso\n    hostHeader: sso.example.org",
			saw:  "mode login: logged in through flow staff in 2 steps, and users/me names the user",
		},
		{
			name: "starting", config: authentik.Config{State: authentik.Starting}, code: runner.ExitTime,
			want: `ready: gave up after 1s: GET URL/-/health/ready/: 502 Bad Gateway, want 200-299: "authentik starting..." (authentik is starting, its Python core does not answer yet)`,
		},
		{
			name: "no database", config: authentik.Config{State: authentik.DatabaseDown}, code: runner.ExitTime,
			want: "ready: gave up after 1s: GET URL/-/health/ready/: 503 Service Unavailable, want 200-299 (database unavailable, or its migrations are not done)",
		},
		{
			name: "a path that nobody said", config: authentik.Config{Path: "/sso"}, code: runner.ExitTime,
			want: "live: gave up after 1s: GET URL/-/health/live/: 404 Not Found, want 200-299 (has the chart an authentik.web.path? give it as path)",
		},
		{
			name: "a first start", config: authentik.Config{State: authentik.NoBlueprints}, with: user, code: runner.ExitTime,
			want: "flow: gave up after 1s: URL: flow default-authentication-flow: 404 (blueprint not applied yet) (the worker makes the flows, is it running?)",
		},
		{
			name: "too many requests", config: authentik.Config{State: authentik.Throttled}, code: runner.ExitTime,
			want: `flow: gave up after 1s: GET URL/api/v3/flows/executor/default-authentication-flow/?query=: 429 Too Many Requests, want 200: "Request was throttled. Expected available in 1 second." (Authentik has more requests than it takes)`,
		},
		{
			name: "a flow without stages", config: authentik.Config{Unbound: true}, code: runner.ExitTime,
			want: "flow: gave up after 1s: URL: flow default-authentication-flow: want ak-stage-identification, got xak-flow-redirect: the flow has no stage, or none for this visitor",
		},
		{
			name: "a wrong password", with: user, password: `wrong "word"`, code: runner.ExitNo,
			want: `login: URL: flow default-authentication-flow: login rejected at ak-stage-password: invalid, "Invalid password"`,
		},
		{
			name: "another factor", config: authentik.Config{Extra: []string{"ak-stage-authenticator-validate"}}, with: user, code: runner.ExitNo,
			want: "login: URL: flow default-authentication-flow: MFA stage reached: exempt the probe user (ak-stage-authenticator-validate)",
		},
		{
			name: "another user", with: user + "\n    expectUsername: akadmin", code: runner.ExitNo,
			want: `login: URL: users/me names "[redacted]", want "akadmin"`,
		},
		{
			name: "a token that nobody knows", with: "tokenSecret: probe\n    tokenKey: password", code: runner.ExitDenied,
			want: `token: permission refused: URL: token rejected: users/me is 403: "Token invalid/expired"`,
		},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			server := authentik.Start(t, tc.config)
			root := strings.TrimSuffix(server.URL, tc.config.Path)
			secrets := map[string]string{"username": authentik.User, "password": authentik.Password, "token": authentik.Token}
			if tc.password != "" {
				secrets["password"] = tc.password
			}
			var log strings.Builder
			report, err := runner.Run(t.Context(), authentikSpec(t, root, tc.with), runner.Env{
				Log:    slog.New(slog.NewTextHandler(&log, nil)),
				Getenv: func(name string) (string, bool) { v, ok := secrets[name]; return v, ok },
			})
			got := ""
			if err != nil {
				got = strings.ReplaceAll(err.Error(), root, "URL")
			}
			assert.Equal(t, got, tc.want)
			if tc.want == "" {
				assert.Equal(t, report.Steps[len(report.Steps)-1].Saw, tc.saw)
			} else {
				assert.Equal(t, codeOf(t, err), tc.code)
			}
			assert.Equal(t, server.LoggedIn(), 0)
			assert.Assert(t, server.Failures() <= 1, "%d logins did not succeed", server.Failures())
			for _, key := range []string{"password", "token"} {
				assert.Assert(t, !strings.Contains(log.String()+got+report.Notes(), secrets[key]), "the %s is in %s", key, log.String())
			}
		})
	}
}

// authentikSpec is what a Job of the preset would carry for an Authentik at url,
// in a hurry; its references lead to variables called as the keys.
func authentikSpec(t *testing.T, url, more string) hookspec.Spec {
	t.Helper()
	file := filepath.Join(t.TempDir(), "safesync.yaml")
	text := fmt.Sprintf(`apiVersion: safesync/v1alpha1
kind: Policy
presets:
- name: authentik
  with:
    backup: none
    baseURL: %s
    %s
`, url, more)
	assert.NilError(t, os.WriteFile(file, []byte(text), 0o600))
	spec, _, err := hookOf(file, "authentik-post-sync-validation", "auth", io.Discard)
	assert.NilError(t, err)
	for i := range spec.Steps {
		spec.Steps[i].Timeout = hookspec.Duration(time.Second)
		spec.Steps[i].Interval = hookspec.Duration(100 * time.Millisecond)
	}
	return spec.MapSecrets(func(ref hookspec.SecretRef) hookspec.SecretRef { return hookspec.SecretRef{Env: ref.Key} })
}

func codeOf(t *testing.T, err error) int {
	t.Helper()
	f, ok := errors.AsType[*runner.Failure](err)
	assert.Assert(t, ok)
	return f.Code
}
