package helm_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/helm"
)

// shippedHelm is the version of the Helm that ours is compared with, which is the one
// that Argo CD ships, or of another module of that program.
func shippedHelm(t *testing.T, module string) string {
	t.Helper()
	data, err := os.ReadFile("../../tools/helm/go.mod")
	assert.NilError(t, err)
	for line := range strings.Lines(string(data)) {
		if version, found := strings.CutPrefix(strings.TrimSpace(line), module+" "); found {
			version, _, _ = strings.Cut(version, " ")
			return version
		}
	}
	t.Fatalf("no %s in tools/helm/go.mod", module)
	return ""
}

func TestAChartSeesTheHelmThatArgoCDShips(t *testing.T) {
	var opts helm.Options
	opts.RepoRoot, opts.App, opts.Release = t.TempDir(), ".", "web"
	for name, text := range map[string]string{
		"Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
		"templates/a.yaml": "kind: A\nhelm: {{ .Capabilities.HelmVersion.Version }}\n" +
			"client: {{ .Capabilities.HelmVersion.KubeClientVersion }}\ntree: {{ .Capabilities.HelmVersion.GitTreeState }}\n",
	} {
		writeFile(t, filepath.Join(opts.RepoRoot, name), []byte(text))
	}
	_, minor, _ := strings.Cut(shippedHelm(t, "k8s.io/client-go"), ".")
	minor, _, _ = strings.Cut(minor, ".")
	assert.Equal(t, rendered(t, opts), "---\n# Source: shop/templates/a.yaml\n"+
		"kind: A\nhelm: "+shippedHelm(t, "helm.sh/helm/v4")+"\nclient: v1."+minor+"\ntree: clean\n\n")
}

func TestTheCommandIsTheHelmThatArgoCDShips(t *testing.T) {
	var out strings.Builder
	assert.NilError(t, helm.Command{}.Run(t.Context(), &out, []string{"version", "-c", "--short"}))
	assert.Equal(t, out.String(), shippedHelm(t, "helm.sh/helm/v4")+"\n")
}
