package render

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// kustomizationNames are those that kustomize and Argo CD look for.
var kustomizationNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

func isKustomization(name string) bool { return slices.Contains(kustomizationNames, name) }

// kustomization renders a kustomization with its program.
func kustomization(ctx context.Context, req Request) ([]manifest.Object, error) {
	file := kustomizationFile(req.Repo, req.App)
	if file == "" {
		return nil, diag.Pos{File: req.App}.Problemf("want a kustomization, got none of %s", strings.Join(kustomizationNames, ", "))
	}
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
		at:   diag.Pos{File: file},
	}.run(ctx, req)
}

// kustomizationFile is the file that messages about a kustomization name; "" if
// there is none.
func kustomizationFile(repo fs.FS, app string) string {
	for _, name := range kustomizationNames {
		file := path.Join(app, name)
		if _, err := fs.Stat(repo, file); err == nil {
			return file
		}
	}
	return ""
}
