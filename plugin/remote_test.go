package plugin_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/plugin"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/render"
)

// Only the sidecar's configuration opens the way to other hosts. Nothing listens
// at the address, so that a way that is open ends in another message.
func TestOtherHostsAreReachedOnlyWhereTheConfigurationSaysSo(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		assert.NilError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("kustomization.yaml", "resources: [\"http://127.0.0.1:1/base.yaml\"]\n")
	write("safesync.yaml", "apiVersion: safesync/v1alpha1\nkind: Policy\n")
	root, err := os.OpenRoot(dir)
	assert.NilError(t, err)
	defer root.Close()
	req := plugin.Request{
		Repo: root.FS(), RepoDir: dir, App: ".",
		Programs: render.Programs{Kustomize: filepath.Join(renderers, "safesync-render-kustomize")},
	}

	const refused = "only the sidecar's configuration can allow other hosts"
	_, err = plugin.Generate(t.Context(), req, io.Discard)
	assert.ErrorContains(t, err, refused)

	req.Config = policy.Config{Guardrails: policy.Guardrails{AllowRemoteBases: true}}
	_, err = plugin.Generate(t.Context(), req, io.Discard)
	assert.ErrorContains(t, err, "127.0.0.1:1")
	assert.Assert(t, !strings.Contains(err.Error(), refused), "%v", err)
}
