package authentik_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/authentik"
	standin "github.com/argocd-safesync/argocd-safesync/internal/testenv/authentik"
)

const executor = "URL/api/v3/flows/executor/default-authentication-flow/?query="

// TestAServerThatIsNoAuthentik asks servers that answer slowly, half, too much,
// with pages, or with something else: each gets a definite message, soon.
func TestAServerThatIsNoAuthentik(t *testing.T) {
	const identification = `{"component": "ak-stage-identification", "user_fields": ["username"], "password_fields": false}`
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
		kind    string
	}{
		{name: "never answers", handler: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, want: "GET " + executor + ": no answer within 200ms"},
		{
			name: "never ends", handler: slow(`{"component": "ak-`),
			want: "GET " + executor + ": 200 OK and then no complete body within 200ms, got 18 bytes",
		},
		{
			name: "ends in the middle", handler: cut,
			want: "GET " + executor + ": 200 OK and then the connection ended in the middle of the body, got 5 bytes",
		},
		{
			name: "sends without end", handler: endless, kind: no,
			want: "GET " + executor + ": 200 OK with more than 1048576 bytes, which is maxBytes",
		},
		{
			name: "a page with 200", handler: says(200, "text/html", "<!DOCTYPE html>\n<title>Sorry"),
			want: "GET " + executor + `: want JSON, got text/html that begins with "<!DOCTYPE html>…"`,
		},
		{name: "a page with 503", handler: says(503, "text/html", "<!DOCTYPE html>"), want: "GET " + executor + ": 503 Service Unavailable, want 200"},
		{
			name: "a router's words with 502", handler: says(502, "text/plain", "failed to connect to authentik backend: dial tcp"),
			want: "GET " + executor + `: 502 Bad Gateway, want 200: "failed to connect to authentik backend: dial tcp"`,
		},
		{name: "a middleware before it", handler: says(401, "text/plain", "who are you"), want: `URL: flow default-authentication-flow: 401: "who are you"`, kind: denied},
		{name: "half of a JSON", handler: says(200, "application/json", `{"component":`), want: "GET " + executor + `: want JSON, got application/json that begins with "{\"component\":"`},
		{name: "JSON of something else", handler: says(200, "application/json", `{"ok": true}`), want: "URL: flow default-authentication-flow: want the cookie authentik_session, got none: a login needs a session"},
		{name: "JSON of another type", handler: says(200, "application/json", `[1]`), want: "GET " + executor + ": want another kind of value in the answer, got a JSON array"},
		{
			name: "a component that is no text", handler: says(200, "application/json", `{"component": 7}`),
			want: "GET " + executor + ": want another kind of value in component, got a JSON number",
		},
		{
			name: "no cookies", handler: says(200, "application/json", identification),
			want: "URL: flow default-authentication-flow: want the cookie authentik_session, got none: a login needs a session",
		},
		{
			name: "an identification stage without password_fields", handler: withSession(says(200, "application/json", `{"component": "ak-stage-identification", "user_fields": ["username"]}`)),
			want: "URL: flow default-authentication-flow: want password_fields in ak-stage-identification, got none", kind: no,
		},
		{
			name: "password_fields that is no boolean", handler: withSession(says(200, "application/json", `{"component": "ak-stage-identification", "password_fields": "yes"}`)),
			want: "GET " + executor + ": want another kind of value in password_fields, got a JSON string",
		},
		{
			name: "JSON without a component", handler: withSession(says(200, "application/json", `{"ok": true}`)),
			want: "URL: flow default-authentication-flow: want a challenge, got JSON without a component",
		},
		{
			name: "a redirect to nowhere", handler: withSession(says(200, "application/json", `{"component": "xak-flow-redirect"}`)),
			want: "URL: flow default-authentication-flow: want a xak-flow-redirect that says where to, got one that does not",
		},
		{
			name: "the same question again and again", handler: withSession(says(200, "application/json", identification)),
			want: "URL: flow default-authentication-flow: login rejected: after the answer the flow began again at ak-stage-identification", kind: no,
		},
		{
			name: "redirects in a circle", handler: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"?again", 302) },
			want: "GET URL/api/v3/flows/executor/default-authentication-flow/?again: more than 10 redirects",
		},
		{
			name: "redirects to another server", handler: redirects("http://evil.example.org/?next=x"),
			want: "GET " + executor + `: 302 to "http://evil.example.org/?next=x", want an answer from URL itself`,
		},
		{
			name: "redirects to https", handler: redirects("https://sso.example.org/"),
			want: "GET " + executor + `: 302 to "https://sso.example.org/", want an answer from URL itself`,
		},
		{name: "redirects to nothing", handler: says(302, "", ""), want: "GET " + executor + `: 302 to "", which is no place`},
		{
			name: "redirects to a place without end", handler: redirects("/" + strings.Repeat("x", 2000)),
			want: "GET " + executor + `: 302 to "/` + strings.Repeat("x", 299) + `…", which is no place`,
		},
		{
			name: "a redirect that repeats the request", handler: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", 307) },
			want: "GET " + executor + ": 307 Temporary Redirect, want 200",
		},
		{
			name: "a long component", handler: withSession(says(200, "application/json", `{"component": "`+strings.Repeat("x", 9999)+`\u001b[31m"}`)),
			want: "URL: flow default-authentication-flow: want a stage that a name and a password are enough for, got " + strings.Repeat("x", 300) + "…", kind: no,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := httptest.NewServer(tc.handler)
			defer server.Close()
			defer server.CloseClientConnections()
			c := loginConfig(t, server.URL, "flowSlug: default-authentication-flow, requestTimeout: 200ms")
			started := time.Now()
			_, err := authentik.New(c).Ask(t.Context())
			assert.Equal(t, strings.ReplaceAll(textOf(err), server.URL, "URL"), tc.want)
			want := tc.kind
			if want == "" {
				want = notYet
			}
			assert.Equal(t, kindOf(err), want)
			assert.Assert(t, time.Since(started) < 5*time.Second)
		})
	}
}

