package loki_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/poll"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/loki"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

const token = "TOKEN7Q2X"

// probeOf makes the probe of a step that is written as in a policy, with the
// password of gateway for one that has auth.
func probeOf(t *testing.T, base, step string, now func() time.Time) probe.Probe {
	t.Helper()
	kind, keys, _ := strings.Cut(step, ":")
	spec, err := hookspec.Parse("step", fmt.Appendf(nil, "steps: [{name: x, %s: {url: %q, requestTimeout: 2s,%s}}]", kind, base, keys))
	assert.NilError(t, err)
	spec, err = spec.WithDefaults()
	assert.NilError(t, err)
	s := spec.Steps[0]
	access := func(at hookspec.Loki) loki.Access {
		a := loki.Access{At: at, Now: now}
		if at.Auth != nil {
			a.HTTP.Credentials = probehttp.Credentials{Basic: true, Username: probe.NewSecret("probe"), Password: probe.NewSecret(at.Auth.Basic.Password.Env)}
		}
		return a
	}
	switch {
	case s.LokiReady != nil:
		return access(s.LokiReady.Loki).Ready()
	case s.LokiLabels != nil:
		return access(s.LokiLabels.Loki).Labels()
	default:
		return access(s.LokiRoundTrip.Loki).RoundTrip(*s.LokiRoundTrip, token)
	}
}

// said is what a probe answers, on one line: the meaning, then the words.
func said(t *testing.T, p probe.Probe, base string) string {
	t.Helper()
	yes, err := p.Ask(t.Context())
	words := "yes: " + yes.Saw
	switch {
	case errors.Is(err, probe.ErrNotYet):
		words = "not yet: " + err.Error()
	case errors.Is(err, probe.ErrDenied):
		words = "denied: " + err.Error()
	case err != nil:
		words = "no: " + err.Error()
	}
	return strings.ReplaceAll(words, base, "URL")
}

// gateway stands for the nginx of the chart before a Loki: it wants a password,
// answers / and knows no /ready.
func gateway(t *testing.T, target string) string {
	t.Helper()
	u, err := url.Parse(target)
	assert.NilError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(u)
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		switch {
		case r.URL.Path == "/":
			_, _ = io.WriteString(w, "OK")
		case !strings.HasPrefix(r.URL.Path, "/loki/api/"):
			answer(404, "text/html", "<html>404 Not Found")(w, r)
		case user != "probe" || password != "right":
			w.Header().Set("WWW-Authenticate", `Basic realm="Loki 401"`)
			answer(401, "text/html", "<html>401 Authorization Required")(w, r)
		default:
			proxy.ServeHTTP(w, r)
		}
	})
}

const (
	right = "auth: {basic: {username: {env: U}, password: {env: right}}}"
	wrong = "auth: {basic: {username: {env: U}, password: {env: wrong}}}"
)

