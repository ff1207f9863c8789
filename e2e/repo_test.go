package e2e_test

import (
	"os"
	"path/filepath"
	"testing"

	cmpclient "github.com/argoproj/argo-cd/v3/cmpserver/apiclient"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	"github.com/argoproj/argo-cd/v3/reposerver/repository"
	"github.com/argoproj/argo-cd/v3/util/cmp"
	"github.com/argoproj/argo-cd/v3/util/git"
	utilio "github.com/argoproj/argo-cd/v3/util/io"
	"gotest.tools/v3/assert"
	gotest "gotest.tools/v3/assert/cmp"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"
)

// A repo is a checkout: a folder of its own that a test may change.
type repo string

// checkout copies a folder.
func checkout(t *testing.T, from string) repo {
	t.Helper()
	root := t.TempDir()
	assert.NilError(t, os.CopyFS(root, os.DirFS(from)))
	return repo(root)
}

// write adds a file.
func (r repo) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(string(r), name)
	assert.NilError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	assert.NilError(t, os.WriteFile(path, []byte(text), 0o644))
}

// generate streams the repository to the plugin server with Argo CD's client
// code and returns one JSON text for each object.
func (r repo) generate(t *testing.T, app string, env []string) ([]string, error) {
	t.Helper()
	stream, err := client(t).GenerateManifest(t.Context())
	assert.NilError(t, err)
	assert.NilError(t, cmp.SendRepoStream(t.Context(), filepath.Join(string(r), app), string(r), stream, env, nil))
	answer, err := stream.CloseAndRecv()
	return answer.GetManifests(), err
}

// match asks the plugin server whether the application is for it.
func (r repo) match(t *testing.T, app string) *cmpclient.RepositoryResponse {
	t.Helper()
	stream, err := client(t).MatchRepository(t.Context())
	assert.NilError(t, err)
	assert.NilError(t, cmp.SendRepoStream(t.Context(), filepath.Join(string(r), app), string(r), stream, nil, nil))
	answer, err := stream.CloseAndRecv()
	assert.NilError(t, err)
	return answer
}

// parameters asks the plugin server what an Application may set.
func (r repo) parameters(t *testing.T, app string) []*apiclient.ParameterAnnouncement {
	t.Helper()
	stream, err := client(t).GetParametersAnnouncement(t.Context())
	assert.NilError(t, err)
	assert.NilError(t, cmp.SendRepoStream(t.Context(), filepath.Join(string(r), app), string(r), stream, []string{"ARGOCD_APP_NAME=web"}, nil))
	answer, err := stream.CloseAndRecv()
	assert.NilError(t, err)
	return answer.ParameterAnnouncements
}

// render is all of what Argo CD's repo-server does with a checkout: find the
// type of the source, ask the plugin or render itself, flatten, track. It returns
// one JSON text for each object and the type.
func (r repo) render(t *testing.T, source v1alpha1.ApplicationSource) ([]string, string, error) {
	t.Helper()
	url := "file://" + string(r)
	source.RepoURL = url
	request := &apiclient.ManifestRequest{
		Repo:              &v1alpha1.Repository{Repo: url},
		Revision:          "0123456789abcdef0123456789abcdef01234567",
		AppName:           "app",
		Namespace:         "ns",
		ProjectName:       "default",
		KubeVersion:       "1.33.0",
		AppLabelKey:       "app.kubernetes.io/instance",
		TrackingMethod:    "annotation",
		ApplicationSource: &source,
	}
	answer, err := repository.GenerateManifests(t.Context(), filepath.Join(string(r), source.Path), string(r), request.Revision, request,
		false, git.NoopCredsStore{}, resource.MustParse("10M"), utilio.NewRandomizedTempPaths(t.TempDir()))
	if err != nil {
		return nil, "", err
	}
	return answer.Manifests, answer.SourceType, nil
}

// assertObjects compares objects, each a JSON text, one by one, so that a failure
// shows the lines that differ.
func assertObjects(t *testing.T, got, want []string) {
	t.Helper()
	for n := range min(len(got), len(want)) {
		if got[n] != want[n] {
			assert.Check(t, gotest.Equal(lines(t, got[n]), lines(t, want[n])), "object %d", n)
		}
	}
	assert.Equal(t, len(got), len(want))
}

func lines(t *testing.T, object string) string {
	t.Helper()
	text, err := yaml.JSONToYAML([]byte(object))
	assert.NilError(t, err)
	return string(text)
}

func readYAML(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(name)
	assert.NilError(t, err)
	assert.NilError(t, yaml.Unmarshal(text, into), name)
}
