package render

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

const (
	// chartFile ends the name of the file that makes a directory a Helm chart.
	chartFile = "Chart.yaml"
	// specFile is where the renderer finds what it is to do, in its own directory.
	specFile = "chart.json"
)

// Helm are the options of a chart; names and meanings are those of Argo CD's
// source.helm.
type Helm struct {
	// ReleaseName and Namespace are those of the Target unless they are given.
	ReleaseName, Namespace string
	ValueFiles             []string
	IgnoreMissingValues    bool
	// Values are merged over the value files: what a JSON decoder gives.
	Values         map[string]any
	Parameters     []HelmParameter
	FileParameters []HelmFile
	SkipCRDs       bool
	SkipTests      bool
	SkipSchema     bool
	// KubeVersion and APIVersions are those of the Target unless they are given.
	KubeVersion string
	APIVersions []string
	// AllowRemote lets value files come from other hosts.
	AllowRemote bool
}

// A HelmParameter is one value by its path; ForceString keeps it text.
type HelmParameter struct {
	Name, Value string
	ForceString bool
}

// A HelmFile is one value that a file holds.
type HelmFile struct{ Name, Path string }

// A Target is where the application goes, as Argo CD knows it.
type Target struct {
	// Name is the Application's, with the namespace and an underscore in front
	// where Argo CD puts them.
	Name, Namespace string
	// KubeVersion has no v in front; "" is unknown.
	KubeVersion string
	APIVersions []string
}

// release is the name that the release has without one of its own. Argo CD puts
// the namespace of an Application in front of its name, and leaves it out here.
func (t Target) release() string {
	if _, name, found := strings.Cut(t.Name, "_"); found {
		return name
	}
	return t.Name
}

// chart renders a Helm chart with its program.
func chart(ctx context.Context, req Request) ([]manifest.Object, error) {
	spec, err := json.Marshal(chartSpec(req))
	if err != nil {
		return nil, fmt.Errorf("write what the renderer is to do: %w", err)
	}
	req.Env = slices.DeleteFunc(slices.Clone(req.Env), func(variable string) bool {
		return strings.HasPrefix(variable, "ARGOCD_") || strings.HasPrefix(variable, "KUBE_")
	})
	objects, err := program{
		path:    req.Programs.Helm,
		args:    []string{"--spec", specFile},
		files:   map[string][]byte{specFile: spec},
		what:    "chart",
		at:      diag.Pos{File: path.Join(req.App, chartFile)},
		explain: func(p diag.Problem, output []byte) diag.Problem { return broken(req, p, output) },
	}.run(ctx, req)
	if err != nil {
		return nil, chartProblem(req, err)
	}
	for i, o := range objects {
		origin := o.Origin()
		origin.File = inRepo(req, origin.File)
		objects[i] = o.WithOrigin(origin)
	}
	return objects, nil
}

// chartSpec is what the renderer is to do.
func chartSpec(req Request) renderer.Chart {
	h := req.Source.Helm
	spec := renderer.Chart{
		RepoRoot: req.RepoDir, App: req.App,
		Release:             either(h.ReleaseName, req.Target.release()),
		Namespace:           either(h.Namespace, req.Target.Namespace),
		IgnoreMissingValues: h.IgnoreMissingValues, RemoteValues: h.AllowRemote,
		SkipCRDs: h.SkipCRDs, SkipTests: h.SkipTests, SkipSchema: h.SkipSchema,
		KubeVersion: either(h.KubeVersion, req.Target.KubeVersion),
		APIVersions: h.APIVersions,
		CacheDir:    req.CacheDir,
	}
	if len(spec.APIVersions) == 0 {
		spec.APIVersions = req.Target.APIVersions
	}
	if len(h.Values) > 0 {
		// What a JSON decoder gave has a JSON form.
		spec.Values, _ = json.Marshal(h.Values)
	}
	for _, file := range h.ValueFiles {
		spec.ValueFiles = append(spec.ValueFiles, substitute(req.Env, file))
	}
	for _, p := range h.Parameters {
		spec.Parameters = append(spec.Parameters, renderer.ChartParameter{
			Name: p.Name, Value: substitute(req.Env, p.Value), ForceString: p.ForceString,
		})
	}
	for _, f := range h.FileParameters {
		spec.FileParameters = append(spec.FileParameters, renderer.ChartFile{Name: f.Name, Path: substitute(req.Env, f.Path)})
	}
	return spec
}

func either(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

// chartProblem puts a problem of the renderer where the user can change it: what
// the policy says at the policy.
func chartProblem(req Request, err error) error {
	p, ok := errors.AsType[diag.Problem](err)
	if !ok {
		return err
	}
	if strings.HasPrefix(p.Path, "source.") {
		return atSource(req, otherSource(req, p))
	}
	return p
}

// broken puts a problem with what a template rendered to, which Helm names, at the
// template, and at a line of it.
func broken(req Request, p diag.Problem, output []byte) diag.Problem {
	name := p.File
	if name != path.Join(req.App, chartFile) {
		p.File = inRepo(req, name)
	}
	const separator = "---\n" + manifest.SourcePrefix
	if p.Col == 0 {
		p.Line = 0 // a line of the output, which nobody has
	}
	if p.Line > 0 || !strings.HasPrefix(p.Msg, "want YAML") {
		return p
	}
	var docs []string
	for _, doc := range strings.Split("\n"+string(output), "\n"+separator) {
		if source, text, _ := strings.Cut(doc, "\n"); source == name {
			docs = append(docs, text)
		}
	}
	template, err := fs.ReadFile(req.Repo, p.File)
	if err != nil {
		template = nil // it is in an archive
	}
	return renderer.Broken(p, docs, string(template))
}

// otherSource adds a hint to a value file that is not found because it belongs to
// another source of the application: Argo CD gives plugins none of them, and
// $name is replaced with nothing.
func otherSource(req Request, p diag.Problem) diag.Problem {
	for i, file := range req.Source.Helm.ValueFiles {
		name, _, _ := strings.Cut(file, "/")
		if p.Path == fmt.Sprintf("source.helm.valueFiles[%d]", i) && strings.HasPrefix(name, "$") && substitute(req.Env, name) == "" {
			return p.WithHint("%s is another source of the application, and a plugin does not get its files", name)
		}
	}
	return p
}

// inRepo is the path in the repository of a file that Helm names by the name of
// its chart. One of a chart in an archive has the path that it would have unpacked.
func inRepo(req Request, name string) string {
	_, rest, found := strings.Cut(name, "/")
	if !found {
		return name
	}
	return path.Join(req.App, rest)
}
