package authentik_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/authentik"
	standin "github.com/argocd-safesync/argocd-safesync/internal/testenv/authentik"
)

// What an answer that is not yes means.
const (
	notYet = "not yet"
	no     = "no"
	denied = "denied"
)

// loginCase is a stand-in, who logs in to it, and what comes of it. URL stands for
// the server in want and saw.
type loginCase struct {
	name           string
	config         standin.Config
	user, password string // of the stand-in's user, if empty
	step           string // more keys of the step
	saw            string // of a yes
	want           string // of anything else
	kind           string
	cause          probe.Cause
	failures       int // logins that Authentik counts
}

const yes = "mode login: logged in through flow default-authentication-flow in 2 steps, and users/me names the user"

var loginCases = []loginCase{
	{name: "the default flow", saw: yes},
	{name: "by e-mail address", user: standin.Mail, step: "expectUsername: sync-check", saw: yes},
	{
		name: "name and password on one page", config: standin.Config{PasswordFields: true},
		saw: "mode login: logged in through flow default-authentication-flow in 1 steps, and users/me names the user",
	},
	{
		name: "it asks whether to remember", config: standin.Config{RememberMe: true},
		saw: "mode login: logged in through flow default-authentication-flow in 3 steps, and users/me names the user",
	},
	{
		name: "it asks again after the login", config: standin.Config{RememberMe: true, After: []string{"ak-stage-user-login"}},
		saw: "mode login: logged in through flow default-authentication-flow in 4 steps, and users/me names the user",
	},
	{
		name: "it asks again after the login over https", config: standin.Config{TLS: true, RememberMe: true, After: []string{"ak-stage-user-login"}}, step: "tls: {insecureSkipVerify: true}, host: sso.example.org",
		saw: "mode login: logged in through flow default-authentication-flow in 4 steps, and users/me names the user",
	},
	{name: "below a path", config: standin.Config{Path: "/sso"}, saw: yes},
	{name: "over https", config: standin.Config{TLS: true}, step: "tls: {insecureSkipVerify: true}", saw: yes},
	{
		name: "the brand's own flow", config: standin.Config{Brands: map[string]string{"sso.example.org": "staff"}}, step: "host: sso.example.org",
		saw: "mode login: logged in through flow staff in 2 steps, and users/me names the user",
	},
	{
		name: "the step's own flow", config: standin.Config{Brands: map[string]string{"sso.example.org": "staff"}}, step: "flowSlug: staff",
		saw: "mode login: logged in through flow staff in 2 steps, and users/me names the user",
	},
	{
		name: "a wrong password", password: "wrong", failures: 1,
		want: `URL: flow default-authentication-flow: login rejected at ak-stage-password: invalid, "Invalid password"`, kind: no, cause: probe.Content,
	},
	{
		name: "a wrong password on one page", config: standin.Config{PasswordFields: true}, password: "wrong", failures: 1,
		want: `URL: flow default-authentication-flow: login rejected at ak-stage-identification: invalid, "Failed to authenticate."`, kind: no, cause: probe.Content,
	},
	{
		name: "a wrong password, and the flow begins again", config: standin.Config{RestartOnInvalid: true}, password: "wrong", failures: 1,
		want: "URL: flow default-authentication-flow: login rejected: after the answer the flow began again at ak-stage-identification", kind: no, cause: probe.Content,
	},
	{
		name: "an unknown user", user: "nobody", failures: 1,
		want: `URL: flow default-authentication-flow: login rejected at ak-stage-identification: invalid, "Failed to authenticate."`, kind: no, cause: probe.Content,
	},
	{
		name: "an unknown user whom the flow pretends to know", config: standin.Config{Pretend: true}, user: "nobody", failures: 1,
		want: `URL: flow default-authentication-flow: login rejected at ak-stage-password: invalid, "Invalid password"`, kind: no, cause: probe.Content,
	},
	{
		name: "a policy that does not let the user in", config: standin.Config{Deny: "Not on Sundays."},
		want: `URL: flow default-authentication-flow: login rejected at ak-stage-access-denied: "Not on Sundays."`, kind: no, cause: probe.Content,
	},
	{
		name: "an exception in a stage", config: standin.Config{Broken: true},
		want: "URL: flow default-authentication-flow: a stage of the flow did not work: ak-stage-flow-error, request 5f1c0ffee", kind: notYet, cause: probe.Content,
	},
	{
		name: "another factor", config: standin.Config{Extra: []string{"ak-stage-authenticator-validate"}},
		want: "URL: flow default-authentication-flow: MFA stage reached: exempt the probe user (ak-stage-authenticator-validate)", kind: no, cause: probe.Content,
	},
	{
		name: "a captcha", config: standin.Config{Extra: []string{"ak-stage-captcha"}},
		want: "URL: flow default-authentication-flow: captcha stage reached, which only a person can answer: exempt the probe user (ak-stage-captcha)", kind: no, cause: probe.Content,
	},
	{
		name: "a captcha on the first page", config: standin.Config{Captcha: true},
		want: "URL: flow default-authentication-flow: captcha stage reached within ak-stage-identification, which only a person can answer: give flowSlug a flow without it", kind: no, cause: probe.Content,
	},
	{
		name: "consent", config: standin.Config{Extra: []string{"ak-stage-consent"}},
		want: "URL: flow default-authentication-flow: consent stage reached, which only a person can answer: exempt the probe user (ak-stage-consent)", kind: no, cause: probe.Content,
	},
	{
		name: "a form that sends itself elsewhere", config: standin.Config{Extra: []string{"ak-stage-autosubmit"}},
		want: "URL: flow default-authentication-flow: autosubmit stage reached, which only a person can answer: exempt the probe user (ak-stage-autosubmit)", kind: no, cause: probe.Content,
	},
	{
		name: "a stage of a later Authentik", config: standin.Config{After: []string{"ak-source-oauth-apple"}},
		want: "URL: flow default-authentication-flow: want a stage that a name and a password are enough for, got ak-source-oauth-apple", kind: no, cause: probe.Content,
	},
	{
		name: "logging in through other systems only", config: standin.Config{SourcesOnly: true},
		want: "URL: flow default-authentication-flow: ak-stage-identification asks for no user name (its user_fields are empty): people log in through its sources only", kind: no, cause: probe.Content,
	},
	{
		name: "a flow that has no end", config: standin.Config{AskForever: true},
		want: "URL: flow default-authentication-flow: more than 10 steps, the last one ak-stage-user-login", kind: no, cause: probe.Content,
	},
	{
		name: "a flow without stages", config: standin.Config{Unbound: true},
		want: `URL: flow default-authentication-flow: redirect received but users/me is 403: "Authentication credentials were not provided."`,
		kind: notYet, cause: probe.Content,
	},
	{
		name: "another user", step: "expectUsername: akadmin",
		want: `URL: users/me names "sync-check", want "akadmin"`, kind: no, cause: probe.Content,
	},
	{
		name: "no blueprint yet", config: standin.Config{State: standin.NoBlueprints},
		want: "URL: flow default-authentication-flow: 404 (blueprint not applied yet)", kind: notYet, cause: "404",
	},
	{
		name: "no flow of that name", step: "flowSlug: staff",
		want: "URL: flow staff: 404 (blueprint not applied yet)", kind: notYet, cause: "404",
	},
	{
		name: "still starting", config: standin.Config{State: standin.Starting},
		want: `GET URL/flows/-/default/authentication/: 502 Bad Gateway, want a redirect to the flow: "authentik starting..."`, kind: notYet, cause: "502",
	},
	{
		name: "no database", config: standin.Config{State: standin.DatabaseDown}, step: "flowSlug: default-authentication-flow",
		want: "GET URL/api/v3/flows/executor/default-authentication-flow/?query=: 500 Internal Server Error, want 200", kind: notYet, cause: "500",
	},
	{
		name: "too many requests", config: standin.Config{State: standin.Throttled},
		want: `GET URL/api/v3/flows/executor/default-authentication-flow/?query=: 429 Too Many Requests, want 200: "Request was throttled. Expected available in 1 second."`, kind: notYet, cause: "429",
	},
}

