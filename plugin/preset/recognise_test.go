package preset_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// TestEachPresetIsRecognised: init proposes every preset for its own default
// objects. Some hold another system too, such as Authentik's database.
func TestEachPresetIsRecognised(t *testing.T) {
	for _, name := range preset.Names() {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(name, "testdata", "default.in.yaml"))
			assert.NilError(t, err)
			objects, err := manifest.Decode(text, "default.in.yaml")
			assert.NilError(t, err)
			found, err := preset.Recognise(objects, preset.Env{AppName: name, AppNamespace: name})
			assert.NilError(t, err)
			names := make([]string, len(found))
			for i, r := range found {
				names[i] = r.Name
				assert.Assert(t, len(r.Because) > 0 && slices.ContainsFunc(objects, r.Has))
			}
			assert.Assert(t, slices.Contains(names, name), "got %v", names)
		})
	}
}

func TestWhatIsNoSystemIsNotRecognised(t *testing.T) {
	objects, err := manifest.Decode([]byte("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: traefik, labels: {app.kubernetes.io/name: web}}\n"), "web.yaml")
	assert.NilError(t, err)
	found, err := preset.Recognise(objects, preset.Env{})
	assert.NilError(t, err)
	assert.Equal(t, len(found), 0)
}
