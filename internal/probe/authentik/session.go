package authentik

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
)

const (
	sessionCookie = "authentik_session"
	csrfCookie    = "authentik_csrf"
	csrfHeader    = "X-authentik-CSRF"

	// defaultFlow is the authentication flow that Authentik's blueprints make.
	defaultFlow = "default-authentication-flow"

	// maxRedirects is what browsers would call a loop.
	maxRedirects = 10
	// maxCookies bounds what a server can make us carry; Authentik sets two, and
	// some stages one of their own.
	maxCookies = 16
	// maxCookie is what browsers keep of one.
	maxCookie = 4 << 10
	// maxPath is more than any path of Authentik: messages name the place.
	maxPath = 1 << 10
	// maxBytes bounds an answer; the largest challenge, with many sources, has some
	// ten thousand.
	maxBytes = 1 << 20
)

// A session is one visitor with his cookies.
//
// It has no cookie jar of the usual kind: the cookies of Authentik are for the
// domain of its users and may be for https only, and we come through a Service.
// They go back to where they came from and nowhere else.
type session struct {
	*Config
	base    *url.URL
	cookies map[string]string
	token   *probe.Secret // instead of cookies
}

func newSession(c *Config) *session {
	base, err := url.Parse(strings.TrimRight(c.URL, "/"))
	if err != nil {
		base = &url.URL{} // hookspec has seen that it is one
	}
	return &session{Config: c, base: base, cookies: map[string]string{}}
}

func (s *session) hasSession() bool { return s.cookies[sessionCookie] != "" }

// A request is what differs between two requests.
type request struct {
	method string
	path   string // of the host, with the query
	body   string // JSON
	flow   string // slug of the page that a browser would send it from
}

// path is where something is below the URL of the step.
func (s *session) path(rest string) string { return s.base.EscapedPath() + rest }

// executor is the path that asks and answers the challenges of a flow.
func (s *session) executor(slug string) string {
	return s.path("/api/v3/flows/executor/" + slug + "/?query=")
}

// send sends one request with the cookies and keeps those of the answer.
func (s *session) send(ctx context.Context, r request) (*probehttp.Answer, error) {
	place := url.URL{Scheme: s.base.Scheme, Host: s.base.Host}
	c := probehttp.Config{Client: s.Client, HTTP: hookspec.HTTP{
		Method: r.method, URL: place.String() + r.path, Body: r.body, Host: s.Host,
		Headers:        s.headers(r),
		RequestTimeout: s.RequestTimeout, MaxBytes: maxBytes,
	}}
	if s.token != nil {
		c.Credentials.Bearer = s.token
	}
	a, err := probehttp.Fetch(ctx, c)
	if err != nil {
		return nil, err
	}
	s.keep(a.Header)
	return a, nil
}

// headers are what Authentik's own page sends. Django wants the Referer over
// https, and the CSRF token as soon as the session is somebody's.
func (s *session) headers(r request) map[string]string {
	h := map[string]string{"Accept": "application/json"}
	if r.body != "" {
		h["Content-Type"] = "application/json"
	}
	if r.flow != "" {
		h["Referer"] = s.base.Scheme + "://" + cmp.Or(s.Host, s.base.Host) + s.path("/if/flow/"+r.flow+"/")
	}
	if token := s.cookies[csrfCookie]; token != "" {
		h[csrfHeader] = token
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(s.cookies)) {
		all = append(all, name+"="+s.cookies[name])
	}
	if len(all) > 0 {
		h["Cookie"] = strings.Join(all, "; ")
	}
	return h
}

// keep takes the cookies that an answer sets, and drops those that it deletes.
func (s *session) keep(h http.Header) {
	for _, c := range (&http.Response{Header: h}).Cookies() {
		switch {
		case c.MaxAge < 0 || c.Value == "":
			delete(s.cookies, c.Name)
		case len(c.Name)+len(c.Value) > maxCookie:
		case s.cookies[c.Name] != "" || len(s.cookies) < maxCookies:
			s.cookies[c.Name] = c.Value
		}
	}
}

// follow sends a request and follows redirects with GET, as browsers do.
func (s *session) follow(ctx context.Context, r request) (*probehttp.Answer, error) {
	a, err := s.send(ctx, r)
	for hops := 0; err == nil && isRedirect(a.Status); hops++ {
		if hops == maxRedirects {
			return nil, probe.NotYet(probe.Content, "%s: more than %d redirects", a.Place, maxRedirects)
		}
		if r.path, err = s.target(a, r.path); err != nil {
			return nil, err
		}
		r.method, r.body = "GET", ""
		a, err = s.send(ctx, r)
	}
	return a, err
}

// isRedirect knows the redirects that are followed with GET. The others would
// have the password sent a second time.
func isRedirect(status int) bool {
	return status == http.StatusMovedPermanently || status == http.StatusFound || status == http.StatusSeeOther
}

