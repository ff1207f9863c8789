// Package deploy_test holds what the manifests and the image promise to those
// who install the sidecar.
package deploy_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
	"gotest.tools/v3/golden"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	psa "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

func TestComponentAddsTheSidecarToTheRepoServer(t *testing.T) {
	golden.Assert(t, string(installed(t)), "argocd.want.yaml")
}

func TestSidecarIsRestricted(t *testing.T) {
	var repoServer appsv1.Deployment
	assert.NilError(t, yaml.UnmarshalStrict(installed(t), &repoServer))
	pod := repoServer.Spec.Template
	pod.Spec.InitContainers = nil
	pod.Spec.Containers = pod.Spec.Containers[:1]
	assert.Equal(t, pod.Spec.Containers[0].Name, "safesync")

	checks, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	assert.NilError(t, err)
	restricted := psa.LevelVersion{Level: psa.LevelRestricted, Version: psa.LatestVersion()}
	verdict := policy.AggregateCheckResults(checks.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec))
	assert.Assert(t, verdict.Allowed, verdict.ForbiddenDetail())
}

func TestSidecarSharesOnlyWhatItMust(t *testing.T) {
	var repoServer appsv1.Deployment
	assert.NilError(t, yaml.UnmarshalStrict(installed(t), &repoServer))
	pod := repoServer.Spec.Template.Spec
	theirs := map[string]bool{}
	for _, mount := range pod.Containers[1].VolumeMounts {
		theirs[mount.Name] = true
	}
	var shared []string
	for _, mount := range pod.Containers[0].VolumeMounts {
		if theirs[mount.Name] {
			shared = append(shared, mount.MountPath)
		}
	}
	assert.DeepEqual(t, shared, []string{"/home/argocd/cmp-server/plugins"})
}

func TestHelmValuesAddTheSameSidecar(t *testing.T) {
	var values struct {
		RepoServer struct {
			ExtraContainers []corev1.Container `json:"extraContainers"`
			Volumes         []corev1.Volume    `json:"volumes"`
		} `json:"repoServer"`
	}
	read(t, "argo-helm/values.yaml", &values)
	var patch appsv1.Deployment
	read(t, "kustomize/sidecar.yaml", &patch)
	assert.DeepEqual(t, values.RepoServer.ExtraContainers, patch.Spec.Template.Spec.Containers)
	assert.DeepEqual(t, values.RepoServer.Volumes, patch.Spec.Template.Spec.Volumes)
}

// The hook Jobs run the sidecar's image unless the platform says otherwise.
func TestSidecarAndHookJobsHaveTheSameImage(t *testing.T) {
	var patch appsv1.Deployment
	read(t, "kustomize/sidecar.yaml", &patch)
	source, err := os.ReadFile("../cmd/argocd-safesync/options.go")
	assert.NilError(t, err)
	image := patch.Spec.Template.Spec.Containers[0].Image
	assert.Assert(t, cmp.Contains(string(source), fmt.Sprintf("defaultRunnerImage = %q\n", image)))
}

// installed returns the repo-server with the component applied.
func installed(t *testing.T) []byte {
	t.Helper()
	objects, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join("testdata", "argocd"))
	assert.NilError(t, err)
	text, err := objects.AsYaml()
	assert.NilError(t, err)
	return text
}

func read(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(name)
	assert.NilError(t, err)
	assert.NilError(t, yaml.UnmarshalStrict(text, into))
}