// TestAFlowThatIsNotToBeFound asks for the brand's flow.
func TestAFlowThatIsNotToBeFound(t *testing.T) {
	const place = "GET URL/flows/-/default/authentication/"
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"no redirect", says(200, "text/html", "hello"), place + ": 200 OK, want a redirect to the flow"},
		{"a redirect to something else", redirects("/if/admin/"), place + `: want a redirect to /if/flow/<slug>/, got one to "/if/admin/"`},
		{"no flow", http.NotFound, "URL: flow default-authentication-flow: 404 (blueprint not applied yet)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := httptest.NewServer(tc.handler)
			defer server.Close()
			_, err := authentik.New(config(t, server.URL, "")).Ask(t.Context())
			assert.Equal(t, strings.ReplaceAll(textOf(err), server.URL, "URL"), tc.want)
			assert.Equal(t, kindOf(err), notYet)
		})
	}
}

// TestLittleIsReadOfAFlood holds that a server cannot fill the runner's memory.
func TestLittleIsReadOfAFlood(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(endless))
	defer server.Close()
	c := config(t, server.URL, "flowSlug: x")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := authentik.New(c).Ask(t.Context())
	runtime.ReadMemStats(&after)
	assert.Assert(t, err != nil)
	// The server of the test allocates in the same process.
	assert.Assert(t, after.TotalAlloc-before.TotalAlloc < 64<<20, "%d bytes", after.TotalAlloc-before.TotalAlloc)
}

// TestNoEndlessLogins breaks what comes back after the password: time may mend
// it, but Authentik counts, so that the password is sent three times at most.
func TestNoEndlessLogins(t *testing.T) {
	server := standin.Start(t, standin.Config{})
	for _, tc := range []struct {
		name   string
		broken http.HandlerFunc
		first  string // the answer while it may be tried again; "" if it may not
		last   string
	}{
		{
			name: "cut", broken: cut,
			first: "POST " + executor + ": 200 OK and then the connection ended in the middle of the body, got 5 bytes",
			last:  "POST " + executor + ": 200 OK and then the connection ended in the middle of the body, got 5 bytes; that was login 3, and more could lock the user out",
		},
		{
			name: "no database", broken: says(500, "text/html", "oops"),
			first: "POST " + executor + ": 500 Internal Server Error, want 200",
			last:  "POST " + executor + ": 500 Internal Server Error, want 200; that was login 3, and more could lock the user out",
		},
		{name: "a page", broken: says(200, "text/html", "oops"), last: "POST " + executor + `: want JSON, got text/html that begins with "oops"`},
		{
			name: "CSRF", broken: says(403, "application/json", `{"detail": "CSRF Failed: CSRF token missing."}`),
			last: `URL: flow default-authentication-flow: 403: "CSRF Failed: CSRF token missing."`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			passwords := 0
			front := before(t, server.URL, func(w http.ResponseWriter, r *http.Request) bool {
				if !sendsPassword(r) {
					return false
				}
				passwords++
				tc.broken(w, r)
				return true
			})
			p := authentik.New(loginConfig(t, front, ""))
			want := 1
			if tc.first != "" {
				want = 3
			}
			for n := range want {
				_, err := p.Ask(t.Context())
				text := strings.ReplaceAll(textOf(err), front, "URL")
				if n < want-1 {
					assert.Equal(t, text, tc.first)
					assert.Equal(t, kindOf(err), notYet)
					continue
				}
				assert.Equal(t, text, tc.last)
				assert.Assert(t, kindOf(err) != notYet)
			}
			assert.Equal(t, passwords, want)
			assert.Equal(t, server.LoggedIn(), 0)
		})
	}
}

