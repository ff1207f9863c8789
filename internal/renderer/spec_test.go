package renderer_test

import (
	"os"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

func TestReadSpec(t *testing.T) {
	file := filepath.Join(t.TempDir(), "spec.json")
	var spec struct{ A string }
	assert.ErrorContains(t, renderer.ReadSpec(file, &spec), "read what to render: open "+file)
	assert.NilError(t, os.WriteFile(file, []byte(`{"A": "b"}`), 0o600))
	assert.NilError(t, renderer.ReadSpec(file, &spec))
	assert.Equal(t, spec.A, "b")
	assert.NilError(t, os.WriteFile(file, []byte(`{`), 0o600))
	assert.Error(t, renderer.ReadSpec(file, &spec), "read what to render: unexpected end of JSON input")
}
