package validate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/validate"
)

// TestMessages holds what is said about each testdata/*.yaml: the warnings, then
// the problems.
func TestMessages(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	assert.NilError(t, err)
	assert.Assert(t, len(files) > 0)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			assert.NilError(t, err)
			objects, err := manifest.Decode(text, filepath.Base(file))
			assert.NilError(t, err)
			warnings, err := validate.Objects(objects, "shop")
			var said strings.Builder
			for _, w := range warnings {
				said.WriteString(w.Error() + "\n")
			}
			if err != nil {
				said.WriteString(err.Error() + "\n")
			}
			golden.Assert(t, said.String(), name+".txt")
		})
	}
}

func TestGoodObjectsGetNoMessage(t *testing.T) {
	objects, err := manifest.Decode([]byte(`
apiVersion: batch/v1
kind: Job
metadata:
  generateName: migrate-
  annotations: {argocd.argoproj.io/hook: "PreSync, PostSync", argocd.argoproj.io/sync-wave: "-1"}
  labels: null
---
apiVersion: v1
kind: ConfigMap
metadata: {name: migrate}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: migrate, namespace: other, labels: {version: , part-of: null}}
---
apiVersion: example.org/v1
kind: ConfigMap
metadata: {name: migrate}
`), "good.yaml")
	assert.NilError(t, err)
	warnings, err := validate.Objects(objects, "shop")
	assert.NilError(t, err)
	assert.Equal(t, len(warnings), 0)
}
