package authentik_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/testenv/authentik"
)

// TestCSRF holds that the stand-in refuses what Django refuses of somebody who
// is logged in: a client that passes its tests sends what Authentik wants.
func TestCSRF(t *testing.T) {
	for _, tc := range []struct {
		name    string
		tls     bool
		headers map[string]string
		want    string
	}{
		{name: "nothing", want: "CSRF token missing."},
		{name: "the token from before the login", headers: map[string]string{"X-authentik-CSRF": "csrf-1"}, want: "CSRF token from the 'X-Authentik-Csrf' HTTP header incorrect."},
		{name: "the token", headers: map[string]string{"X-authentik-CSRF": "csrf-2"}, want: "xak-flow-redirect"},
		{name: "https without a referer", tls: true, headers: map[string]string{"X-authentik-CSRF": "csrf-2"}, want: "Referer checking failed - no Referer."},
		{
			name: "https with another referer", tls: true, headers: map[string]string{"X-authentik-CSRF": "csrf-2", "Referer": "https://other.example.org/"},
			want: "Referer checking failed - https://other.example.org/ does not match any trusted origins.",
		},
		{name: "https with the referer", tls: true, headers: map[string]string{"X-authentik-CSRF": "csrf-2", "Referer": "URL/if/flow/x/"}, want: "xak-flow-redirect"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := authentik.Start(t, authentik.Config{TLS: tc.tls, PasswordFields: true, After: []string{"ak-stage-prompt"}})
			jar, err := cookiejar.New(nil)
			assert.NilError(t, err)
			client := &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
			defer client.CloseIdleConnections()
			assert.Assert(t, strings.Contains(send(t, client, server, "GET", "", nil), "ak-stage-identification"))
			said := send(t, client, server, "POST", `{"component": "ak-stage-identification", "uid_field": "sync-check", "password": "correct \"horse\" battery"}`, nil)
			assert.Assert(t, strings.Contains(said, "ak-stage-prompt"), "%s", said)
			assert.Equal(t, server.LoggedIn(), 1)
			said = send(t, client, server, "POST", `{"component": "ak-stage-prompt"}`, tc.headers)
			assert.Assert(t, strings.Contains(said, tc.want), "want %s, got %s", tc.want, said)
		})
	}
}

func send(t *testing.T, client *http.Client, server *authentik.Server, method, body string, headers map[string]string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL+"/api/v3/flows/executor/"+authentik.DefaultFlow+"/?query=", strings.NewReader(body))
	assert.NilError(t, err)
	req.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		req.Header.Set(name, strings.ReplaceAll(value, "URL", server.URL))
	}
	resp, err := client.Do(req)
	assert.NilError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	assert.NilError(t, err)
	return string(text)
}
