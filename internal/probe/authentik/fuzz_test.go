package authentik_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"

	"github.com/argocd-safesync/argocd-safesync/internal/probe/authentik"
)

// FuzzAnswers holds that no answer makes the probe panic, ask for ever, send the
// password twice in one login, or say more than fits into a termination message.
func FuzzAnswers(f *testing.F) {
	const identification = `{"component": "ak-stage-identification", "user_fields": ["username"], "password_fields": false}`
	for _, seed := range []struct {
		status      int
		place, body string
	}{
		{200, "", identification},
		{200, "", `{"component": "ak-stage-password", "response_errors": {"password": [{"string": "no", "code": "invalid"}]}}`},
		{200, "", `{"component": "ak-stage-access-denied", "error_message": "no"}`},
		{200, "", `{"component": "ak-stage-flow-error", "request_id": "1", "error": "x"}`},
		{200, "", `{"component": "ak-stage-user-login"}`},
		{200, "", `{"component": "xak-flow-redirect", "to": "/", "user": {"username": "x"}}`},
		{302, "/if/flow/x/", ""},
		{302, "?" + strings.Repeat("x", 5000), ""},
		{403, "", `{"detail": "CSRF Failed"}`},
		{502, "", "authentik starting..."},
	} {
		f.Add(seed.status, seed.place, seed.body, seed.body)
	}
	f.Fuzz(func(t *testing.T, status int, place, first, rest string) {
		if status < 200 || status > 599 {
			return
		}
		requests, passwords := 0, 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests++
			if sendsPassword(r) {
				passwords++
			}
			http.SetCookie(w, &http.Cookie{Name: "authentik_session", Value: strings.Repeat("x", requests)})
			body := rest
			if requests == 1 {
				body = first
			}
			w.Header().Set("Location", place)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body)) // 204 and 304 have none
		}))
		defer server.Close()
		yes, err := authentik.New(loginConfig(t, server.URL, "")).Ask(t.Context())
		for _, text := range append([]string{textOf(err), yes.Saw}, yes.Warnings...) {
			if len(text) > 4096 || strings.ContainsFunc(text, unicode.IsControl) {
				t.Errorf("%d bytes: %q", len(text), text)
			}
		}
		// A discovery, a login, users/me and two requests to log out, each with its
		// redirects.
		if requests > 15*11 || passwords > 1 {
			t.Errorf("%d requests, the password %d times", requests, passwords)
		}
	})
}
