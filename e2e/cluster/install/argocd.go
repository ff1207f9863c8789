package install

import (
	"context"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// argocd holds what differs from Argo CD's own manifests, as a kustomization.
//
//go:embed argocd
var argocd embed.FS

// What stands in these patches for the folder of repositories, and for the archive
// of our image: another one has to start other pods, though its name is the same.
const (
	gitPlaceholder   = "/folder-of-repositories"
	imagePlaceholder = "archive-of-our-image"
)

// ArgoCD installs Argo CD's core: its application controller, repo-server and
// Redis, by its own manifests, with the project's sidecar as deploy/kustomize
// adds it. Applications read repositories below the folder repositories, which is
// mounted at [Repositories]. It returns when all of them run.
func (i *Installer) ArgoCD(ctx context.Context, repositories string) error {
	if err := i.Load(ctx, "argocd", "redis", "safesync"); err != nil {
		return err
	}
	archive, err := i.Images.Archive(ctx, "safesync")
	if err != nil {
		return err
	}
	manifests, err := i.argocd(ctx, strings.NewReplacer(gitPlaceholder, repositories, imagePlaceholder, filepath.Base(archive)))
	if err != nil {
		return fmt.Errorf("argocd: %w", err)
	}
	if err := i.Apply(ctx, []byte("{apiVersion: v1, kind: Namespace, metadata: {name: argocd}}")); err != nil {
		return err
	}
	if err := i.Apply(ctx, manifests, "--namespace=argocd"); err != nil {
		return err
	}
	return i.Ready(ctx, "argocd", "deployment/argocd-redis", "deployment/argocd-repo-server", "statefulset/argocd-application-controller")
}

// Repositories is where the repo-server sees the folder of repositories.
const Repositories = "/repositories"

// argocd builds the manifests from Argo CD's, our component and the patches, in
// which placeholders are replaced.
func (i *Installer) argocd(ctx context.Context, placeholders *strings.Replacer) ([]byte, error) {
	core, err := i.vendor(ctx, "e2e", "github.com/argoproj/argo-cd/v3", "manifests/core-install.yaml")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"core-install.yaml": core}
	for _, name := range []string{"kustomization.yaml", "patches.yaml", "project.yaml"} {
		text, err := argocd.ReadFile("argocd/" + name)
		if err != nil {
			return nil, err
		}
		files[name] = []byte(placeholders.Replace(string(text)))
	}
	for _, name := range []string{"kustomize/kustomization.yaml", "kustomize/sidecar.yaml", "health/cnpg.yaml"} {
		if files["deploy/"+name], err = os.ReadFile(filepath.Join(i.Root, "deploy", name)); err != nil {
			return nil, err
		}
	}
	return kustomize(files)
}
