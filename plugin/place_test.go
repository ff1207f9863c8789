package plugin_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/plugin"
	"github.com/argocd-safesync/argocd-safesync/plugin/inject"
	"github.com/argocd-safesync/argocd-safesync/plugin/render"
)

// No two files of a repository have one name in messages: those outside the
// application are as far from it as they are. Linting many names all from the root.
func TestFilesHaveOneNameInMessages(t *testing.T) {
	const (
		policy = "apiVersion: safesync/v1alpha1\nkind: Policy\n"
		broken = "resources: [gone.yaml]\n"
	)
	for _, tt := range []struct {
		name              string
		files             map[string]string
		fromApp, fromRepo string
	}{
		{
			"a base two directories up",
			map[string]string{"overlays/prod/kustomization.yaml": "resources: [../../base]\n", "base/kustomization.yaml": broken},
			`../../base/kustomization.yaml:1:13: resources[0]: want a file or a directory, got "gone.yaml", which does not exist`,
			`base/kustomization.yaml:1:13: resources[0]: want a file or a directory, got "gone.yaml", which does not exist`,
		},
		{
			"a base of the same name inside the application",
			map[string]string{"overlays/prod/kustomization.yaml": "resources: [base]\n", "overlays/prod/base/kustomization.yaml": broken},
			`base/kustomization.yaml:1:13: resources[0]: want a file or a directory, got "gone.yaml", which does not exist`,
			`overlays/prod/base/kustomization.yaml:1:13: resources[0]: want a file or a directory, got "gone.yaml", which does not exist`,
		},
		{
			"an application beside it",
			map[string]string{"overlays/prod/kustomization.yaml": "resources: [../proda]\n", "overlays/proda/kustomization.yaml": broken},
			`../proda/kustomization.yaml:1:13: resources[0]: want a file or a directory, got "gone.yaml", which does not exist`,
			`overlays/proda/kustomization.yaml:1:13: resources[0]: want a file or a directory, got "gone.yaml", which does not exist`,
		},
		{
			"the policy, of which the renderer complains",
			map[string]string{
				"overlays/prod/kustomization.yaml": "namePrefix: x-\n",
				"overlays/prod/safesync.yaml":      policy + "source: {kustomize: {components: [../../gone]}}\n",
			},
			`safesync.yaml:3:9: source.kustomize.components[0]: want a directory in the repository, got "../../gone", which does not exist`,
			`overlays/prod/safesync.yaml:3:9: source.kustomize.components[0]: want a directory in the repository, got "../../gone", which does not exist`,
		},
		{
			"a preset of the repository",
			map[string]string{
				"overlays/prod/web.yaml":      "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
				"overlays/prod/safesync.yaml": policy + "presets: [{path: ../../presets/web.yaml}]\n",
				"presets/web.yaml":            "apiVersion: safesync/v1alpha1\nkind: Preset\ndescription: it\nhook: []\n",
			},
			"../../presets/web.yaml:4:1: hook: unknown key\n\thint: did you mean \"hooks\"?",
			"presets/web.yaml:4:1: hook: unknown key\n\thint: did you mean \"hooks\"?",
		},
		{
			"a template of a chart that has the name of another directory",
			map[string]string{
				"overlays/prod/Chart.yaml":       "{apiVersion: v2, name: shop, version: 1.0.0}\n",
				"overlays/prod/templates/a.yaml": "{{ required \"a name\" .Values.name }}\n",
				"shop/templates/a.yaml":          "{}\n",
			},
			"templates/a.yaml:1:4: a name",
			"overlays/prod/templates/a.yaml:1:4: a name",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range tt.files {
				file := filepath.Join(dir, name)
				assert.NilError(t, os.MkdirAll(filepath.Dir(file), 0o755))
				assert.NilError(t, os.WriteFile(file, []byte(text), 0o600))
			}
			root, err := os.OpenRoot(dir)
			assert.NilError(t, err)
			defer root.Close()
			req := plugin.Request{
				Repo: root.FS(), RepoDir: dir, App: "overlays/prod",
				Env: inject.Env{App: "shop"},
				Programs: render.Programs{
					Kustomize: filepath.Join(renderers, "safesync-render-kustomize"),
					Helm:      filepath.Join(renderers, "safesync-render-helm"),
				},
			}
			_, err = plugin.Generate(t.Context(), req, io.Discard)
			assert.Error(t, err, tt.fromApp)
			req.FromRepo = true
			_, err = plugin.Generate(t.Context(), req, io.Discard)
			assert.Error(t, err, tt.fromRepo)
		})
	}
}
