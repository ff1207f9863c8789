// Package inject adds what a policy asks for to the objects of an application:
// rolling updates, retries, chart parameters, hook Jobs with their permissions,
// and a record of the policy.
//
// It knows Argo CD's annotations and where Kubernetes keeps things. It is pure:
// values go in and values come out, and the same ones give the same ones. It
// knows no file, no renderer, no preset and no system that a hook may look at.
package inject

import (
	"iter"
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// An Env is what Argo CD and the sidecar know about the application.
type Env struct {
	// App is the name of the Application, or <namespace>_<name> as Argo CD writes
	// it for one outside its own namespace. The namespace goes into no name.
	App string
	// Namespace is the destination namespace; it may be empty.
	Namespace string
	// Revision is what is synced; it may be empty.
	Revision string
	// RepoURL is the application's own repository; empty takes any for the same.
	RepoURL string
	// RunnerImage is what hooks run where the policy names no image.
	RunnerImage string
	// Record is the policy as its author wrote it, for the record.
	Record string
	// tests are the lines of the chart's tests in the record.
	tests string
}

// A Child is what the policy in the directory of a rendered Application says
// about that Application itself.
type Child struct {
	Retry  *policy.Retry
	Charts []policy.Chart
}

// All returns the objects, changed where pol says so, followed by the added
// ones: permissions, hooks in pol's order, the record, and what comes after the last hook. Children holds the
// policies that were found at ChildPaths. The problems are warnings; the error
// holds every problem that stops the run, and then there are no objects.
func All(objects []manifest.Object, pol policy.Policy, env Env, children map[string]Child) ([]manifest.Object, []diag.Problem, error) {
	var said diag.List
	env.App = plainName(env.App)
	out := rollouts(objects, pol.Rollout, env, &said)
	out = retries(out, pol.Applications, applications{env: env, children: children}, &said)
	out = charts(out, applications{env: env, children: children}, &said)
	env.tests = testLines(out, pol)
	out = helmTests(out, pol, &said)
	added := additions(out, pol, env, &said)
	collisions(objects, added, env, &said)
	endpoints(objects, added, env, &said)
	if err := said.Err(); err != nil {
		return nil, said.Warnings(), err
	}
	return slices.Concat(out, added), said.Warnings(), nil
}

// additions are the objects that the policy adds, in the order in which they
// come out.
func additions(objects []manifest.Object, pol policy.Policy, env Env, said *diag.List) []manifest.Object {
	ns := namespaceOf(objects, pol, env)
	own := len(pol.Hooks)
	pol.Hooks = slices.Concat(pol.Hooks, onFailure(objects, pol, env, ns))
	if len(pol.Hooks) > 0 && ns == "" {
		said.Add(noNamespace(objects, pol))
		return nil
	}
	digest := ""
	if changedOnly(pol.Hooks, said) {
		digest = digestOf(objects, env, said)
	}
	hooks := make([]hook, 0, len(pol.Hooks))
	for i, h := range pol.Hooks {
		hooks = append(hooks, newHook(h, env, ns, digest))
		hooks[i].bare = i >= own
	}
	out := permissions(hooks, ns)
	out = append(out, runs(hooks, pol.Job, env, said)...)
	absentAccounts(objects, hooks, env, said)
	out = append(out, record(pol, env, ns)...)
	return append(out, last(both(objects, out), pol, env, ns)...)
}

// both are the objects of two lists, one after the other.
func both(first, second []manifest.Object) iter.Seq[manifest.Object] {
	return func(yield func(manifest.Object) bool) {
		for _, list := range [][]manifest.Object{first, second} {
			for _, o := range list {
				if !yield(o) {
					return
				}
			}
		}
	}
}

// under is the place of a key in the mapping at pos.
func under(pos diag.Pos, key string) diag.Pos {
	if pos.Path != "" {
		key = pos.Path + "." + key
	}
	pos.Path = key
	return pos
}
