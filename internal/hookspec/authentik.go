package hookspec

import (
	"fmt"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
)

// The modes of an authentik.login step, from the one that proves most.
const (
	AuthentikByLogin   = "login"     // a user logs in and out
	AuthentikByToken   = "token"     // an API token is known; no login
	AuthentikAnonymous = "anonymous" // the login page's first question; nobody logs in
)

// AuthentikAnyFlow as a slug asks Authentik for the flow of its brand.
const AuthentikAnyFlow = "auto"

// An AuthentikLogin proves that people can log in.
type AuthentikLogin struct {
	URL  string `yaml:"url" need:"true" doc:"where Authentik answers, with the path of AUTHENTIK_WEB__PATH if there is one"`
	Host string `yaml:"host,omitempty" doc:"the Host header, by which Authentik chooses the brand and so the flow"`
	// Mode is derived where it is left out, so that credentials are enough.
	Mode                 string     `yaml:"mode,omitempty" enum:"login|token|anonymous" doc:"login: a user logs in and out; token: an API token is known, which proves the API and the database but no login; anonymous: the flow asks who is there, which proves flow, database and pages; without it what the credentials are for"`
	FlowSlug             string     `yaml:"flowSlug,omitempty" default:"auto" doc:"slug of the authentication flow; auto asks Authentik for the one of its brand, else default-authentication-flow"`
	InvalidationFlowSlug string     `yaml:"invalidationFlowSlug,omitempty" default:"default-invalidation-flow" doc:"slug of the flow that logs out, so that no session is left behind"`
	Username             *SecretRef `yaml:"username,omitempty" doc:"whom to log in"`
	Password             *SecretRef `yaml:"password,omitempty" doc:"that user's password"`
	Token                *SecretRef `yaml:"token,omitempty" doc:"an API token"`
	ExpectUsername       string     `yaml:"expectUsername,omitempty" doc:"the user that Authentik must name afterwards; without it the one of username, who may log in by e-mail address too"`
	RequestTimeout       Duration   `yaml:"requestTimeout,omitempty" default:"10s" min:"10ms" doc:"how long one request may take"`
	TLS                  ClientTLS  `yaml:"tls,omitempty" doc:"how to trust the server"`
}

// Rules needs none: the questions go to Authentik.
func (*AuthentikLogin) Rules(string) []Rule { return nil }

// Once reports whether a user logs in: a second pod would send a wrong password
// a second time, and Authentik counts them.
func (a *AuthentikLogin) Once() bool { return a.Proves() == AuthentikByLogin }

// Proves is the mode of a, also where it is left out.
func (a *AuthentikLogin) Proves() string {
	switch {
	case a.Mode != "":
		return a.Mode
	case a.Username != nil || a.Password != nil:
		return AuthentikByLogin
	case a.Token != nil:
		return AuthentikByToken
	}
	return AuthentikAnonymous
}

// flowSlug is what Django calls a slug.
var flowSlug = lazy.Regexp("^[-a-zA-Z0-9_]+$")

// Check wants a URL, slugs, and the credentials of the mode and no others.
func (a *AuthentikLogin) Check(report func(key, msg, hint string)) {
	if a.URL != "" {
		if msg := urlProblem(a.URL); msg != "" {
			report("url", msg, "write it like http://authentik-server.namespace.svc")
		} else if strings.ContainsAny(a.URL, "?#") {
			report("url", fmt.Sprintf("want a URL without a query and a fragment, got %q", a.URL), "")
		}
	}
	for _, slug := range [][2]string{{"flowSlug", a.FlowSlug}, {"invalidationFlowSlug", a.InvalidationFlowSlug}} {
		if slug[1] != "" && !flowSlug().MatchString(slug[1]) {
			report(slug[0], fmt.Sprintf("want a slug, got %q", slug[1]), "it is the end of the flow's URL, /if/flow/<slug>/")
		}
	}
	if strings.ContainsAny(a.Host, " /\r\n\x00") {
		report("host", fmt.Sprintf("want a host, got %q", a.Host), "write it like sso.example.org")
	}
	if a.TLS != (ClientTLS{}) && strings.HasPrefix(a.URL, "http://") {
		report("tls", "want an https:// URL beside it", "")
	}
	a.checkCredentials(report)
}

func (a *AuthentikLogin) checkCredentials(report func(key, msg, hint string)) {
	mode := a.Proves()
	for _, c := range []struct {
		key  string
		ref  *SecretRef
		mode string
	}{{"username", a.Username, AuthentikByLogin}, {"password", a.Password, AuthentikByLogin}, {"token", a.Token, AuthentikByToken}} {
		switch {
		case mode == c.mode && c.ref == nil:
			report(c.key, "required by mode "+mode, "")
		case mode != c.mode && c.ref != nil:
			report(c.key, "want none in mode "+mode, "")
		}
	}
	if mode == AuthentikAnonymous && a.ExpectUsername != "" {
		report("expectUsername", "want none in mode anonymous: nobody logs in", "")
	}
}
