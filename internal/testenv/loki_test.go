package testenv_test

import (
	"net/http"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

func TestLokiEndsWithTheTest(t *testing.T) {
	testenv.Need(t, "loki")
	var url string
	t.Run("started", func(t *testing.T) {
		url = testenv.Loki(t, testenv.LokiConfig{Starting: true})
		status, body := get(t, url+"/ready", "")
		assert.Equal(t, status, http.StatusServiceUnavailable)
		assert.Assert(t, strings.Contains(body, "not ready") || strings.Contains(body, "not Running"), body)
		status, body = get(t, url+"/loki/api/v1/labels", "")
		assert.Equal(t, status, http.StatusUnauthorized)
		assert.Equal(t, body, "no org id\n")
	})
	assert.ErrorContains(t, ask(url), "connection refused")
}
