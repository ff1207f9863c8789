// Package plugin is the pipeline: an application's directory and what Argo CD
// knows about it go in, the manifests to sync come out.
//
// It knows the order of the steps and nothing that happens inside one. It reads
// no environment and no file but through its Request, and it never writes
// anything before everything is right.
package plugin

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/inject"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
	"github.com/argocd-safesync/argocd-safesync/plugin/render"
	"github.com/argocd-safesync/argocd-safesync/plugin/validate"
)

// A Request is everything that a run depends on: the same Request gives the
// same bytes.
type Request struct {
	// Repo is the repository and RepoDir the same directory's absolute path, for
	// renderers that are programs of their own. Repo must not lead out of it.
	Repo    fs.FS
	RepoDir string
	// Part is the directory of the repository that Repo is, where Argo CD has sent
	// no more than that; "" for all of it.
	Part string
	// App is the application's directory in Repo, with slashes; "." is the root.
	App string
	// PolicyFile is the policy's path in Repo; empty means safesync.yaml in App,
	// which may be missing.
	PolicyFile string
	// FromRepo makes messages name files relative to Repo; without it they are
	// relative to App.
	FromRepo bool
	// Rendered holds the application's objects already, as YAML or JSON; nil
	// means that App is rendered.
	Rendered io.Reader
	// Parameters are the plugin parameters of the Application.
	Parameters []policy.Parameter
	// Config is the sidecar's own configuration.
	Config policy.Config
	// Env is what Argo CD knows about the application.
	Env inject.Env
	// Programs are the renderers, and RenderEnv is what they may see of the
	// environment: KEY=VALUE. What Env says is stronger.
	Programs  render.Programs
	RenderEnv []string
	// JSON asks Generate for one line of JSON for each object, in place of YAML.
	JSON bool
	// Store keeps the texts of objects outside the heap; nil keeps them on it. Then
	// the objects of a Result are good until it closes.
	Store manifest.Store
	// KubeVersion and APIVersions are the cluster's, as Argo CD knows them.
	KubeVersion string
	APIVersions []string
	// CacheDir keeps Helm charts that others depend on; "" keeps none.
	CacheDir string
	// MemoryLimits are those on all that runs beside a renderer, as
	// renderer.MemoryFor reads them; nil is none. Only a renderer needs them.
	MemoryLimits func() []string
}

// A Result is what a run found out on the way to its objects.
type Result struct {
	// Rendered are the application's own objects, as Argo CD would render them.
	Rendered []manifest.Object
	// Objects are what Argo CD must sync: Rendered, changed where the policy says
	// so, and the added ones.
	Objects []manifest.Object
	// Policy is the policy with its presets expanded and its defaults filled in.
	Policy policy.Policy
	// Warnings do not stop the run.
	Warnings []diag.Problem
}

// Build runs the pipeline. Its error holds every problem of the step that found
// one; the result then has what the steps before it made, and all warnings.
func Build(ctx context.Context, req Request) (res Result, err error) {
	var warnings diag.List
	defer func() { res.Warnings = warnings.Warnings() }()
	own, err := loadPolicy(req, &warnings)
	if err != nil {
		return res, err
	}
	if res.Rendered, err = rendered(ctx, req, own, &warnings); err != nil {
		return res, err
	}
	if res.Policy, err = expand(req, own, res.Rendered, &warnings); err != nil {
		return res, err
	}
	children, err := childPolicies(req, res.Rendered)
	if err != nil {
		return res, err
	}
	env := req.Env
	env.Record = record(own)
	objects, notes, err := inject.All(res.Rendered, res.Policy, env, children)
	warnings.Add(notes...)
	if err != nil {
		return res, err
	}
	notes, err = validate.Objects(objects, req.Env.Namespace)
	warnings.Add(notes...)
	if err != nil {
		return res, err
	}
	res.Objects = objects
	warnings.Add(nothingToWaitFor(own, res.Rendered)...)
	return res, notEmpty(req, res)
}

// Generate writes the application's manifests to w. On error it writes nothing:
// Argo CD must never see half an application.
func Generate(ctx context.Context, req Request, w io.Writer) ([]diag.Problem, error) {
	res, err := Build(ctx, req)
	if err != nil {
		return res.Warnings, err
	}
	out := manifest.Encoder{Store: req.Store}
	if req.JSON {
		return res.Warnings, out.EncodeJSON(w, res.Objects)
	}
	return res.Warnings, out.Encode(w, res.Objects)
}

