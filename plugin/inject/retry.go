package inject

import (
	"fmt"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// retries returns the objects with the retry of each Application: its own
// policy's, else that of the first rule for its name, else what it says itself.
func retries(objects []manifest.Object, rules []policy.ApplicationRule, apps applications, said *diag.List) []manifest.Object {
	out := slices.Clone(objects)
	used := make([]bool, len(rules))
	for i, o := range objects {
		spec := specPath(o)
		if spec == nil {
			continue
		}
		rule := slices.IndexFunc(rules, func(r policy.ApplicationRule) bool { return matchesName(r.Name, o.Ref().Name) })
		if rule >= 0 {
			used[rule] = true
		}
		if r := apps.retry(o, spec); r != nil {
			out[i] = retry(o, spec, *r, said)
		} else if rule >= 0 && rules[rule].Retry != nil {
			out[i] = retry(o, spec, *rules[rule].Retry, said)
		}
	}
	for i, r := range rules {
		if !used[i] && !slices.ContainsFunc(rules[:i], func(o policy.ApplicationRule) bool { return matchesName(o.Name, r.Name) }) {
			said.Add(r.At.Warningf("no Application or ApplicationSet is rendered%s", like(r.Name)))
		}
	}
	return out
}

func like(pattern string) string {
	if pattern == "" {
		return ""
	}
	return fmt.Sprintf(" with a name like %q", pattern)
}

// retry is that of the first source whose own policy has one; nil if there is
// none.
func (a applications) retry(o manifest.Object, spec []any) *policy.Retry {
	for _, c := range a.policies(o, spec) {
		if c.Retry != nil {
			return c.Retry
		}
	}
	return nil
}

// retry puts in what r gives, key by key. What it does not give stays, and
// nothing is filled in: of the retries that people write, many are partial.
func retry(o manifest.Object, spec []any, r policy.Retry, said *diag.List) manifest.Object {
	at := along(spec, "syncPolicy", "retry")
	e := edit{object: o, asked: r.At, said: said}
	if r.Limit != nil {
		e.put(*r.Limit, along(at, "limit")...)
	}
	if r.Refresh != nil {
		e.put(*r.Refresh, along(at, "refresh")...)
	}
	if b := r.Backoff; b != nil {
		if b.Duration != nil {
			e.put(string(*b.Duration), along(at, "backoff", "duration")...)
		}
		if b.Factor != nil {
			e.put(*b.Factor, along(at, "backoff", "factor")...)
		}
		if b.MaxDuration != nil {
			e.put(string(*b.MaxDuration), along(at, "backoff", "maxDuration")...)
		}
	}
	checkLimit(e, along(at, "limit"), said)
	overridden(e, said)
	return e.object
}

// checkLimit wants a limit: Argo CD has a default for Applications without a
// retry, and none for a retry without a limit.
func checkLimit(e edit, path []any, said *diag.List) {
	if limit, _ := e.object.Get(path...); limit == nil && !e.broken {
		said.Add(e.asked.Problemf("the retry of %s has no limit, which Argo CD reads as 0: it would never try again", place(e.object)).
			WithHint("add a limit, such as 5"))
	}
}

// overridden warns about an ApplicationSet that lets a change of its template
// reach no Application. Templates are text of another language: nothing more is
// read into them than the words.
func overridden(e edit, said *diag.List) {
	o := e.object
	if o.Ref().Kind != "ApplicationSet" {
		return
	}
	warn := func(path, why string) {
		at := o.Origin()
		at.Path = path
		said.Add(at.Warningf("%s: %s, so that the retry of %s may not count", o.Ref(), why, e.asked))
	}
	if patch := o.Text("spec", "templatePatch"); strings.Contains(patch, "syncPolicy") || strings.Contains(patch, "retry") {
		warn("spec.templatePatch", "it is applied last and mentions syncPolicy or retry")
	}
	generators, _ := o.Get("spec", "generators")
	if templateHas(generators, false) {
		warn("spec.generators", "the template of a generator has a syncPolicy")
	}
	if ignored, _ := o.Get("spec", "ignoreApplicationDifferences"); mentions(ignored, "syncPolicy") {
		warn("spec.ignoreApplicationDifferences", "changes of syncPolicy do not reach Applications that exist")
	}
	if sync := o.Text("spec", "syncPolicy", "applicationsSync"); sync == "create-only" || sync == "create-delete" {
		warn("spec.syncPolicy.applicationsSync", sync+" changes no Application that exists")
	}
}

// templateHas reports whether a generator, or one inside it, has a template with
// a syncPolicy.
func templateHas(v any, inTemplate bool) bool {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if inTemplate && k == "syncPolicy" || templateHas(inner, inTemplate || k == "template") {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(inner any) bool { return templateHas(inner, inTemplate) })
	}
	return false
}

// mentions reports whether a text in v holds word.
func mentions(v any, word string) bool {
	switch v := v.(type) {
	case map[string]any:
		for _, inner := range v {
			if mentions(inner, word) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(inner any) bool { return mentions(inner, word) })
	case string:
		return strings.Contains(v, word)
	}
	return false
}

// matchesName reports whether name is like pattern, in which * stands for any
// text. The empty pattern is like every name.
func matchesName(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if pattern == "" {
		return true
	}
	if len(parts) == 1 {
		return pattern == name
	}
	rest, ok := strings.CutPrefix(name, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		if _, rest, ok = strings.Cut(rest, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}