// TestLoki asks a real Loki, in each state that it can be in.
func TestLoki(t *testing.T) {
	direct := testenv.Loki(t, testenv.LokiConfig{})
	gate := gateway(t, direct)
	for _, tc := range []struct{ name, base, step, want string }{
		{"ready", direct, "loki.ready:", "yes: URL/ready: ready"},
		{"a gateway cannot be ready", gate, "loki.ready:", "no: URL/ready: 404: a gateway has no /ready: give the URL of Loki itself"},
		{"labels of an idle store", direct, "loki.labels: tenant: idle", "yes: GET URL/loki/api/v1/labels: 0 labels"},
		{"labels without a tenant", direct, "loki.labels:", "denied: GET URL/loki/api/v1/labels: 401 no org id: set tenant"},
		{"labels without a password", gate, "loki.labels: tenant: a", "denied: GET URL/loki/api/v1/labels: 401 Unauthorized: set auth, a gateway wants to know who asks"},
		{"labels with a wrong password", gate, "loki.labels: tenant: a, " + wrong, "denied: GET URL/loki/api/v1/labels: 401 Unauthorized: the credentials of auth are not those that are wanted"},
		{"a gateway without a tenant", gate, "loki.labels: " + right, "denied: GET URL/loki/api/v1/labels: 401 no org id: set tenant"},
		{"labels through a gateway", gate, "loki.labels: tenant: idle, " + right, "yes: GET URL/loki/api/v1/labels: 0 labels"},
		{"a push without a tenant", direct, "loki.roundTrip:", "denied: POST URL/loki/api/v1/push: 401 no org id: set tenant"},
		{"a push over the limit", direct, "loki.roundTrip: tenant: " + testenv.LokiLimited, "not yet: POST URL/loki/api/v1/push: push 429 rate limited: ingestion rate limit exceeded for user limited (limit: 1 bytes/sec) while attempting to ingest '1' lines totaling '36' bytes, reduce log volume or contact your Loki administrator to see if the limit can be increased"},
		{"an address for queries only", direct, "loki.roundTrip: tenant: a, pushURL: \"" + direct + "/nosuch\"", "no: POST URL/nosuch/loki/api/v1/push: push 404: nothing takes lines there: set pushURL"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			assert.Equal(t, said(t, probeOf(t, tc.base, tc.step, time.Now), tc.base), tc.want)
		})
	}
	t.Run("a blocked tenant", func(t *testing.T) {
		words := said(t, probeOf(t, direct, "loki.roundTrip: tenant: "+testenv.LokiBlocked, time.Now), direct)
		assert.Assert(t, strings.HasPrefix(words, "no: POST URL/loki/api/v1/push: push 260: the tenant's lines are blocked: ingestion blocked for user 'blocked' until '20"), words)
	})
	t.Run("a clock that is wrong", func(t *testing.T) {
		late := func() time.Time { return time.Now().Add(-30 * 24 * time.Hour) }
		words := said(t, probeOf(t, direct, "loki.roundTrip: tenant: a", late), direct)
		assert.Assert(t, strings.HasPrefix(words, "no: POST URL/loki/api/v1/push: push 400: entry for stream '{app=\"argocd-hook\", service_name=\"argocd-hook\"}' has timestamp too old: "), words)
		assert.Assert(t, strings.HasSuffix(words, " (the clocks of this node and of Loki's differ)"), words)
	})
	for name, base := range map[string]string{"directly": direct, "through a gateway": gate} {
		t.Run("the line is found "+name, func(t *testing.T) {
			found(t, probeOf(t, base, "loki.roundTrip: tenant: a, labels: {app: probe, env: \"a\\\"b\"}, "+right, time.Now), base)
		})
	}
	t.Run("the line is never found", func(t *testing.T) {
		ahead := time.Duration(0)
		p := probeOf(t, direct, "loki.roundTrip: tenant: "+testenv.LokiBlind, func() time.Time { return time.Now().Add(ahead) })
		assert.Equal(t, said(t, p, direct), "not yet: GET URL/loki/api/v1/query_range: pushed line not found after 0s")
		ahead = time.Minute
		assert.Equal(t, said(t, p, direct), "not yet: GET URL/loki/api/v1/query_range: pushed line not found after 60s")
	})
}

// found asks until the line is found, as the runner does.
func found(t *testing.T, p probe.Probe, base string) {
	t.Helper()
	poll.WaitOn(t, func(poll.LogT) poll.Result {
		words := said(t, p, base)
		if !strings.HasPrefix(words, "yes: GET URL/loki/api/v1/query_range: the pushed line was found after ") {
			return poll.Continue("%s", words)
		}
		return poll.Success()
	}, poll.WithTimeout(time.Minute))
}

// TestStarting asks a real Loki that is not ready yet.
func TestStarting(t *testing.T) {
	base := testenv.Loki(t, testenv.LokiConfig{Starting: true})
	words := said(t, probeOf(t, base, "loki.ready:", time.Now), base)
	assert.Assert(t, strings.HasPrefix(words, "not yet: URL/ready 503: "), words)
	assert.Assert(t, strings.Contains(words, "not ready: ") || strings.Contains(words, "not Running: "), words)
}

