package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/runner"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// TestTraefik asks a real Traefik what the preset of that name asks, in each
// state that it can be in, and holds the words that people read in Argo CD.
func TestTraefik(t *testing.T) {
	const exposed = "is ports.traefik exposed on the Service? chart 33 and later use port 8080"
	cases := []struct {
		name    string
		config  testenv.TraefikConfig
		with    string // more inputs of the preset
		stopped bool
		private string // a path that a middleware asks for a name and a password
		want    string // the failure; "" is a yes of every step
	}{
		{name: "healthy"},
		{name: "the API is off", config: testenv.TraefikConfig{NoAPI: true}, want: "api: gave up after 1s: GET API/api/overview: 404 Not Found, want 200 (api.insecure is off and no router leads to api@internal)"},
		{name: "the dashboard is off", config: testenv.TraefikConfig{NoDashboard: true}, want: "dashboard: gave up after 1s: GET API/dashboard/: 404 Not Found, want 200 (api.dashboard is off, or api.insecure is off and no router leads to dashboard@internal)"},
		{name: "the dashboard is off and need not answer", config: testenv.TraefikConfig{NoDashboard: true}, with: "dashboard: false"},
		{
			name: "the dashboard is private", private: "/dashboard/",
			want: "dashboard: gave up after 1s: GET API/dashboard/: 401 Unauthorized, want 200 (the dashboard is behind a middleware that asks who you are; set dashboard to false)",
		},
		{
			name: "the API is private", private: "/api/overview",
			want: "api: gave up after 1s: GET API/api/overview: 401 Unauthorized, want 200 (the API is behind a middleware that asks who you are; give apiURL an entry point without it)",
		},
		{name: "a router is in error and nobody minds", config: testenv.TraefikConfig{BrokenRouter: true}},
		{
			name: "a router is in error", config: testenv.TraefikConfig{BrokenRouter: true}, with: "maxRouterErrors: 0",
			want: "router errors: gave up after 1s: GET API/api/overview: json http.routers.errors is 1, want <=0",
		},
		{name: "too few routers", with: "minRouters: 100", want: "api: gave up after 1s: GET API/api/overview: json http.routers.total is 6, want >=100"},
		{name: "the entry point redirects", config: testenv.TraefikConfig{Redirect: true}},
		{
			name: "requests reach nothing", config: testenv.TraefikConfig{CatchAll: testenv.TraefikEmpty},
			want: `web: gave up after 1s: GET WEB: 503 Service Unavailable, want 200-399,401,403,404: "no available server" (the application behind the router has no pod that is ready)`,
		},
		{
			name: "requests to an application that is down", with: "webHost: " + testenv.TraefikDown,
			want: "web: gave up after 1s: GET WEB: 502 Bad Gateway, want 200-399,401,403,404 (the application behind the router refuses connections)",
		},
		{name: "the port is closed", stopped: true, want: "ping: gave up after 1s: GET API/ping: connection refused (" + exposed + ")"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			traefik := testenv.Traefik(t, tc.config)
			if tc.stopped {
				traefik.Stop()
			}
			api := traefik.API
			if tc.private != "" {
				api = middleware(t, traefik.API, tc.private)
			}
			_, err := runner.Run(t.Context(), traefikSpec(t, api, traefik.Web, tc.with), runner.Env{Log: slog.New(slog.DiscardHandler)})
			got := ""
			if err != nil {
				got = strings.NewReplacer(api, "API", traefik.Web, "WEB").Replace(err.Error())
			}
			assert.Equal(t, got, tc.want)
		})
	}
}

// middleware stands before a server and asks for a name at one path.
func middleware(t *testing.T, server, private string) string {
	t.Helper()
	target, err := url.Parse(server)
	assert.NilError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == private {
			w.Header().Set("WWW-Authenticate", "Basic")
			http.Error(w, "401 Unauthorized", http.StatusUnauthorized)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return front.URL
}

// traefikSpec is what a Job of the preset would carry for a Traefik on this
// machine, which no Deployment runs; in a hurry.
func traefikSpec(t *testing.T, api, web, more string) hookspec.Spec {
	t.Helper()
	file := filepath.Join(t.TempDir(), "safesync.yaml")
	text := fmt.Sprintf(`apiVersion: safesync/v1alpha1
kind: Policy
presets:
- name: traefik
  with:
    namespace: edge
    apiURL: %s
    webURL: %s
    %s
`, api, web, more)
	assert.NilError(t, os.WriteFile(file, []byte(text), 0o600))
	spec, _, err := hookOf(file, "traefik-post-sync-validation", "edge", io.Discard)
	assert.NilError(t, err)
	for i := range spec.Steps {
		spec.Steps[i].Timeout = hookspec.Duration(time.Second)
		spec.Steps[i].Interval = hookspec.Duration(100 * time.Millisecond)
	}
	return spec
}
