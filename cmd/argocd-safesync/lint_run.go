package main

import (
	"cmp"
	"context"
	"path"
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/plugin"
	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/render"
)

// A verdict is what is left of an application once it was judged.
type verdict struct {
	findings []lint.Finding
	summary  lint.Summary
	// fault says that the program or its machine kept it from being judged.
	fault bool
}

// judgeAll judges the applications on all cores. Verdicts come in the order of
// f.apps.
func (f *field) judgeAll(ctx context.Context, std cli.IO, want linting) ([]verdict, error) {
	out := make([]verdict, len(f.apps))
	err := onAllCores(ctx, std, len(f.apps), func(i int) { out[i] = f.judge(ctx, f.apps[i], want) })
	return out, err
}

// judge builds one application and asks the rules. Nothing of it is kept but the
// verdict.
func (f *field) judge(ctx context.Context, dir string, want linting) verdict {
	ctx, cancel := f.opts.deadline(ctx)
	defer cancel()
	to := f.known.Of(dir)
	req := f.request(dir, to)
	app := lint.App{Dir: dir, To: to, Namespace: req.Env.Namespace, PolicyFile: path.Join(dir, policy.FileName)}
	res, err := plugin.Build(ctx, req)
	if err != nil && req.Env.Namespace == "" {
		// It may be only that nobody knows where it goes.
		req.Env.Namespace = lint.UnknownNamespace
		res, err = plugin.Build(ctx, req)
	}
	v := verdict{}
	app.Problems = append(slices.Clone(res.Warnings), diag.Problems(err)...)
	if err != nil && len(diag.Problems(err)) == 0 {
		v.fault = true
		app.Problems = append(app.Problems, diag.Pos{File: app.PolicyFile}.Problemf("%s", err.Error()))
	}
	app.Rendered, app.Objects = res.Rendered, res.Objects
	if app.Objects == nil {
		app.Objects = res.Rendered
	}
	app.Read = func(file string) []byte {
		text, _ := readAtMost(req.Repo, file, maxApplication)
		return text
	}
	app.PolicyText = app.Read(app.PolicyFile)
	if err == nil && (want.twice || isChart(req, res)) {
		again, err := plugin.Build(ctx, req)
		if err == nil {
			app.Again = again.Rendered
		}
	}
	v.findings, v.summary = lint.Judge(app, want.disable), lint.Summarise(app)
	return v
}

// request is the one for the application in dir.
func (f *field) request(dir string, to []lint.Destination) plugin.Request {
	req := f.req
	req.App = dir
	req = named(req, to)
	req.Env.Namespace = cmp.Or(req.Env.Namespace, f.opts.namespace)
	return req
}

// isChart reports whether templates that may use chance were rendered.
func isChart(req plugin.Request, res plugin.Result) bool {
	kind := ""
	if s := res.Policy.Source; s != nil {
		if kind = s.Type; s.Kustomize != nil && s.Kustomize.EnableHelm {
			return true
		}
	}
	if kind == "" {
		kind, _ = render.Detect(req.Repo, req.App)
	}
	if inflates := req.Config.EnableHelm; kind == render.TypeKustomize && inflates != nil && *inflates {
		return true
	}
	return kind == render.TypeHelm
}

// report puts the verdicts together, and counts those that are none.
func (f *field) report(verdicts []verdict, disable []string) (report lint.Report, faults int) {
	var (
		findings  []lint.Finding
		summaries []lint.Summary
	)
	for _, v := range verdicts {
		findings = append(findings, v.findings...)
		summaries = append(summaries, v.summary)
		if v.fault {
			faults++
		}
	}
	for _, p := range f.unread {
		p.Rule = lint.Generate
		findings = append(findings, lint.Finding{Problem: p, Apps: []string{path.Dir(p.File)}})
	}
	for _, more := range slices.Concat(lint.Shared(summaries), f.known.Unrendered(f.below, summaries, findings)) {
		if !slices.Contains(disable, more.Rule) {
			findings = append(findings, more)
		}
	}
	return lint.NewReport(f.apps, findings), faults
}
