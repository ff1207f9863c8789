package testenv_test

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

func TestTraefikEndsWithTheTest(t *testing.T) {
	testenv.Need(t, "traefik")
	var url string
	t.Run("started", func(t *testing.T) {
		traefik := testenv.Traefik(t, testenv.TraefikConfig{})
		url = traefik.API
		traefik.Stop()
		assert.ErrorContains(t, ask(traefik.Web), "connection refused")
	})
	assert.ErrorContains(t, ask(url), "connection refused")
}

func TestTraefikAnswers(t *testing.T) {
	const noRoute = "404 page not found\n"
	for _, tc := range []struct {
		name   string
		config testenv.TraefikConfig
		want   []answer
	}{
		{
			name: "as a healthy one",
			want: []answer{
				{api: "/ping", status: 200, body: "OK"},
				{api: "/api/overview", status: 200, body: `"routers":{"total":`},
				{api: "/dashboard/", status: 200, body: "stand-in for Traefik's dashboard"},
				{host: "other.test", status: 404, body: noRoute},
				{host: testenv.TraefikApp, status: 200, body: "app"},
				{host: testenv.TraefikDown, status: 502, body: "Bad Gateway"},
				{host: testenv.TraefikEmpty, status: 503, body: "no available server\n"},
			},
		},
		{
			name:   "without an API",
			config: testenv.TraefikConfig{NoAPI: true},
			want: []answer{
				{api: "/ping", status: 200, body: "OK"},
				{api: "/api/overview", status: 404, body: noRoute},
				{api: "/dashboard/", status: 404, body: noRoute},
			},
		},
		{
			name:   "without a dashboard",
			config: testenv.TraefikConfig{NoDashboard: true},
			want: []answer{
				{api: "/api/overview", status: 200, body: `"routers":{"total":`},
				{api: "/dashboard/", status: 404, body: noRoute},
			},
		},
		{
			name:   "with a router that has no service",
			config: testenv.TraefikConfig{BrokenRouter: true},
			want: []answer{
				{api: "/api/overview", status: 200, body: `"errors":1`},
				{api: "/api/rawdata", status: 200, body: `the service \"nosuch@file\" does not exist`},
			},
		},
		{
			name:   "with a redirect to its other entry point",
			config: testenv.TraefikConfig{Redirect: true},
			want:   []answer{{host: testenv.TraefikApp, status: 301, body: "Moved Permanently"}},
		},
		{
			name:   "with a service that takes everything and is down",
			config: testenv.TraefikConfig{CatchAll: testenv.TraefikEmpty},
			want:   []answer{{host: "other.test", status: 503, body: "no available server\n"}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			traefik := testenv.Traefik(t, tc.config)
			for _, want := range tc.want {
				url := traefik.Web
				if want.api != "" {
					url = traefik.API + want.api
				}
				status, body := get(t, url, want.host)
				assert.Equal(t, status, want.status, "%s %s", url, body)
				assert.Assert(t, strings.Contains(body, want.body), "%s: want %q, got %q", url, want.body, body)
			}
		})
	}
}

// An answer is what a path of the API, or else the entry point web when it is
// asked for host, says.
type answer struct {
	api, host string
	status    int
	body      string
}