// Render returns the application's own objects, as Argo CD would render them
// without the plugin. The policy is not read.
func Render(ctx context.Context, req Request) ([]manifest.Object, error) {
	return rendered(ctx, req, policy.Policy{}, &diag.List{})
}

// Parameters lists what an Application may set of its policy, with the values
// that the policy and the sidecar's configuration have. It renders nothing, so
// that presets are not looked into.
func Parameters(req Request) ([]policy.Announcement, error) {
	req.Parameters = nil
	own, err := loadPolicy(req, &diag.List{})
	if err != nil {
		return nil, err
	}
	full := policy.Merge(policy.Merge(policy.Builtin(), req.Config.Defaults), own)
	kind := ""
	if own.Source != nil {
		kind = own.Source.Type
	}
	if kind == "" {
		if kind, err = render.Detect(req.Repo, req.App); err != nil {
			return nil, err
		}
	}
	return policy.Announce(full, kind), nil
}

// rendered returns the application's own objects.
func rendered(ctx context.Context, req Request, pol policy.Policy, warnings *diag.List) ([]manifest.Object, error) {
	if req.Rendered != nil {
		return render.Stream(req.Rendered, req.Store)
	}
	from := source(pol.Source)
	from.Kustomize.AllowRemote = req.Config.Guardrails.AllowRemoteBases
	if decided := req.Config.EnableHelm; decided != nil {
		from.Kustomize.EnableHelm = *decided
	}
	if decided := req.Config.LoadRestrictor; decided != "" {
		from.Kustomize.LoadRestrictor = decided
	}
	from.Helm.AllowRemote = req.Config.Guardrails.AllowRemoteBases
	objects, err := render.Dir(ctx, render.Request{
		Repo: req.Repo, RepoDir: req.RepoDir, App: req.App,
		Source: from, Skip: []string{policy.FileName},
		Programs: req.Programs, Env: req.variables(), CacheDir: req.CacheDir, Store: req.Store,
		MemoryLimits: req.MemoryLimits,
		Target: render.Target{
			Name: req.Env.App, Namespace: req.Env.Namespace,
			KubeVersion: req.KubeVersion, APIVersions: req.APIVersions,
		},
		Warn: func(p diag.Problem) {
			p.File = req.shown(p.File)
			warnings.Add(p)
		},
	})
	return req.nearer(objects), req.nearerErr(err, from.At)
}

// expand puts the layers of a policy together, weakest first, and holds the
// result against the sidecar's guardrails. The order is policy.Merge's.
func expand(req Request, own policy.Policy, objects []manifest.Object, warnings *diag.List) (policy.Policy, error) {
	env := preset.Env{AppName: req.Env.App, AppNamespace: inject.Namespace(objects, req.Env)}
	full, notes, err := preset.Expand(own, objects, env, req.readFrom(own.At.File))
	warnings.Add(notes...)
	if err != nil {
		return policy.Policy{}, err
	}
	full = policy.Merge(policy.Merge(policy.Builtin(), req.Config.Defaults), full)
	warnings.Add(full.Retry.Unlimited()...)
	return full, req.Config.Enforce(own, full)
}

// notEmpty refuses an application without objects: an empty success would let
// Argo CD prune everything it has.
func notEmpty(req Request, res Result) error {
	allowed := res.Policy.AllowEmpty != nil && *res.Policy.AllowEmpty
	if len(res.Objects) > 0 || allowed {
		return nil
	}
	if _, err := fs.Stat(req.Repo, req.policyFile()); errors.Is(err, fs.ErrNotExist) {
		return diag.Pos{File: req.App}.
			Problemf("want manifests, got a directory that renders to no object and has no policy: Argo CD would prune everything that the application has").
			WithHint("name the directory that has the manifests; if an empty application is wanted, write a %s with allowEmpty: true", policy.FileName)
	}
	return diag.Pos{File: req.shown(req.policyFile())}.
		Problemf("the application renders to no object and gets no hook: Argo CD would prune everything it has").
		WithHint("if that is wanted, write allowEmpty: true")
}
