package http_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
)

// fetch asks a server that answers with handler, which messages call GET it.
func fetch(t *testing.T, handler http.HandlerFunc) (*probehttp.Answer, error) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c := config(t, server.URL+"/x?secret=long", "maxBytes: 100")
	c.Place = "GET it"
	return probehttp.Fetch(t.Context(), c)
}

func TestFetchReturnsAnyCompleteAnswer(t *testing.T) {
	a, err := fetch(t, answer(418, "text/plain", "short and\n stout\x1b[31m\n"))
	assert.NilError(t, err)
	assert.Equal(t, a.Status, 418)
	assert.Equal(t, string(a.Body), "short and\n stout\x1b[31m\n")
	assert.Equal(t, a.Text(), "short and stout [31m")

	_, err = fetch(t, answer(200, "text/plain", strings.Repeat("x", 101)))
	assert.Error(t, err, "GET it: 200 OK with more than 100 bytes, which is maxBytes")
	assert.Assert(t, !errors.Is(err, probe.ErrNotYet))
}

func TestFetchedAnswersSayWhatIsWrongWithThem(t *testing.T) {
	for _, tc := range []struct {
		handler http.HandlerFunc
		want    string
		kind    error
		cause   probe.Cause
	}{
		{answer(503, "text/plain", "empty ring\n"), `GET it: 503 Service Unavailable, want 200: "empty ring"`, probe.ErrNotYet, "503"},
		{answer(502, "text/html", "<html>"), "GET it: 502 Bad Gateway, want 200", probe.ErrNotYet, "502"},
		{answer(401, "text/plain", "who?"), `GET it: 401 Unauthorized, want 200: "who?"`, probe.ErrDenied, probe.Denied},
		{answer(403, "text/html", ""), "GET it: 403 Forbidden, want 200", probe.ErrDenied, probe.Denied},
	} {
		a, err := fetch(t, tc.handler)
		assert.NilError(t, err)
		err = a.Unexpected("200")
		assert.Error(t, err, tc.want)
		assert.Assert(t, errors.Is(err, tc.kind))
		assert.Equal(t, probe.CauseOf(err), tc.cause)
	}
	a, err := fetch(t, answer(200, "text/html", "<html>login"))
	assert.NilError(t, err)
	assert.Error(t, a.JSON(&struct{}{}), `GET it: want JSON, got text/html that begins with "<html>login"`)
}

func TestLineIsOneLineOfBoundedLength(t *testing.T) {
	assert.Equal(t, probehttp.Line("a\r\n\tb\x00\x1b[1mc\u202e  d\xff"), "a b [1mc d")
	assert.Equal(t, probehttp.Line(strings.Repeat("é", 151)), strings.Repeat("é", 150)+"…")
}
