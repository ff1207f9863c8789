package runner

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

func TestEveryKindHasAProbe(t *testing.T) {
	for _, kind := range hookspec.KindNames() {
		assert.Check(t, makers[kind] != nil, "%s", kind)
	}
	assert.Equal(t, len(makers), len(hookspec.KindNames()))
}

func TestEveryCauseCanHaveAHint(t *testing.T) {
	for _, c := range []probe.Cause{probe.Refused, probe.Timeout, probe.DNS, probe.TLS, probe.Content, probe.Denied, probe.Absent} {
		var s hookspec.Step
		s.Hints = map[string]string{string(c): "x"}
		s.TCP = &hookspec.TCP{}
		s.Check(func(key, msg, _ string) { t.Errorf("%s: %s", key, msg) })
	}
}

func TestReferencesThatLeadNowhereEndTheRunBeforeItBegins(t *testing.T) {
	text := `steps:
- name: first
  tcp: {address: "127.0.0.1:1"}
- name: basic
  http: {url: "http://x", auth: {basic: {username: {env: EMPTY}, password: {env: NOPE}}}}
- name: bearer
  http: {url: "http://x", auth: {bearer: {file: /nowhere}}}
- name: secret
  http: {url: "http://x", auth: {bearer: {secret: s, key: k}}}
- name: ca
  http: {url: "https://x", tls: {caFile: /etc/issue}}
- name: tls
  tls: {address: "x:443", caFile: /nowhere}
- name: nope
  http: {url: "http://x", auth: {bearer: {env: NOPE}}}
`
	spec, err := hookspec.Parse("spec", []byte(text))
	assert.NilError(t, err)
	env := Env{
		Getenv: func(name string) (string, bool) { return "", name == "EMPTY" },
		ReadFile: func(path string) ([]byte, error) {
			if path == "/etc/issue" {
				return []byte("Debian"), nil
			}
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		},
	}
	_, err = Run(t.Context(), spec, env)
	assert.Error(t, err, `steps[1].http.auth.basic.username: want a value, got an empty one
steps[2].http.auth.bearer.file: open /nowhere: file does not exist
steps[3].http.auth.bearer.secret: want env or file, got a Secret: the plugin turns one into an environment variable of the Job
steps[4].http.tls.caFile: want certificates in PEM, got none
steps[5].tls.caFile: open /nowhere: file does not exist
steps[6].http.auth.bearer.env: want the environment variable NOPE, it is not set`)
	f, ok := errors.AsType[*Failure](err)
	assert.Assert(t, ok)
	assert.Equal(t, f.Code, ExitSpec)
}

// TestNoSecretLeaves sends secrets to a server that throws them back in every
// place that a message quotes.
func TestNoSecretLeaves(t *testing.T) {
	const user, password, token = "operator", `correct "horse" battery`, "t0ken"
	encoded := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		w.Header().Set("Content-Type", "text/plain")
		if r.URL.Path == "/status" {
			w.Header().Set("Location", "/?auth="+r.Header.Get("Authorization"))
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, word, _ := r.BasicAuth()
		echo, _ := json.Marshal(word)
		fmt.Fprint(w, r.Header.Get("Authorization"), string(echo))
	}))
	defer server.Close()
	env := map[string]string{"U": user, "P": password}
	for _, auth := range []string{"{basic: {username: {env: U}, password: {env: P}}}", "{bearer: {file: /token}}"} {
		for _, rest := range []string{
			"/status, expect: {status: [200]}",
			"/, expect: {headers: {X-Echo: x}}",
			"/, expect: {contains: [x-x]}",
			"/, expect: {json: {a: b}}",
		} {
			path, expect, _ := strings.Cut(rest, ",")
			text := fmt.Sprintf("steps: [{name: a, http: {url: %q, auth: %s, %s}}]", server.URL+path, auth, expect)
			spec, err := hookspec.Parse("spec", []byte(text))
			assert.NilError(t, err)
			var log strings.Builder
			r := newRun(Env{
				Timeout:  100 * time.Millisecond,
				Getenv:   func(name string) (string, bool) { v, ok := env[name]; return v, ok },
				ReadFile: func(string) ([]byte, error) { return []byte(token + "\n"), nil },
			}, &log)
			_, err = Run(t.Context(), spec, r.env)
			assert.Assert(t, err != nil)
			all := log.String() + err.Error()
			assert.Assert(t, strings.Contains(all, "[redacted]"), "nothing came back: %s", all)
			for _, secret := range []string{user, password, token, encoded} {
				assert.Assert(t, !strings.Contains(all, secret), "%q is in %s", secret, all)
			}
		}
	}
}

