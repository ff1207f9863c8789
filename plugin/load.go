package plugin

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
	"github.com/argocd-safesync/argocd-safesync/plugin/inject"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
	"github.com/argocd-safesync/argocd-safesync/plugin/render"
)

// policyFile is the policy's path in the repository.
func (req Request) policyFile() string {
	if req.PolicyFile != "" {
		return req.PolicyFile
	}
	return path.Join(req.App, policy.FileName)
}

// loadPolicy reads the application's policy. Without a file it is the empty
// policy, with the plugin parameters over it: the application then renders to
// what Argo CD would have made of it.
func loadPolicy(req Request, warnings *diag.List) (policy.Policy, error) {
	file := req.policyFile()
	data, err := readFile(req.Repo, file, req.shown(file))
	if errors.Is(err, fs.ErrNotExist) {
		if req.PolicyFile != "" {
			return policy.Policy{}, diag.Pos{File: req.shown(file)}.Problemf("want a policy, got no such file")
		}
		warnings.Add(diag.Pos{File: req.shown(file)}.Warningf("no such file: nothing is added"))
		data = []byte("apiVersion: " + policy.APIVersion + "\nkind: Policy\n")
	} else if err != nil {
		return policy.Policy{}, err
	}
	pol, notes, err := policy.Parse(req.shown(file), data, req.Parameters)
	warnings.Add(notes...)
	if err != nil {
		var all diag.List
		all.Add(preset.Unknown(pol.Presets)...)
		if other := all.AddErr(err); other != nil {
			return pol, other
		}
		err = all.Err()
	}
	return pol, err
}

// shown is how messages name a file of the repository: relative to the
// application's directory, as ../base/web.yaml where it is outside, so that the same
// mistake reads the same wherever the checkout is, and no two files have one name.
// The directory itself keeps its name in the repository, by which Argo CD knows the
// application. A run over many applications asks for all names relative to the
// repository.
func (req Request) shown(file string) string {
	if req.App == "." || req.FromRepo || file == "" || file == req.App {
		return file
	}
	if inside, ok := strings.CutPrefix(file, req.App+"/"); ok {
		return inside
	}
	up, shared := "", req.App
	for shared != "." && !strings.HasPrefix(file, shared+"/") {
		up, shared = up+"../", path.Dir(shared)
	}
	return up + strings.TrimPrefix(file, shared+"/")
}

// nearer names the origins of objects as every message names files.
func (req Request) nearer(objects []manifest.Object) []manifest.Object {
	for i, o := range objects {
		at := o.Origin()
		at.File = req.shown(at.File)
		objects[i] = o.WithOrigin(at)
	}
	return objects
}

// nearerErr does the same for the problems of a render. Those of its source have
// the place that the policy gave it.
func (req Request) nearerErr(err error, source diag.Pos) error {
	var out diag.List
	for _, p := range diag.Problems(err) {
		if p.File != source.File || p.Line != source.Line || p.Col != source.Col {
			p.File = req.shown(p.File)
		}
		out.Add(p)
	}
	if renamed := out.Err(); renamed != nil {
		return renamed
	}
	return err
}