// TestNobodyStaysLoggedIn breaks a login after it was one.
func TestNobodyStaysLoggedIn(t *testing.T) {
	t.Run("users/me is down", func(t *testing.T) {
		server := standin.Start(t, standin.Config{})
		asked := 0
		front := before(t, server.URL, func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "/users/me/") {
				return false
			}
			asked++
			if asked == 1 {
				assert.Equal(t, server.LoggedIn(), 1)
				says(503, "", "")(w, r)
			}
			return asked == 1
		})
		_, err := authentik.New(loginConfig(t, front, "")).Ask(t.Context())
		assert.Equal(t, strings.ReplaceAll(textOf(err), front, "URL"), "GET URL/api/v3/core/users/me/: 503 Service Unavailable, want 200")
		assert.Equal(t, server.LoggedIn(), 0)
	})
	t.Run("the time is over", func(t *testing.T) {
		server := standin.Start(t, standin.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		front := before(t, server.URL, func(_ http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, "/users/me/") && ctx.Err() == nil {
				cancel()
				<-r.Context().Done()
				return true
			}
			return false
		})
		p := authentik.New(loginConfig(t, front, ""))
		_, err := p.Ask(ctx)
		assert.Assert(t, err != nil)
		assert.Equal(t, server.LoggedIn(), 1)
		abandoner, ok := p.(probe.Abandoner)
		assert.Assert(t, ok)
		assert.Equal(t, abandoner.Abandon(t.Context()), "logged out")
		assert.Equal(t, server.LoggedIn(), 0)
		assert.Equal(t, abandoner.Abandon(t.Context()), "")
	})
	t.Run("the flow does not log out", func(t *testing.T) {
		server := standin.Start(t, standin.Config{LogoutBroken: true})
		got, err := authentik.New(loginConfig(t, server.URL, "")).Ask(t.Context())
		assert.NilError(t, err)
		assert.DeepEqual(t, got.Warnings, []string{"the probe's session may be left behind: users/me still names the user after flow default-invalidation-flow"})
	})
	t.Run("no flow to log out", func(t *testing.T) {
		server := standin.Start(t, standin.Config{})
		got, err := authentik.New(loginConfig(t, server.URL, "invalidationFlowSlug: nope")).Ask(t.Context())
		assert.NilError(t, err)
		assert.DeepEqual(t, got.Warnings, []string{"the probe's session may be left behind: " + server.URL + ": flow nope: 404 (blueprint not applied yet)"})
	})
}

// before stands before a server; intercept says whether it has answered.
func before(t *testing.T, server string, intercept func(http.ResponseWriter, *http.Request) bool) string {
	t.Helper()
	target, err := url.Parse(server)
	assert.NilError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !intercept(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(front.Close)
	t.Cleanup(front.CloseClientConnections)
	return front.URL
}

// sendsPassword looks into a body and puts it back.
func sendsPassword(r *http.Request) bool {
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	var got struct{ Password string }
	return err == nil && json.Unmarshal(body, &got) == nil && got.Password != ""
}

func says(status int, media, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func withSession(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "authentik_session", Value: "x"})
		next(w, r)
	}
}

func redirects(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	}
}

// slow begins to answer and then says nothing more.
func slow(begin string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, begin)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
}

// cut promises more than it sends.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	fmt.Fprint(w, "begin")
}

// endless answers as long as somebody reads.
func endless(w http.ResponseWriter, _ *http.Request) {
	for {
		if _, err := w.Write(make([]byte, 1<<10)); err != nil {
			return
		}
	}
}
