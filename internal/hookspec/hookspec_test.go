package hookspec_test

import (
	"os"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
)

func TestParseReadsWhatStringWrote(t *testing.T) {
	text := `steps:
  - name: settle
    wait: 30s
  - name: api
    timeout: 2m
    for: 3
    hints:
      refused: is the port on the Service?
    http:
      url: http://traefik.network.svc:9000/api/overview
      expect:
        status:
          - 200
          - 300-399
        json:
          http.routers.total: '>=1'
  - name: backup
    cnpg.backup:
      cluster: postgres17
      maxAge: 0s
`
	s, err := hookspec.Parse("spec", []byte(text))
	assert.NilError(t, err)
	assert.Equal(t, s.String(), text)
	again, err := hookspec.Parse("spec", []byte(s.String()))
	assert.NilError(t, err)
	assert.DeepEqual(t, again, s)
}

func TestParseProblems(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "problems.yaml"))
	assert.NilError(t, err)
	_, err = hookspec.Parse("spec", text)
	golden.Assert(t, err.Error()+"\n", "problems.txt")
}