func TestLogin(t *testing.T) {
	for _, tc := range loginCases {
		t.Run(tc.name, func(t *testing.T) {
			server := standin.Start(t, tc.config)
			c := loginConfig(t, server.URL, tc.step)
			if tc.user != "" {
				c.Username = probe.NewSecret(tc.user)
			}
			if tc.password != "" {
				c.Password = probe.NewSecret(tc.password)
			}
			got, err := authentik.New(c).Ask(t.Context())
			assert.Equal(t, strings.ReplaceAll(textOf(err), server.URL, "URL"), tc.want)
			assert.Equal(t, kindOf(err), tc.kind)
			assert.Equal(t, probe.CauseOf(err), tc.cause)
			assert.Equal(t, got.Saw, tc.saw)
			assert.Equal(t, len(got.Warnings), 0, "%s", got.Warnings)
			assert.Equal(t, server.LoggedIn(), 0, "somebody is still logged in")
			assert.Equal(t, server.Failures(), tc.failures)
		})
	}
}

func TestAModeWithoutALogin(t *testing.T) {
	for _, tc := range []struct {
		name   string
		config standin.Config
		step   string
		token  string
		saw    string
		want   string
		kind   string
	}{
		{name: "anonymous", saw: "mode anonymous: flow default-authentication-flow answers with ak-stage-identification; no login was tried"},
		{
			name: "anonymous, a flow without stages", config: standin.Config{Unbound: true},
			want: "URL: flow default-authentication-flow: want ak-stage-identification, got xak-flow-redirect: the flow has no stage, or none for this visitor", kind: notYet,
		},
		{
			name: "anonymous, through other systems only", config: standin.Config{SourcesOnly: true},
			saw: "mode anonymous: flow default-authentication-flow answers with ak-stage-identification; no login was tried",
		},
		{
			name: "anonymous, no blueprint yet", config: standin.Config{State: standin.NoBlueprints},
			want: "URL: flow default-authentication-flow: 404 (blueprint not applied yet)", kind: notYet,
		},
		{name: "a token", token: standin.Token, saw: `mode token: users/me names "sync-check"; no login was tried`},
		{name: "a token of the right user", token: standin.Token, step: "expectUsername: sync-check", saw: `mode token: users/me names "sync-check"; no login was tried`},
		{name: "a token of another user", token: standin.Token, step: "expectUsername: akadmin", want: `URL: users/me names "sync-check", want "akadmin"`, kind: no},
		{name: "an unknown token", token: "x", want: `URL: token rejected: users/me is 403: "Token invalid/expired"`, kind: denied},
		{
			name: "a token while it starts", token: standin.Token, config: standin.Config{State: standin.Starting},
			want: `GET URL/api/v3/core/users/me/: 502 Bad Gateway, want 200: "authentik starting..."`, kind: notYet,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := standin.Start(t, tc.config)
			step := tc.step
			if tc.token != "" {
				step += ", token: {env: T}"
			}
			c := config(t, server.URL, strings.TrimPrefix(step, ", "))
			c.Token = probe.NewSecret(tc.token)
			got, err := authentik.New(c).Ask(t.Context())
			assert.Equal(t, strings.ReplaceAll(textOf(err), server.URL, "URL"), tc.want)
			assert.Equal(t, kindOf(err), tc.kind)
			assert.Equal(t, got.Saw, tc.saw)
		})
	}
}

// config reads a step the way the runner does.
func config(t *testing.T, url, more string) authentik.Config {
	t.Helper()
	spec, err := hookspec.Parse("spec", fmt.Appendf(nil, "steps: [{name: x, authentik.login: {url: %q, %s}}]", url, more))
	assert.NilError(t, err)
	spec, err = spec.WithDefaults()
	assert.NilError(t, err)
	step := *spec.Steps[0].AuthentikLogin
	c := authentik.Config{AuthentikLogin: step}
	c.Client, err = probe.Trust{Anyone: step.TLS.InsecureSkipVerify}.Config()
	assert.NilError(t, err)
	return c
}

func loginConfig(t *testing.T, url, more string) authentik.Config {
	t.Helper()
	c := config(t, url, strings.TrimSuffix("username: {env: U}, password: {env: P}, "+more, ", "))
	c.Username, c.Password = probe.NewSecret(standin.User), probe.NewSecret(standin.Password)
	return c
}

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func kindOf(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, probe.ErrNotYet):
		return notYet
	case errors.Is(err, probe.ErrDenied):
		return denied
	}
	return no
}