func TestSecretsAreRedactedInEveryForm(t *testing.T) {
	var s secrets
	s.add(`a"b/c d`)
	s.add("hunter2hunter2")
	assert.Equal(t, s.redact(`x a"b/c d, "a\"b/c d", a%22b%2Fc+d, a%22b%2Fc%20d, hunter2hun…, hun…`),
		`x [redacted], "[redacted]", [redacted], [redacted], [redacted]…, hun…`)
	s.add("")
	assert.Equal(t, s.redact("nothing to hide"), "nothing to hide")
}

func TestWatch(t *testing.T) {
	bad := probe.NotYet("503", "GET http://x: 503 Service Unavailable, want 200")
	hangs := probe.NotYet(probe.Timeout, "GET http://x: no answer within 5s")
	cases := []struct {
		name     string
		rollout  []error
		endpoint []error
		takes    time.Duration // of each answer of the endpoint
		allowed  int
		saw      string
		want     string
	}{
		{
			name: "no downtime", rollout: []error{refused, refused, nil}, endpoint: []error{nil},
			saw: "all is well; the endpoint was asked 13 times, 0 answers were wrong",
		},
		{
			name: "a gap", rollout: []error{refused, refused, nil}, endpoint: []error{nil, bad, bad, bad, nil, bad, nil},
			want: "db: the rollout is complete, but the endpoint was asked 13 times, 4 answers were wrong, the longest gap was 3s, want at most 0: GET http://x: 503 Service Unavailable, want 200",
		},
		{
			name: "a gap that is allowed", rollout: []error{refused, nil}, endpoint: []error{bad, nil}, allowed: 1,
			saw: "all is well; the endpoint was asked 7 times, 1 answer was wrong, the longest gap was 1s",
		},
		{
			name: "still down", rollout: []error{refused, nil}, endpoint: []error{nil, bad},
			want: "db: the rollout is complete, but the endpoint was asked 7 times, 6 answers were wrong, the longest gap was 5.4s, want at most 0: GET http://x: 503 Service Unavailable, want 200",
		},
		{
			name: "a rollout that was complete before and an endpoint that hangs", rollout: []error{nil}, endpoint: []error{hangs}, takes: 5 * time.Second,
			want: "db: the rollout is complete, but the endpoint was asked 1 time, 1 answer was wrong, the longest gap was 5s, want at most 0: GET http://x: no answer within 5s",
		},
		{
			name: "a rollout that was complete before", rollout: []error{nil}, endpoint: []error{nil}, takes: 2 * time.Second,
			saw: "all is well; the endpoint was asked 1 time, 0 answers were wrong",
		},
		{
			// The third question is begun at 5 s, and the rollout is complete at 6.4 s.
			name: "a question that is under way at the end", rollout: []error{refused, nil}, endpoint: []error{nil, nil, bad}, takes: 2500 * time.Millisecond,
			want: "db: the rollout is complete, but the endpoint was asked 3 times, 1 answer was wrong, the longest gap was 2.5s, want at most 0: GET http://x: 503 Service Unavailable, want 200",
		},
		{
			name: "never an answer", rollout: []error{nil}, endpoint: []error{nil}, takes: time.Hour,
			want: "db: gave up after 2m: the rollout is complete, but a question to the endpoint has no answer yet; the endpoint was asked 0 times, 0 answers were wrong",
		},
		{
			name: "the rollout says no", rollout: []error{refused, never}, endpoint: []error{bad},
			want: "db: GET http://x: 404 Not Found, want 200",
		},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// The rollout answers at other moments than the endpoint is asked: the
				// order of two things at the same moment is not defined.
				inner := &script{answers: tc.rollout, takes: 700 * time.Millisecond}
				p := newWatched(inner, &script{answers: tc.endpoint, takes: tc.takes}, time.Second, tc.allowed)
				var log strings.Builder
				report, err := newRun(Env{}, &log).do(t.Context(), []step{newStep("db", hookspec.Step{}, p)})
				if tc.want != "" {
					assert.Error(t, err, tc.want)
					assert.Assert(t, strings.Contains(log.String(), "the endpoint was asked"), "%s", log.String())
					return
				}
				assert.NilError(t, err)
				assert.Equal(t, report.Steps[0].Saw, tc.saw)
			})
		})
	}
}
