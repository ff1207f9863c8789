package inject

import (
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// absentAccounts warns about PreSync hooks whose account is not there before the
// first sync: their pods cannot be created, and Sync, which would bring it, never
// begins.
func absentAccounts(objects []manifest.Object, hooks []hook, env Env, said *diag.List) {
	for _, h := range hooks {
		if h.Phase != policy.PreSync || h.ServiceAccountName == "" || h.ServiceAccountName == "default" {
			continue
		}
		if why := absent(h, objects, hooks, env); why != "" {
			said.Add(h.AccountAt.Warningf("%s", why).
				WithHint("leave it out: the hook then gets an account of its own in time"))
		}
	}
}

// absent says why the account of h is not there in time; "" if it is.
func absent(h hook, objects []manifest.Object, hooks []hook, env Env) string {
	name := h.ServiceAccountName
	if slices.ContainsFunc(hooks, func(o hook) bool { return o.ServiceAccountName == "" && o.account == name }) {
		return "" // one of ours
	}
	i := slices.IndexFunc(objects, func(o manifest.Object) bool {
		return identityOf(o, env) == identity{kind: kindServiceAccount, namespace: h.namespace, name: name}
	})
	switch {
	case i < 0:
		return "no rendered ServiceAccount has the name " + name + ": if an operator creates it only after the first sync, a PreSync hook cannot start on a first install"
	case !slices.Contains(argocd.RoleOf(objects[i]).Phases, policy.PreSync):
		return place(objects[i]) + " comes after PreSync: on a first install the hook cannot start"
	}
	return ""
}
