package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"gotest.tools/v3/assert"
)

// cases is the folder of the example repositories; its README says what is in
// each.
const cases = "../testdata/apps"

// An app is one application of a case: what Argo CD knows about it.
type app struct {
	Name       string                                     `json:"name"`
	Namespace  string                                     `json:"namespace"`
	Path       string                                     `json:"path"`
	Revision   string                                     `json:"revision"`
	RepoURL    string                                     `json:"repoURL"`
	Parameters v1alpha1.ApplicationSourcePluginParameters `json:"parameters"`
}

func TestArgoCDSeesTheWantedObjects(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(cases, "*", "case.yaml"))
	assert.NilError(t, err)
	assert.Assert(t, len(files) > 0, "no case in %s", cases)
	for _, file := range files {
		var described struct {
			Apps []app `json:"apps"`
		}
		readYAML(t, file, &described)
		folder := filepath.Dir(file)
		for _, a := range described.Apps {
			t.Run(filepath.Base(folder)+"/"+a.Name, func(t *testing.T) {
				got, err := checkout(t, folder).generate(t, a.Path, a.env(t))
				assert.NilError(t, err)
				assertObjects(t, got, wanted(t, folder, a.Name))
			})
		}
	}
}

// env is what Argo CD sets for the plugin's program.
func (a app) env(t *testing.T) []string {
	t.Helper()
	env := []string{
		"ARGOCD_APP_NAME=" + a.Name,
		"ARGOCD_APP_NAMESPACE=" + a.Namespace,
		"ARGOCD_APP_PROJECT_NAME=default",
		"ARGOCD_APP_REVISION=" + a.Revision,
		"ARGOCD_APP_SOURCE_PATH=" + a.Path,
		"ARGOCD_APP_SOURCE_REPO_URL=" + a.RepoURL,
		"KUBE_VERSION=1.33.0",
		"KUBE_API_VERSIONS=v1,v1/Pod,apps/v1,apps/v1/Deployment",
	}
	if a.Parameters != nil {
		parameters, err := json.Marshal(a.Parameters)
		assert.NilError(t, err)
		env = append(env, "ARGOCD_APP_PARAMETERS="+string(parameters))
	}
	return env
}

// wanted reads the objects of a case as Argo CD splits them.
func wanted(t *testing.T, folder, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "want", name+".yaml"))
	assert.NilError(t, err)
	objects, err := kube.SplitYAMLToString(text)
	assert.NilError(t, err)
	return objects
}
