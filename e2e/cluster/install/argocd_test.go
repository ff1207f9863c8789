package install

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

func TestArgoCDRunsOnlyImagesThatTheClusterHas(t *testing.T) {
	built, err := (&Installer{Root: root(t)}).argocd(t.Context(), strings.NewReplacer(gitPlaceholder, "/srv/git"))
	assert.NilError(t, err)
	assert.DeepEqual(t, images(built), []string{
		"ghcr.io/argocd-safesync/argocd-safesync:v0.1.0",
		"localhost/safesync-cluster/argocd:1",
		"localhost/safesync-cluster/redis:1",
	})
	// The one that is left belongs to the controller that does not run.
	assert.Equal(t, strings.Count(string(built), "imagePullPolicy: Always"), 1)
	assert.Assert(t, strings.Contains(string(built), "path: /srv/git"))
}
