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

const (
	// editsFile is where the renderer finds what to change in the kustomization.
	editsFile = "edits.json"
	// chartsFile is where it finds what inflating charts takes.
	chartsFile = "charts.json"
)

// kustomizationNames are those that kustomize and Argo CD look for.
var kustomizationNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

func isKustomization(name string) bool { return slices.Contains(kustomizationNames, name) }

// kustomize renders a kustomization, most with its program.
func kustomize(ctx context.Context, req Request) ([]manifest.Object, error) {
	file := kustomizationFile(req.Repo, req.App)
	if file == "" {
		return nil, diag.Pos{File: req.App}.Problemf("want a kustomization, got none of %s", strings.Join(kustomizationNames, ", "))
	}
	if objects, ok := listed(ctx, req); ok {
		return objects, nil
	}
	args := []string{"--repo-root", req.RepoDir, "--app", req.App}
	if req.Source.Kustomize.LoadRestrictor != "" {
		args = append(args, "--load-restrictor", req.Source.Kustomize.LoadRestrictor)
	}
	if req.Source.Kustomize.AllowRemote {
		args = append(args, "--allow-remote")
	}
	p := program{
		path:  req.Programs.Kustomize,
		args:  args,
		files: map[string][]byte{},
		what:  "kustomization",
		at:    diag.Pos{File: file},
	}
	if e := edits(req); !reflect.ValueOf(e).IsZero() {
		if err := p.give("--edits", editsFile, e); err != nil {
			return nil, err
		}
	}
	if req.Source.Kustomize.EnableHelm {
		if err := p.give("--charts", chartsFile, charts(req)); err != nil {
			return nil, err
		}
	}
	objects, err := p.run(ctx, req)
	if err != nil {
		return nil, atSource(req, err)
	}
	return objects, nil
}

// give lets the program find what a flag tells it in a file of its own directory.
func (p *program) give(flag, file string, spec any) error {
	text, err := json.Marshal(spec)
	if err != nil {
		return fmt.Errorf("write what the renderer is to do: %w", err)
	}
	p.args = append(p.args, flag, file)
	p.files[file] = text
	return nil
}

// charts is what inflating charts takes.
func charts(req Request) renderer.Charts {
	k := req.Source.Kustomize
	out := renderer.Charts{
		Program:     req.Programs.Helm,
		KubeVersion: either(k.KubeVersion, req.Target.KubeVersion),
		APIVersions: k.APIVersions,
		CacheDir:    req.CacheDir,
	}
	if len(out.APIVersions) == 0 {
		out.APIVersions = req.Target.APIVersions
	}
	return out
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
