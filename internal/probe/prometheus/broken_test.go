package prometheus_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/probe/prometheus"
)

// TestReadyAnswers holds the words of a Prometheus that is not ready, which a
// real one is for too short a time to be met, and of servers that are none.
func TestReadyAnswers(t *testing.T) {
	const unavailable = "Service Unavailable"
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"replays its log", answer(503, "text/plain", unavailable, "X-Prometheus-Stopping", "false"), "not yet: URL/-/ready not ready: 503 (X-Prometheus-Stopping=false, WAL replay?)"},
		{"is stopping", answer(503, "text/plain", unavailable, "X-Prometheus-Stopping", "true"), "not yet: URL/-/ready not ready: 503 (X-Prometheus-Stopping=true, it is shutting down)"},
		{"is old and not ready", answer(503, "text/plain", unavailable), "not yet: URL/-/ready not ready: 503 (WAL replay?)"},
		{"has another route prefix", answer(404, "text/plain", "404 page not found\n"), "not yet: GET URL/-/ready: 404 Not Found, want 200"},
		{"wants to know who asks", answer(401, "text/plain", "Unauthorized\n"), "denied: GET URL/-/ready: 401 Unauthorized, want 200"},
		{"is a page", answer(200, "text/html", "<html>login"), "not yet: GET URL/-/ready: want Prometheus to say that it is ready, got \"<html>login\""},
		{"never answers", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "not yet: GET URL/-/ready: no answer within 500ms"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			base := serve(t, tc.handler)
			assert.Equal(t, said(t, probeOf(t, base, "prometheus.ready:", &clock{}), base, "URL"), tc.want)
		})
	}
}

// TestNotReadyNamesThePod holds that people read which of several is not ready.
func TestNotReadyNamesThePod(t *testing.T) {
	base := serve(t, answer(503, "text/plain", "Service Unavailable", "X-Prometheus-Stopping", "false"))
	p := probeOf(t, base, "prometheus.ready: operated: k8s,", &clock{}, prometheus.Replica{Name: "prometheus-k8s-0", IP: "127.0.0.1"})
	assert.Equal(t, said(t, p), "not yet: prometheus-k8s-0 not ready: 503 (X-Prometheus-Stopping=false, WAL replay?)")
}

// TestBrokenAnswers holds that an API that is slow, cut off, endless or somebody
// else gets a definite answer.
func TestBrokenAnswers(t *testing.T) {
	for _, tc := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"a page", answer(200, "text/html", "<html>oops"), `not yet: GET URL: want JSON, got text/html that begins with "<html>oops"`},
		{"half of it", answer(200, "application/json", `{"status":"success","data":{`), `not yet: GET URL: want JSON, got application/json that begins with "{\"status\":\"success\",\"data\":{"`},
		{"of another API", answer(200, "application/json", `{"data":[]}`), `not yet: GET URL: want JSON, got application/json that begins with "{\"data\":[]}"`},
		{"without a status", answer(200, "application/json", `{"data":{}}`), "not yet: GET URL: want an answer of Prometheus' API, got JSON without its status"},
		{"cut off", cut, "not yet: GET URL: 200 OK and then the connection ended in the middle of the body, got 5 bytes"},
		{"endless", endless, "no: GET URL: 200 OK with more than 100000 bytes, which is maxBytes"},
		{"never closed", stall, "not yet: GET URL: 200 OK and then no complete body within 500ms, got 5 bytes"},
		{"its own reason", answer(503, "application/json", `{"status":"error","errorType":"unavailable","error":"TSDB not ready"}`), "not yet: GET URL: 503 unavailable: TSDB not ready"},
		{"a proxy's error", answer(502, "text/html", "<html>"), "not yet: GET URL: 502 Bad Gateway, want 200"},
		{"forbidden", answer(403, "text/plain", "no\n"), `denied: GET URL: 403 Forbidden, want 200: "no"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			base := serve(t, tc.handler)
			assert.Equal(t, said(t, probeOf(t, base, "prometheus.targets: maxBytes: 100000", &clock{}), base+"/api/v1/targets", "URL"), tc.want)
		})
	}
}

func TestConfigWithoutAnAnswer(t *testing.T) {
	base := serve(t, answer(200, "application/json", `{"status":"success","data":{"CWD":"/"}}`))
	assert.Equal(t, said(t, probeOf(t, base, "prometheus.config:", &clock{}), base, "URL"),
		"not yet: GET URL/api/v1/status/runtimeinfo: want reloadConfigSuccess, got data without it")
}

// TestAgentHasNoBaseline holds that an agent, which scrapes and answers no
// query, is judged by its share alone.
func TestAgentHasNoBaseline(t *testing.T) {
	targets := `{"status":"success","data":{"activeTargets":[{"labels":{"job":"node"},"scrapeUrl":"http://n/metrics","health":"down","lastError":"context deadline exceeded","lastScrape":"2026-01-01T00:00:00Z","scrapeInterval":"0s","scrapeTimeout":"0s"}]}}`
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/targets") {
			answer(200, "application/json", targets)(w, r)
			return
		}
		answer(422, "application/json", `{"status":"error","errorType":"execution","error":"unavailable with Prometheus Agent"}`)(w, r)
	})
	assert.Equal(t, said(t, probeOf(t, base, "prometheus.targets:", &clock{}), base, "URL"),
		"not yet: URL/api/v1/targets: 1/1 targets down, want at most 10%: job node has 1 down, and what was 15m ago cannot be asked: GET URL/api/v1/query: 422 execution: unavailable with Prometheus Agent; last error: context deadline exceeded (http://n/metrics)")
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