// TestReadyAnswers holds the words of states that a real Loki is in for too short
// a time to be met, and of servers that are none.
func TestReadyAnswers(t *testing.T) {
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"its ring", answer(503, "text/plain", "Ingester not ready: waiting for 15s after being ready\n"), "not yet: URL/ready 503: Ingester not ready: waiting for 15s after being ready"},
		{"its parts", answer(503, "text/plain", "Some services are not Running:\nStarting: 2\nNew: 1\n"), "not yet: URL/ready 503: Some services are not Running: Starting: 2 New: 1"},
		{"its end", answer(503, "text/plain", "Application is stopping\n"), "not yet: URL/ready 503: Application is stopping"},
		{"a proxy", answer(503, "text/html", "<html>"), "not yet: URL/ready 503: Service Unavailable"},
		{"a page", answer(200, "text/html", "<html>OK"), `not yet: URL/ready: want the word ready, got "<html>OK"`},
		{"a broken proxy", answer(502, "text/html", "<html>"), "not yet: GET URL/ready: 502 Bad Gateway, want 200"},
		{"never answers", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "not yet: GET URL/ready: no answer within 2s"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			base := serve(t, tc.handler)
			assert.Equal(t, said(t, probeOf(t, base, "loki.ready:", time.Now), base), tc.want)
		})
	}
}

// TestBrokenAnswers holds that an API that is slow, cut off, endless or somebody
// else gets a definite answer.
func TestBrokenAnswers(t *testing.T) {
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"a page", answer(200, "text/html", "<html>oops"), `not yet: GET URL/loki/api/v1/labels: want JSON, got text/html that begins with "<html>oops"`},
		{"another API", answer(200, "application/json", `{"status":"error"}`), "not yet: GET URL/loki/api/v1/labels: want an answer of Loki's API, got JSON without status success"},
		{"too many requests", answer(500, "text/plain", "too many outstanding requests\n"), `not yet: GET URL/loki/api/v1/labels: 500 Internal Server Error, want 200: "too many outstanding requests"`},
		{"cut off", cut, "not yet: GET URL/loki/api/v1/labels: 200 OK and then the connection ended in the middle of the body, got 5 bytes"},
		{"endless", endless, "no: GET URL/loki/api/v1/labels: 200 OK with more than 100000 bytes, which is maxBytes"},
		{"never closed", stall, "not yet: GET URL/loki/api/v1/labels: 200 OK and then no complete body within 2s, got 5 bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			base := serve(t, tc.handler)
			assert.Equal(t, said(t, probeOf(t, base, "loki.labels: maxBytes: 100000", time.Now), base), tc.want)
		})
	}
}

// TestPushIsNotRepeated holds that one step leaves one line, however often it
// looks, and that the query is one that takes logs.
func TestPushIsNotRepeated(t *testing.T) {
	pushes, tries := 0, 0
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/loki/api/v1/push":
			if tries++; tries == 1 {
				answer(503, "text/plain", "empty ring\n")(w, r)
				return
			}
			pushes++
			w.WriteHeader(http.StatusNoContent)
		case "/loki/api/v1/query_range":
			assert.Equal(t, r.URL.Query().Get("query"), `{app="argocd-hook"} |= "`+token+`"`)
			assert.Equal(t, r.URL.Query().Get("direction"), "backward")
			answer(200, "application/json", `{"status":"success","data":{"result":[{"values":[["1","somebody else's"]]}]}}`)(w, r)
		default:
			http.NotFound(w, r)
		}
	})
	p := probeOf(t, base, "loki.roundTrip:", time.Now)
	assert.Equal(t, said(t, p, base), `not yet: POST URL/loki/api/v1/push: 503 Service Unavailable, want 204: "empty ring"`)
	for range 3 {
		assert.Equal(t, said(t, p, base), "not yet: GET URL/loki/api/v1/query_range: pushed line not found after 0s")
	}
	assert.Equal(t, pushes, 1)
}

// serve starts a server that answers every path with handler.
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// answer returns a handler for one fixed answer.
func answer(status int, media, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // a client that has gone is its own concern
	}
}

// cut promises more than it sends.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, "begin")
}

// endless answers as long as somebody reads.
func endless(w http.ResponseWriter, _ *http.Request) {
	for {
		if _, err := w.Write(make([]byte, 1<<16)); err != nil {
			return
		}
	}
}

// stall begins to answer and then says nothing more.
func stall(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, "begin")
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}
