package kustomize

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// refusal is the problem in an error of kustomize that comes from inflating charts.
func (j *jail) refusal(err error) (p diag.Problem, ok bool) {
	reason := err.Error()
	if strings.Contains(reason, "must specify --enable-helm") {
		return chartProblem(diag.Pos{File: j.kustomization()}), true
	}
	if j.charts == nil {
		return p, false
	}
	command := filepath.Join(j.charts.dir, renderer.HelmCommand)
	before, after, isCommand := strings.Cut(reason, "unable to run: '"+command)
	if !isCommand {
		return p, false
	}
	left, rerr := os.ReadFile(filepath.Join(j.charts.dir, renderer.RefusalFile))
	if p, ok = renderer.ParseProblem(left); rerr == nil && ok {
		return j.charts.placed(p, j.kustomization()), true
	}
	at, what := j.charts.inflating(j.kustomization())
	switch {
	case renderer.IsOutOfMemory(before):
		return at.Problemf("rendering %s needs more memory than there is: %d MB are for it and its kustomization", what, renderer.HardMemory()>>20), true
	case strings.Contains(before, "goroutine stack exceeds"):
		return at.Problemf("want less nesting in %s, got more than can be read", what), true
	case strings.HasSuffix(after, killed):
		return at.Problemf("rendering %s was killed from outside, most likely because there was no memory left for all that rendered at once", what), true
	}
	before, _, _ = strings.Cut(before, "\ngoroutine ")
	return at.Problemf("rendering %s did not go well: %s", what, strings.TrimSuffix(strings.Join(strings.Fields(before), " "), ":")), true
}

// killed ends what the library says of a command that was.
const killed = "signal: killed"

// inflating is the chart that was being rendered, and the entry that asks for it, as
// far as they are known.
func (c *charts) inflating(file string) (at diag.Pos, what string) {
	chart, err := os.ReadFile(filepath.Join(c.dir, renderer.InflatingFile))
	if err != nil {
		return diag.Pos{File: file}, "a chart"
	}
	what = "the chart " + string(chart)
	if entries := c.entries[path.Base(string(chart))]; len(entries) == 1 {
		return entries[0].at, what
	}
	return diag.Pos{File: file}, what
}

// placed puts a problem that has no file at the entry whose chart its path names,
// if there is only one.
func (c *charts) placed(p diag.Problem, file string) diag.Problem {
	if p.File != "" {
		return p
	}
	p.File = file
	name, field, _ := strings.Cut(strings.TrimPrefix(p.Path, "helmCharts["), "].")
	entries := c.entries[name]
	switch {
	case len(entries) != 1:
	case p.Line > 0 && entries[0].values != "":
		p.File, p.Path = entries[0].values, "" // the command got a copy
	default:
		p.Pos = entries[0].at
		p.Path += "." + field
	}
	return p
}
