package plugin_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/plugin"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/render"
)

// withChart is a request for a kustomization with a chart of one template.
func withChart(t *testing.T, template string) plugin.Request {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"kustomization.yaml":           "helmCharts:\n- {name: web, releaseName: shop}\n",
		"safesync.yaml":                "apiVersion: safesync/v1alpha1\nkind: Policy\nrecord: false\n",
		"charts/web/Chart.yaml":        "{apiVersion: v2, name: web, version: 1.0.0}\n",
		"charts/web/values.yaml":       "{}\n",
		"charts/web/templates/it.yaml": template,
	} {
		file := filepath.Join(dir, name)
		assert.NilError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		assert.NilError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	root, err := os.OpenRoot(dir)
	assert.NilError(t, err)
	t.Cleanup(func() { _ = root.Close() })
	return plugin.Request{
		Repo: root.FS(), RepoDir: dir, App: ".",
		Programs: render.Programs{
			Kustomize: filepath.Join(renderers, "safesync-render-kustomize"),
			Helm:      filepath.Join(renderers, "safesync-render-helm"),
		},
	}
}

func TestTheSidecarsConfigurationDecidesAboutChartsInKustomizations(t *testing.T) {
	req := withChart(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n")
	on, off := true, false
	allow := []byte("apiVersion: safesync/v1alpha1\nkind: Policy\nrecord: false\nsource: {kustomize: {enableHelm: true}}\n")
	for _, tt := range []struct {
		name       string
		config     *bool
		policySays bool
		want       string
	}{
		{"nobody says anything", nil, false, "got one with some, and nothing that allows them"},
		{"the policy allows them", nil, true, ""},
		{"the configuration allows them to all", &on, false, ""},
		{"the configuration forbids them", &off, true, "got one with some, and nothing that allows them"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req.Config.EnableHelm = tt.config
			if tt.policySays {
				assert.NilError(t, os.WriteFile(filepath.Join(req.RepoDir, "safesync.yaml"), allow, 0o600))
				defer func() {
					assert.NilError(t, os.WriteFile(filepath.Join(req.RepoDir, "safesync.yaml"), bytes.Split(allow, []byte("source"))[0], 0o600))
				}()
			}
			var out bytes.Buffer
			_, err := plugin.Generate(t.Context(), req, &out)
			if tt.want != "" {
				assert.ErrorContains(t, err, tt.want)
				return
			}
			assert.NilError(t, err)
			assert.Equal(t, out.String(), "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\n")
		})
	}
}

func TestTheSidecarsConfigurationDecidesAboutFilesOutsideKustomizations(t *testing.T) {
	for _, tt := range []struct{ name, config, policy, want string }{
		{"the policy forbids them", "", "rootOnly", "../web.yaml"},
		{"the policy allows them", "", "none", ""},
		{"the configuration allows them to all", "none", "rootOnly", ""},
		{"the configuration forbids them", "rootOnly", "none", "../web.yaml"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := withChart(t, "")
			req.App = "app"
			for name, text := range map[string]string{
				"web.yaml":               "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\n",
				"app/kustomization.yaml": "resources: [../web.yaml]\n",
				"app/safesync.yaml":      "apiVersion: safesync/v1alpha1\nkind: Policy\nrecord: false\nsource: {kustomize: {loadRestrictor: " + tt.policy + "}}\n",
			} {
				file := filepath.Join(req.RepoDir, name)
				assert.NilError(t, os.MkdirAll(filepath.Dir(file), 0o755))
				assert.NilError(t, os.WriteFile(file, []byte(text), 0o600))
			}
			config := "apiVersion: safesync/v1alpha1\nkind: Config\n"
			if tt.config != "" {
				config += "kustomize: {loadRestrictor: " + tt.config + "}\n"
			}
			var err error
			req.Config, err = policy.ParseConfig("config.yaml", []byte(config))
			assert.NilError(t, err)
			var out bytes.Buffer
			_, err = plugin.Generate(t.Context(), req, &out)
			if tt.want != "" {
				assert.ErrorContains(t, err, tt.want)
				return
			}
			assert.NilError(t, err)
			assert.Equal(t, out.String(), "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\n")
		})
	}
}

// The program that renders the chart is the child of a child.
func TestAnEndlessTemplateOfAChartInAKustomizationIsStopped(t *testing.T) {
	req := withChart(t, strings.Repeat("{{ range until 100000 }}", 4)+strings.Repeat("{{ end }}", 4))
	on := true
	req.Config.EnableHelm = &on
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	late := errors.New("out of time")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Second, late)
	defer cancel()
	started := time.Now()
	_, err := plugin.Generate(ctx, req, &bytes.Buffer{})
	assert.ErrorIs(t, err, late)
	assert.Error(t, err, "out of time rendering kustomization in ., at its chart charts/web")
	assert.Assert(t, time.Since(started) < 10*time.Second)
	left, err := os.ReadDir(scratch)
	assert.NilError(t, err)
	assert.Equal(t, len(left), 0)
	assert.Equal(t, runningIn(t, req.RepoDir), "")
}

// runningIn lists the processes whose arguments name a directory.
func runningIn(t *testing.T, dir string) (all string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	assert.NilError(t, err)
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && bytes.Contains(text, []byte(dir)) {
			all += string(bytes.ReplaceAll(text, []byte{0}, []byte{' '})) + "\n"
		}
	}
	return all
}
