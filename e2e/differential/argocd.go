package main

import (
	"context"
	"path/filepath"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	"github.com/argoproj/argo-cd/v3/reposerver/repository"
	"github.com/argoproj/argo-cd/v3/util/git"
	utilio "github.com/argoproj/argo-cd/v3/util/io"
	"k8s.io/apimachinery/pkg/api/resource"
)

// What Argo CD knows about each application.
const (
	appRevision = "0123456789abcdef0123456789abcdef01234567"
	kubeVersion = "1.33.0"
	policyName  = "safesync.yaml"
	tracking    = "argocd.argoproj.io/tracking-id"
)

var apiVersions = []string{"apps/v1", "apps/v1/Deployment", "batch/v1", "batch/v1/Job", "v1", "v1/ConfigMap", "v1/Pod"}

// native renders an application with Argo CD's own code, as its repo-server
// does with a checkout.
func native(ctx context.Context, repo string, app application, t told, dir string) ([]object, string, error) {
	t.source.RepoURL, t.source.Path = "file://"+repo, app.path
	request := &apiclient.ManifestRequest{
		Repo:     &v1alpha1.Repository{Repo: t.source.RepoURL},
		Revision: appRevision, AppName: app.name, Namespace: app.namespace, ProjectName: "default",
		KubeVersion: kubeVersion, ApiVersions: apiVersions,
		AppLabelKey: "app.kubernetes.io/instance", TrackingMethod: "annotation",
		ApplicationSource: &t.source,
		KustomizeOptions:  &v1alpha1.KustomizeOptions{BuildOptions: t.build},
	}
	answer, err := repository.GenerateManifests(ctx, filepath.Join(repo, app.path), repo, request.Revision, request,
		false, git.NoopCredsStore{}, resource.MustParse("10M"), utilio.NewRandomizedTempPaths(dir))
	if err != nil {
		return nil, "", err
	}
	objects, err := parse(answer.Manifests)
	for _, o := range objects {
		withoutTracking(o)
	}
	return objects, answer.SourceType, err
}

// withoutTracking takes off what Argo CD writes on each object that it syncs.
func withoutTracking(o object) {
	meta, _ := o["metadata"].(map[string]any)
	annotations, _ := meta["annotations"].(map[string]any)
	delete(annotations, tracking)
	if len(annotations) == 0 {
		delete(meta, "annotations")
	}
}

// variables are what Argo CD sets for the plugin.
func variables(repo string, app application) []string {
	versions := ""
	for _, v := range apiVersions {
		versions += "," + v
	}
	return []string{
		"ARGOCD_APP_NAME=" + app.name, "ARGOCD_APP_NAMESPACE=" + app.namespace, "ARGOCD_APP_PROJECT_NAME=default",
		"ARGOCD_APP_REVISION=" + appRevision, "ARGOCD_APP_REVISION_SHORT=" + appRevision[:7], "ARGOCD_APP_REVISION_SHORT_8=" + appRevision[:8],
		"ARGOCD_APP_SOURCE_REPO_URL=file://" + repo, "ARGOCD_APP_SOURCE_PATH=" + app.path, "ARGOCD_APP_SOURCE_TARGET_REVISION=",
		"KUBE_VERSION=" + kubeVersion, "KUBE_API_VERSIONS=" + versions[1:],
	}
}
