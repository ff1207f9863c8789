package inject

import (
	"maps"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// namespaceOf is the namespace of the added objects: what the policy says, else
// the destination, else the one that all rendered objects agree on; "" if there
// is none.
func namespaceOf(objects []manifest.Object, pol policy.Policy, env Env) string {
	if pol.Job != nil && pol.Job.Namespace != "" {
		return pol.Job.Namespace
	}
	return Namespace(objects, env)
}

// Namespace is where an application goes: its destination, else the one namespace
// that all rendered objects agree on; "" if there is none.
func Namespace(objects []manifest.Object, env Env) string {
	if env.Namespace != "" {
		return env.Namespace
	}
	if all := namespaces(objects); len(all) == 1 {
		return all[0]
	}
	return ""
}

// namespaces lists the namespaces that objects name, sorted.
func namespaces(objects []manifest.Object) []string {
	seen := map[string]bool{}
	for _, o := range objects {
		if ns := o.Ref().Namespace; ns != "" {
			seen[ns] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// noNamespace is needed because a Role grants nothing, and a hook finds nothing,
// without a namespace: Argo CD fills in that of an object, not those inside it.
func noNamespace(objects []manifest.Object, pol policy.Policy) diag.Problem {
	got := "no object names one"
	if all := namespaces(objects); len(all) > 0 {
		got = "the objects name " + strings.Join(all, ", ")
	}
	return pol.Hooks[0].At.Problemf("want a namespace for the hooks: the destination has none and %s", got).
		WithHint("write job.namespace, or give the Application a destination.namespace; on a command line it is --namespace")
}
