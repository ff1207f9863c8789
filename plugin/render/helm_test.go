package render_test

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/plugin/render"
)

// TestTheRealHelmProgram builds the program and holds the two sides of the
// contract together.
func TestTheRealHelmProgram(t *testing.T) {
	program := filepath.Join(t.TempDir(), "safesync-render-helm")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/safesync-render-helm")
	out, err := build.CombinedOutput()
	assert.NilError(t, err, "%s", out)
	base := unpack(t, "testdata/chart/charts.txtar")
	base.Programs.Helm = program
	base.Target = render.Target{Name: "argocd_web", Namespace: "shop", KubeVersion: "1.31.2", APIVersions: []string{"example.org/v1"}}
	base.Env = []string{"ARGOCD_APP_NAME=web", "KUBE_VERSION=1.31.2"}
	at := diag.Pos{File: "safesync.yaml", Line: 3, Col: 1}

	tests := []struct {
		name, app string
		helm      render.Helm
		want      string
	}{
		{"what Argo CD knows", "apps/web", render.Helm{}, `# apps/web/templates/config.yaml ConfigMap shop/web
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
  namespace: shop
data:
  kube: v1.31.2
  api: "true"
  values: ""
`},
		{"what the policy says", "apps/web", render.Helm{
			ReleaseName: "other", Namespace: "edge", KubeVersion: "1.30.0", APIVersions: []string{"none/v1"},
			ValueFiles: []string{"/envs/$ARGOCD_APP_NAME.yaml"}, Values: map[string]any{"b": int64(2)},
			Parameters: []render.HelmParameter{{Name: "c", Value: "${ARGOCD_APP_NAME}", ForceString: true}},
		}, `# apps/web/templates/config.yaml ConfigMap edge/other
apiVersion: v1
kind: ConfigMap
metadata:
  name: other
  namespace: edge
data:
  kube: v1.30.0
  api: "false"
  values: "122web"
`},
		{"a template at its file", "apps/web", render.Helm{Parameters: []render.HelmParameter{{Name: "fail", Value: "true"}}}, "apps/web/templates/config.yaml:1:25: no"},
		{
			"a value file at the policy", "apps/web",
			render.Helm{ValueFiles: []string{"gone.yaml"}},
			`safesync.yaml:3:1: source.helm.valueFiles[0]: want a file of the repository, got "apps/web/gone.yaml", which does not exist`,
		},
		{
			"a value file of another source", "apps/web",
			render.Helm{ValueFiles: []string{"$values/gone.yaml"}},
			`safesync.yaml:3:1: source.helm.valueFiles[0]: want a file of the repository, got "gone.yaml", which does not exist` + "\n" +
				"\thint: $values is another source of the application, and a plugin does not get its files",
		},
		{
			"YAML of a template that does not parse", "apps/broken",
			render.Helm{},
			"apps/broken/templates/a.yaml:2:1: want YAML: mapping values are not allowed in this context\n" +
				"\thint: it is in line 2 of what the template renders to, which helm template --debug prints",
		},
		{"a template that calls itself without end", "apps/deep", render.Helm{}, "apps/deep/templates/a.yaml:1:29: {{template \"t\" .}}: exceeded maximum template depth (100000)"},
		{"a template that takes all memory", "apps/large", render.Helm{}, "apps/large/Chart.yaml: rendering it needs more than 2048 MB of memory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := base
			req.App, req.Source.Helm, req.Source.At = tt.app, tt.helm, at
			objects, err := render.Dir(t.Context(), req)
			if err != nil {
				assert.Error(t, err, tt.want)
				return
			}
			assert.Equal(t, show(t, objects, err), tt.want)
		})
	}
	t.Run("a template that never ends", func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("gave up after 1s"))
		defer cancel()
		req := base
		req.App = "apps/endless"
		_, err := render.Dir(ctx, req)
		assert.Error(t, err, "gave up after 1s rendering chart in apps/endless")
	})
}
