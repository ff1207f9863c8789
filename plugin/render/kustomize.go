package render

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// editsFile is where the renderer finds what to change in the kustomization.
const editsFile = "edits.json"

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
	if req.Source.Kustomize.AllowRemote {
		args = append(args, "--allow-remote")
	}
	p := program{
		path: req.Programs.Kustomize,
		args: args,
		what: "kustomization",
		at:   diag.Pos{File: file},
	}
	if e := edits(req); !reflect.ValueOf(e).IsZero() {
		spec, err := json.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("write what the renderer is to do: %w", err)
		}
		p.args = append(p.args, "--edits", editsFile)
		p.files = map[string][]byte{editsFile: spec}
	}
	objects, err := p.run(ctx, req)
	if err != nil {
		return nil, atSource(req, err)
	}
	return objects, nil
}

// edits is what Argo CD would change in the kustomization before it is built.
func edits(req Request) renderer.Edits {
	k := req.Source.Kustomize
	out := k.Edits
	out.Images = nil
	for _, image := range k.Images {
		out.Images = append(out.Images, substitute(req.Env, image))
	}
	out.CommonLabels = substituteAll(req, k.CommonLabels)
	if k.CommonAnnotationsEnvsubst {
		out.CommonAnnotations = substituteAll(req, k.CommonAnnotations)
	}
	return out
}

func substituteAll(req Request, pairs map[string]string) map[string]string {
	if pairs == nil {
		return nil
	}
	out := make(map[string]string, len(pairs))
	for key, value := range pairs {
		out[key] = substitute(req.Env, value)
	}
	return out
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
