package render_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/plugin/render"
)

func TestARunRemovesWhatKilledOnesLeft(t *testing.T) {
	req := played(t, "good")
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	old := time.Now().Add(-2 * time.Hour)
	put := func(name string, at time.Time) {
		dir := filepath.Join(temp, name)
		assert.NilError(t, os.Mkdir(dir, 0o700))
		assert.NilError(t, os.WriteFile(filepath.Join(dir, "chart.json"), nil, 0o600))
		assert.NilError(t, os.Chtimes(dir, at, at))
	}
	put("safesync-render-1", old)
	put("safesync-render-2", time.Now())
	put("other-1", old)
	_, err := render.Dir(t.Context(), req)
	assert.NilError(t, err)
	entries, err := os.ReadDir(temp)
	assert.NilError(t, err)
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	assert.DeepEqual(t, left, []string{"other-1", "safesync-render-2"})
}