// readFile reads a small file that a user wrote, and says what stands in its
// place if it is none.
func readFile(repo fs.FS, file, shown string) ([]byte, error) {
	at := diag.Pos{File: shown}
	info, err := fs.Stat(repo, file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, brokenLink(repo, file, at, err)
	case err != nil:
		return nil, at.Problemf("want a file inside the repository: %s", reason(err))
	case info.IsDir():
		return nil, at.Problemf("want a file, got a directory")
	case !info.Mode().IsRegular():
		return nil, at.Problemf("want a file, got something else (%s)", info.Mode().Type())
	}
	f, err := repo.Open(file)
	if err != nil {
		return nil, at.Problemf("want a readable file: %s", reason(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, strict.MaxBytes+1))
	if err != nil {
		return nil, at.Problemf("want a readable file: %s", reason(err))
	}
	return data, nil
}

// brokenLink tells a link to nothing from a file that is not there: the second
// may be meant, the first never is.
func brokenLink(repo fs.FS, file string, at diag.Pos, err error) error {
	if info, lerr := fs.Lstat(repo, file); lerr == nil && info.Mode()&fs.ModeSymlink != 0 {
		return at.Problemf("want a file, got a link to a file that does not exist")
	}
	return err
}

// reason is an error of the file system without the path that it repeats.
func reason(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

// readFrom returns a reader of files that the policy in file names relative to
// itself.
func (req Request) readFrom(file string) func(name string) ([]byte, error) {
	dir := path.Dir(req.policyFile())
	return func(name string) ([]byte, error) {
		full := path.Join(dir, name)
		if !fs.ValidPath(full) || strings.HasPrefix(name, "/") {
			return nil, diag.Pos{File: file}.Problemf("want a file inside the repository, got %q", name)
		}
		return readFile(req.Repo, full, req.shown(full))
	}
}

// childPolicies reads the policies of the Applications that were rendered: each
// is the safesync.yaml in the Application's own directory of this repository.
// Only what concerns the Application itself is taken from it.
func childPolicies(req Request, objects []manifest.Object) (map[string]inject.Child, error) {
	var problems diag.List
	out := map[string]inject.Child{}
	for _, dir := range inject.ChildPaths(objects, req.Env) {
		place, sent := req.place(dir)
		if !sent {
			problems.Add(req.notSent(dir))
			continue
		}
		child, err := childPolicy(req, place)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := problems.AddErr(err); err != nil {
			return nil, err
		}
		out[dir] = child
	}
	return out, problems.Err()
}

// place is where a directory of the repository is in Repo; sent is false if it is
// in another part than Argo CD has sent.
func (req Request) place(dir string) (place string, sent bool) {
	if req.Part == "" {
		return dir, true
	}
	if dir == req.Part {
		return ".", true
	}
	return strings.CutPrefix(dir, req.Part+"/")
}

// notSent reports a child of which nobody can say here whether it has a policy.
func (req Request) notSent(dir string) diag.Problem {
	return diag.Pos{File: req.App}.Problemf("want the directory %s, because the policy in it says how its Application is tried again, got only %s from Argo CD", dir, req.Part).
		WithHint("name it in argocd.argoproj.io/manifest-generate-paths of this Application too: /%s", dir)
}

func childPolicy(req Request, dir string) (inject.Child, error) {
	file := path.Join(dir, policy.FileName)
	data, err := readFile(req.Repo, file, req.shown(file))
	if err != nil {
		return inject.Child{}, err
	}
	pol, _, err := policy.Parse(req.shown(file), data, nil)
	if err != nil {
		return inject.Child{}, err
	}
	child := req
	child.App, child.PolicyFile = dir, ""
	retry, charts, err := preset.ExpandForParent(pol, preset.Env{}, child.readFrom(pol.At.File))
	return inject.Child{Retry: retry, Charts: charts}, err
}

// record is the policy as its author wrote it, in one canonical form. Presets
// and defaults are not part of it, so that it changes when the policy does and
// never because the plugin was upgraded.
func record(own policy.Policy) string { return own.String() }

// source is what render needs of a policy's source.
func source(s *policy.Source) render.Source {
	if s == nil {
		return render.Source{}
	}
	out := render.Source{Type: s.Type, At: s.At}
	if d := s.Directory; d != nil {
		out.Directory = render.Directory{Recurse: d.Recurse, Include: d.Include, Exclude: d.Exclude}
		if d.Jsonnet != nil {
			out.Directory.Jsonnet = jsonnet(d.Jsonnet)
		}
	}
	if k := s.Kustomize; k != nil {
		out.Kustomize = kustomize(k)
	}
	if h := s.Helm; h != nil {
		out.Helm = chart(h)
	}
	return out
}

// chart is what render needs of a policy's chart.
func chart(h *policy.Helm) render.Helm {
	out := render.Helm{
		ReleaseName: h.ReleaseName, Namespace: h.Namespace,
		ValueFiles: h.ValueFiles, IgnoreMissingValues: h.IgnoreMissingValueFiles, Values: h.Values,
		SkipCRDs: h.SkipCRDs, SkipTests: h.SkipTests, SkipSchema: h.SkipSchemaValidation,
		KubeVersion: h.KubeVersion, APIVersions: h.APIVersions,
	}
	for _, p := range h.Parameters {
		out.Parameters = append(out.Parameters, render.HelmParameter(p))
	}
	for _, f := range h.FileParameters {
		out.FileParameters = append(out.FileParameters, render.HelmFile(f))
	}
	return out
}

// jsonnet is what render needs of a policy's jsonnet.
func jsonnet(j *policy.Jsonnet) render.Jsonnet {
	out := render.Jsonnet{Libs: j.Libs}
	for _, v := range j.ExtVars {
		out.ExtVars = append(out.ExtVars, render.JsonnetVar(v))
	}
	for _, v := range j.TLAs {
		out.TLAs = append(out.TLAs, render.JsonnetVar(v))
	}
	return out
}

// kustomize is what render needs of a policy's kustomize.
func kustomize(k *policy.Kustomize) render.Kustomize {
	out := render.Kustomize{
		LoadRestrictor:            k.LoadRestrictor,
		EnableHelm:                k.EnableHelm,
		KubeVersion:               k.KubeVersion,
		APIVersions:               k.APIVersions,
		CommonAnnotationsEnvsubst: k.CommonAnnotationsEnvsubst,
	}
	e := &out.Edits
	e.NamePrefix, e.NameSuffix, e.Namespace, e.Images = k.NamePrefix, k.NameSuffix, k.Namespace, k.Images
	for _, r := range k.Replicas {
		e.Replicas = append(e.Replicas, renderer.Replica(r))
	}
	e.CommonLabels, e.ForceCommonLabels = k.CommonLabels, k.ForceCommonLabels
	e.LabelWithoutSelector, e.LabelIncludeTemplates = k.LabelWithoutSelector, k.LabelIncludeTemplates
	e.CommonAnnotations, e.ForceCommonAnnotations = k.CommonAnnotations, k.ForceCommonAnnotations
	for _, p := range k.Patches {
		e.Patches = append(e.Patches, renderer.Patch{Path: p.Path, Patch: p.Patch, Target: (*renderer.Selector)(p.Target), Options: p.Options})
	}
	e.Components, e.IgnoreMissingComponents = k.Components, k.IgnoreMissingComponents
	return out
}