// target is the path that a redirect leads to. It must stay on the server: the
// session is nobody else's business.
func (s *session) target(a *probehttp.Answer, from string) (string, error) {
	here, err := s.base.Parse(from)
	if err != nil {
		return "", err
	}
	to, err := here.Parse(a.Header.Get("Location"))
	if err != nil || a.Header.Get("Location") == "" || len(a.Header.Get("Location")) > maxPath {
		return "", probe.NotYet(probe.Content, "%s: %d to %s, which is no place", a.Place, a.Status, quote(a.Header.Get("Location")))
	}
	if to.Scheme != s.base.Scheme || to.Host != s.base.Host && to.Host != s.Host {
		return "", probe.NotYet(probe.Content, "%s: %d to %s, want an answer from %s itself", a.Place, a.Status, quote(to.Redacted()), s.URL)
	}
	return to.RequestURI(), nil
}

var flowPage = regexp.MustCompile(`/if/flow/([-a-zA-Z0-9_]{1,100})/?$`)

// flow returns the slug of the authentication flow. A brand without one is no
// reason to stop: the flow of the blueprints has a name that is known.
func (s *session) flow(ctx context.Context) (string, error) {
	if s.FlowSlug != hookspec.AuthentikAnyFlow {
		return s.FlowSlug, nil
	}
	a, err := s.send(ctx, request{method: "GET", path: s.path("/flows/-/default/authentication/")})
	if err != nil {
		return "", err
	}
	if a.Status == http.StatusNotFound {
		return defaultFlow, nil
	}
	if !isRedirect(a.Status) {
		return "", s.status(a, "want a redirect to the flow")
	}
	to, err := url.Parse(a.Header.Get("Location"))
	if err == nil {
		if m := flowPage.FindStringSubmatch(to.Path); m != nil {
			return m[1], nil
		}
	}
	return "", probe.NotYet(probe.Content, "%s: want a redirect to /if/flow/<slug>/, got one to %s", a.Place, quote(a.Header.Get("Location")))
}

// me returns the name of the user whose session or token this is.
func (s *session) me(ctx context.Context) (string, error) {
	a, err := s.follow(ctx, request{method: "GET", path: s.path("/api/v3/core/users/me/")})
	if err != nil {
		return "", err
	}
	if a.Status == http.StatusForbidden || a.Status == http.StatusUnauthorized {
		return "", probe.Refusal("users/me is %d%s", a.Status, reason(a))
	}
	if a.Status != http.StatusOK {
		return "", s.status(a, "want 200")
	}
	var who struct {
		User struct {
			Username string `json:"username"`
		} `json:"user"`
	}
	if err := decode(a, &who); err != nil {
		return "", err
	}
	if who.User.Username == "" {
		return "", probe.NotYet(probe.Content, "%s: want user.username, got JSON without it", a.Place)
	}
	return who.User.Username, nil
}

// logout runs the invalidation flow, and sees that the session is nobody's.
func (s *session) logout(ctx context.Context) error {
	f := &flow{session: s, slug: s.InvalidationFlowSlug}
	if _, err := f.get(ctx); err != nil {
		return err
	}
	_, err := s.me(ctx)
	switch {
	case errors.Is(err, probe.ErrDenied):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("users/me still names the user after flow %s", s.InvalidationFlowSlug)
}

// decode reads an answer's JSON into v. What is there and of another type is
// named: an Authentik that we do not know should not look like a broken one.
func decode(a *probehttp.Answer, v any) error {
	err := a.JSON(v)
	if other, ok := errors.AsType[*json.UnmarshalTypeError](json.Unmarshal(a.Body, v)); ok {
		return probe.NotYet(probe.Content, "%s: want another kind of value in %s, got a JSON %s", a.Place, cmp.Or(probehttp.Line(other.Field), "the answer"), other.Value)
	}
	return err
}

// judge says what a status of the executor that is not 200 means.
func (s *session) judge(a *probehttp.Answer, slug string) error {
	switch a.Status {
	case http.StatusOK:
		return nil
	case http.StatusNotFound:
		return probe.NotYet("404", "%s: flow %s: 404 (blueprint not applied yet)", s.URL, slug)
	case http.StatusUnauthorized, http.StatusForbidden:
		return probe.Refusal("%s: flow %s: %d%s", s.URL, slug, a.Status, reason(a))
	}
	return s.status(a, "want 200")
}

// status is the answer about a status that is not the wanted one.
func (s *session) status(a *probehttp.Answer, want string) error {
	cause := probe.Cause(strconv.Itoa(a.Status))
	return probe.NotYet(cause, "%s: %d %s, %s%s", a.Place, a.Status, http.StatusText(a.Status), want, reason(a))
}

// reason is what Authentik, or its router before it, says about a status: JSON
// with a sentence, or plain text. Pages say nothing that fits on a line.
func reason(a *probehttp.Answer) string {
	var said struct{ Detail, Error string }
	if json.Unmarshal(a.Body, &said) == nil && said.Detail+said.Error != "" {
		return ": " + quote(cmp.Or(said.Detail, said.Error))
	}
	media, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if text := a.Text(); media == "text/plain" && text != "" {
		return ": " + quote(text)
	}
	return ""
}
