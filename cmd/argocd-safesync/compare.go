package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin"
	"github.com/argocd-safesync/argocd-safesync/plugin/change"
	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
	"github.com/argocd-safesync/argocd-safesync/plugin/review"
)

// compareAll compares the applications of both sides on all cores, and returns
// those that differ or were asked for, by their directories. Of each no more is
// kept than is told.
func (b *branch) compareAll(ctx context.Context, std cli.IO) ([]review.Application, error) {
	dirs := slices.Concat(b.apps, b.asked)
	slices.Sort(dirs)
	dirs = slices.Compact(dirs)
	found := make([]review.Application, len(dirs))
	err := onAllCores(ctx, std, len(dirs), func(i int) { found[i] = b.compare(ctx, dirs[i]) })
	if err != nil {
		return nil, err
	}
	var out []review.Application
	for _, a := range found {
		if _, asked := slices.BinarySearch(b.asked, a.Dir); asked || a.What != review.Same {
			out = append(out, a)
		}
	}
	for _, dir := range b.missing {
		out = append(out, review.Application{Dir: dir, What: review.Missing})
	}
	slices.SortStableFunc(out, func(x, y review.Application) int { return cmp.Compare(x.Dir, y.Dir) })
	return out, nil
}

// compare says what has happened to the application in dir.
func (b *branch) compare(ctx context.Context, dir string) review.Application {
	a := b.happened(ctx, dir)
	for _, p := range b.now.known.Unread(dir) {
		a.Unread += p.Error() + "\n"
	}
	if a.Unread != "" && a.What == review.Same {
		a.What = review.Changed
	}
	return a
}

// happened is compare but for the files of Applications that cannot be read.
func (b *branch) happened(ctx context.Context, dir string) review.Application {
	had := b.then != nil && b.then.has(dir)
	switch {
	case had && !b.now.isThere(dir):
		return review.Application{Dir: dir, What: review.Removed, PointedAtBy: b.now.known.PointedAtBy(dir)}
	case had && !b.now.has(dir):
		return review.Application{Dir: dir, What: review.PolicyRemoved}
	case had && b.now.known.Left(dir, b.then.known):
		return review.Application{Dir: dir, What: review.Undeployed}
	}
	now := b.now.side(ctx, dir, side{})
	a := review.Application{Dir: dir, What: review.Same, Problems: now.says(), Plan: now.plan()}
	switch {
	case had:
		b.differ(ctx, &a, b.then.side(ctx, dir, now), now)
	case b.now.has(dir) && b.then != nil:
		a.What = review.Added
	}
	return a
}

// differ fills in how the two sides of an application differ.
func (b *branch) differ(ctx context.Context, a *review.Application, then, now side) {
	if a.Fields = lint.Differ(then.to, now.to); len(a.Fields) > 0 {
		a.What, a.Moved = review.Changed, true
	}
	if now.err != nil || then.err != nil {
		b.unbuilt(a, then, now)
		return
	}
	if now.digest() == then.digest() {
		return
	}
	changes, err := change.Between(then.Objects, now.Objects)
	if err != nil { // what was encoded for a digest can be encoded
		a.What = review.Changed
	}
	if len(changes) > 0 && isChart(now.req, now.Result) {
		if again := b.now.side(ctx, a.Dir, side{}); again.err == nil {
			changes = change.Steady(changes, then.Objects, now.Objects, again.Objects)
		}
	}
	for _, c := range changes {
		a.What = review.Changed
		if c.Namespace == lint.UnknownNamespace {
			c.Namespace = ""
		}
		a.Objects = append(a.Objects, review.Object{Name: c.Ref(), What: c.What})
	}
}

// unbuilt says what has happened to an application that one of the sides cannot be
// built of, or neither: then it is told of if there is any sign that it differs.
func (b *branch) unbuilt(a *review.Application, then, now side) {
	if now.reason() != then.reason() || now.isFault() || then.isFault() {
		a.What, a.Before = review.Changed, then.reason()
	}
	if now.err == nil || then.err == nil {
		return
	}
	if a.What == review.Changed || b.touches(a.Dir, diag.Problems(now.err)) {
		a.What = review.NotBuilt
	}
	if now.reason() == then.reason() {
		a.Before = ""
	}
}

// A side is an application as it is or was.
type side struct {
	plugin.Result
	req plugin.Request
	to  []lint.Destination
	// err is what keeps it from being built wherever it goes, and told the error
	// without the stand-in for a namespace that nobody knows.
	err, told error
}

// side builds the application in dir. What no Application says of it is as on the
// newer side, if there is one: the name of a directory is another one in a work
// tree, and an Application that comes or goes is a change of its own.
func (f *field) side(ctx context.Context, dir string, newer side) side {
	ctx, cancel := f.opts.deadline(ctx)
	defer cancel()
	s := side{to: f.known.Of(dir)}
	s.req = f.request(dir, s.to)
	switch {
	case len(s.to) > 0:
	case newer.req.Repo != nil:
		s.req.Env.App, s.req.Env.Namespace = newer.req.Env.App, newer.req.Env.Namespace
	default:
		s.req.Env.App = cmp.Or(f.opts.appName, s.req.Env.App)
	}
	s.Result, s.told = plugin.Build(ctx, s.req)
	s.err = s.told
	if s.err != nil && s.req.Env.Namespace == "" {
		elsewhere := s.req
		elsewhere.Env.Namespace = lint.UnknownNamespace
		s.Result, s.err = plugin.Build(ctx, elsewhere)
	}
	return s
}

// plan is what Argo CD will do with the application; "" if it cannot be built.
func (s side) plan() string {
	if s.told != nil {
		return ""
	}
	return s.Plan(s.req.Env.Namespace, ownRetry(s.req, s.to)).Markdown()
}

// says is what the build says, in lines: what keeps it from being built, or its
// warnings.
func (s side) says() string {
	var b strings.Builder
	for _, w := range s.Warnings {
		b.WriteString(w.Error() + "\n")
	}
	if s.told != nil {
		b.WriteString(s.told.Error() + "\n")
	}
	return b.String()
}

// reason is what keeps it from being built; "" for nothing.
func (s side) reason() string {
	if s.err == nil {
		return ""
	}
	return s.err.Error()
}

// isFault reports whether it is not its own files that keep it from being built,
// so that the same reason on both sides says nothing about them.
func (s side) isFault() bool { return s.err != nil && len(diag.Problems(s.err)) == 0 }

// digest is the same for two sides only if they have the same objects. What is
// written otherwise, and means the same, has another one.
func (s side) digest() [sha256.Size]byte {
	h := sha256.New()
	if err := manifest.Encode(h, s.Objects); err != nil {
		fmt.Fprint(h, err)
	}
	return [sha256.Size]byte(h.Sum(nil))
}
