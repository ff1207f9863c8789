package install

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

func TestArgoCDRunsOnlyImagesThatTheClusterHas(t *testing.T) {
	root, err := filepath.Abs("../../..")
	assert.NilError(t, err)
	built, err := (&Installer{Root: root}).argocd(t.Context(), strings.NewReplacer(gitPlaceholder, "/srv/git"))
	assert.NilError(t, err)

	var images []string
	for _, found := range regexp.MustCompile(`(?m)^\s+(?:- )?image: (\S+)$`).FindAllSubmatch(built, -1) {
		images = append(images, string(found[1]))
	}
	slices.Sort(images)
	assert.DeepEqual(t, slices.Compact(images), []string{
		"ghcr.io/argocd-safesync/argocd-safesync:v0.1.0",
		"localhost/safesync-cluster/argocd:1",
		"localhost/safesync-cluster/redis:1",
	})
	// The one that is left belongs to the controller that does not run.
	assert.Equal(t, strings.Count(string(built), "imagePullPolicy: Always"), 1)
	assert.Assert(t, strings.Contains(string(built), "path: /srv/git"))
}
