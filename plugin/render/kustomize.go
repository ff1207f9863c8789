package render

import (
	"context"
	"io/fs"
	"path"
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// isKustomization knows the names that kustomize and Argo CD look for.
func isKustomization(name string) bool {
	return slices.Contains([]string{"kustomization.yaml", "kustomization.yml", "Kustomization"}, name)
}

// kustomization renders a kustomization with its program.
func kustomization(ctx context.Context, req Request) ([]manifest.Object, error) {
	args := []string{"--repo-root", req.RepoDir, "--app", req.App}
	if req.Source.Kustomize.LoadRestrictor != "" {
		args = append(args, "--load-restrictor", req.Source.Kustomize.LoadRestrictor)
	}
	if req.Source.Kustomize.EnableHelm {
		args = append(args, "--enable-helm")
	}
	if req.Source.Kustomize.AllowRemote {
		args = append(args, "--allow-remote")
	}
	return program{
		path: req.Programs.Kustomize,
		args: args,
		what: "kustomization",
		at:   diag.Pos{File: kustomizationFile(req.Repo, req.App)},
	}.run(ctx, req)
}

// kustomizationFile is the file that messages about a kustomization name.
func kustomizationFile(repo fs.FS, app string) string {
	entries, err := fs.ReadDir(repo, app)
	if err != nil {
		return app
	}
	for _, entry := range entries {
		if isKustomization(entry.Name()) {
			return path.Join(app, entry.Name())
		}
	}
	return app
}
