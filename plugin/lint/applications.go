package lint

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// Applications are what the plain files of a repository say about Applications.
// The zero value is ready to use.
type Applications struct {
	to   []Destination
	sets []template
	// unclear are files and objects that may make Applications of which nobody but
	// Argo CD can say where they go.
	unclear []string
	// broken is why files cannot be read, or not to their end.
	broken []diag.Problem
	// lost is the same by file, of those whose Applications were kept: see Keep.
	lost map[string][]diag.Problem
	// found is what is wrong with them, with the places of the objects.
	found []unrendered
}

// An unrendered is a finding about a file or an object in it, which counts only
// where no application that is judged has it.
type unrendered struct {
	Finding
	object diag.Pos
}

// Add reads a file of the repository. One without an Application in it is
// somebody else's.
func (a *Applications) Add(file string, text []byte) {
	if !bytes.Contains(text, []byte(argoGroup+"/")) {
		return
	}
	objects, err := manifest.Decode(text, file)
	app := App{Dir: path.Dir(file), Read: func(string) []byte { return text }}
	for _, o := range objects {
		if applicationSpec(o) == nil {
			continue
		}
		a.to = append(a.to, destinations(o)...)
		a.sets = append(a.sets, templates(o)...)
		if !isClear(o) {
			a.unclear = append(a.unclear, file+" "+o.Ref().String())
		}
		app.Objects, app.subjects = []manifest.Object{o}, nil
		for _, p := range retryLimit(o) {
			p.Rule = retryLimitRule
			a.found = append(a.found, unrendered{Finding{app.placed(p), []string{app.Dir}}, o.Origin()})
		}
	}
	if err != nil {
		a.unclear = append(a.unclear, file)
		a.broken = append(a.broken, diag.Problems(err)...)
	}
	if bytes.Contains(text, []byte("{{")) {
		return // a template is YAML only once it is rendered
	}
	for _, p := range diag.Problems(err) {
		p.Severity, p.Rule = diag.Warning, leftOut
		p.Msg += ": an Application in it is not seen"
		a.found = append(a.found, unrendered{Finding{p, []string{app.Dir}}, diag.Pos{File: file}})
	}
}

// From leaves the Applications whose source is a repository that is ours.
func (a Applications) From(ours func(repoURL string) bool) Applications {
	a.to = slices.DeleteFunc(slices.Clone(a.to), func(d Destination) bool { return !ours(d.RepoURL) })
	a.sets = slices.DeleteFunc(slices.Clone(a.sets), func(t template) bool { return !ours(t.pattern.RepoURL) })
	return a
}

// Any reports whether the source of any Application is a repository that is ours.
func (a Applications) Any(ours func(repoURL string) bool) bool {
	return slices.ContainsFunc(a.to, func(d Destination) bool { return ours(d.RepoURL) }) ||
		slices.ContainsFunc(a.sets, func(t template) bool { return ours(t.pattern.RepoURL) })
}

// Of returns the destinations of a directory.
func (a Applications) Of(dir string) []Destination {
	var out []Destination
	for _, d := range a.to {
		if d.Dir == dir {
			out = append(out, d)
		}
	}
	for _, t := range a.sets {
		if d, ok := t.of(dir); ok {
			out = append(out, d)
		}
	}
	return out
}

// Join puts parts of a repository together.
func Join(parts []Applications) Applications {
	var out Applications
	for _, p := range parts {
		out.to, out.sets, out.found = append(out.to, p.to...), append(out.sets, p.sets...), append(out.found, p.found...)
		out.unclear, out.broken = append(out.unclear, p.unclear...), append(out.broken, p.broken...)
	}
	return out
}

// Unrendered finds what is wrong with the Applications in files below dirs that
// none of the applications renders: nobody changes them before Argo CD, or a
// person, applies them. Of a file that told names already as no YAML, that is all.
func (a Applications) Unrendered(dirs []string, all []Summary, told []Finding) []Finding {
	done := map[diag.Pos]bool{}
	for _, s := range all {
		for _, at := range s.applications {
			done[at] = true
		}
	}
	for _, f := range told {
		if f.Rule == Generate || f.Rule == leftOut {
			done[diag.Pos{File: f.File}] = true
		}
	}
	var out []Finding
	for _, f := range a.found {
		below := slices.ContainsFunc(dirs, func(dir string) bool { return dir == "." || strings.HasPrefix(f.File, dir+"/") })
		if below && !done[f.object] && !done[diag.Pos{File: f.File}] {
			out = append(out, f.Finding)
		}
	}
	return out
}
