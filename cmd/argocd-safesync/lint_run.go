package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path"
	"runtime"
	"slices"
	"sync"
	"time"

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

// judgeAll judges as many applications at a time as there are cores: each is
// parsing and comparing, or waits for a renderer that is. Verdicts come in the
// order of f.apps.
func (f *field) judgeAll(ctx context.Context, std cli.IO, want linting) ([]verdict, error) {
	out := make([]verdict, len(f.apps))
	next := make(chan int)
	done := make(chan struct{})
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(f.apps)) {
		workers.Go(func() {
			for i := range next {
				out[i] = f.judge(ctx, f.apps[i], want)
				done <- struct{}{}
			}
		})
	}
	go func() {
		defer close(done)
		defer workers.Wait()
		defer close(next)
		for i := range f.apps {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	var tick <-chan time.Time
	if isTerminal(std.Stderr) {
		ticker := time.NewTicker(repaint)
		defer ticker.Stop()
		tick = ticker.C
	}
	progress(std.Stderr, tick, done, len(f.apps))
	return out, context.Cause(ctx)
}

// repaint is how often progress shows: as often as the eye follows, and no more
// writes than a slow terminal takes.
const repaint = 100 * time.Millisecond

// progress follows the work until done is closed, and at each tick shows it on one
// line that goes away. Without ticks it shows nothing.
func progress(w io.Writer, tick <-chan time.Time, done <-chan struct{}, all int) {
	n, shown := 0, false
	for {
		select {
		case _, more := <-done:
			if !more {
				if shown {
					fmt.Fprint(w, "\r\x1b[K")
				}
				return
			}
			n++
		case <-tick:
			fmt.Fprintf(w, "\r%d of %d applications", n, all)
			shown = true
		}
	}
}

// judge builds one application and asks the rules. Nothing of it is kept but the
// verdict.
func (f *field) judge(ctx context.Context, dir string, want linting) verdict {
	ctx, cancel := f.opts.deadline(ctx)
	defer cancel()
	to := f.known.Of(dir)
	req := f.request(dir, to)
	app := lint.App{Dir: dir, Namespace: req.Env.Namespace, PolicyFile: path.Join(dir, policy.FileName)}
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
	v.findings, v.summary = lint.Judge(app, want.disable), lint.Summarise(app, to)
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
