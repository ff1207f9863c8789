package inject

import (
	"maps"
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

const (
	groupRBAC          = "rbac.authorization.k8s.io"
	kindServiceAccount = "ServiceAccount"
)

// order lists the phases as a sync and then a deletion goes through them.
var order = []string{policy.PreSync, policy.Sync, policy.PostSync, policy.SyncFail, policy.PreDelete, policy.PostDelete}

// A grant is what the hooks of one role and account may do.
type grant struct {
	role, account string
	hooks         []hook
}

// grants groups the hooks that need permissions, in the order of the first hook
// of each group.
func grants(hooks []hook) []grant {
	var out []grant
	for _, h := range hooks {
		if len(h.rules) == 0 {
			continue
		}
		i := slices.IndexFunc(out, func(g grant) bool { return g.role == h.role && g.account == h.account })
		if i < 0 {
			i = len(out)
			out = append(out, grant{role: h.role, account: h.account})
		}
		out[i].hooks = append(out[i].hooks, h)
	}
	return out
}

// permissions returns, for each group of hooks, its ServiceAccount unless the
// policy names one, and a Role and a RoleBinding in each namespace that its
// steps look into.
func permissions(hooks []hook, ns string) []manifest.Object {
	var out []manifest.Object
	for _, g := range grants(hooks) {
		at := g.hooks[0].At
		annotations := g.annotations()
		if g.hooks[0].ServiceAccountName == "" {
			fields := ownObject("v1", kindServiceAccount, g.account, ns, annotations)
			fields["automountServiceAccountToken"] = false // pods ask for it
			out = append(out, manifest.New(fields, at))
		}
		byNamespace := g.rules()
		for _, target := range slices.Sorted(maps.Keys(byNamespace)) {
			role := ownObject(groupRBAC+"/v1", "Role", g.role, target, annotations)
			role["rules"] = policyRules(byNamespace[target])
			binding := ownObject(groupRBAC+"/v1", "RoleBinding", g.role, target, annotations)
			binding["roleRef"] = map[string]any{"apiGroup": groupRBAC, "kind": "Role", "name": g.role}
			// Argo CD fills in the namespace of an object, not that of a subject.
			binding["subjects"] = []any{map[string]any{"kind": kindServiceAccount, "name": g.account, "namespace": ns}}
			out = append(out, manifest.New(role, at), manifest.New(binding, at))
		}
	}
	return out
}

func ownObject(apiVersion, kind, name, ns string, annotations map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": apiVersion, "kind": kind,
		"metadata": map[string]any{
			"name": name, "namespace": ns,
			"labels":      map[string]any{labelManagedBy: managedBy, labelComponent: "hook"},
			"annotations": annotations,
		},
	}
}

// rules are the permissions that all hooks of g need, by namespace.
func (g grant) rules() map[string][]hookspec.Rule {
	var all []hookspec.Rule
	for _, h := range g.hooks {
		all = append(all, h.rules...)
	}
	out := map[string][]hookspec.Rule{}
	for _, r := range hookspec.MergeRules(all) {
		out[r.Namespace] = append(out[r.Namespace], r)
	}
	return out
}

// annotations make the permissions hooks too, one wave before the Jobs: what
// Sync creates would be there only after a PreSync Job has waited for it in vain.
func (g grant) annotations() map[string]any {
	phases := g.phases()
	wave := 0
	for i, h := range slices.DeleteFunc(slices.Clone(g.hooks), func(h hook) bool { return !slices.Contains(phases, h.Phase) }) {
		if i == 0 || h.Wave < wave {
			wave = h.Wave
		}
	}
	return hookAnnotations(phases, lasting([]string{policy.BeforeHookCreation}, phases), wave-1)
}

// phases are those in which the permissions are created: the earliest that
// needs them, and each later one that may come without it. A sync that fails
// goes straight to SyncFail, and a deletion has phases of its own.
func (g grant) phases() []string {
	var out []string
	for _, phase := range order {
		needed := slices.ContainsFunc(g.hooks, func(h hook) bool { return h.Phase == phase })
		alone := phase == policy.SyncFail || phase == policy.PreDelete || phase == policy.PostDelete
		if needed && (len(out) == 0 || alone) {
			out = append(out, phase)
		}
	}
	return out
}

func policyRules(rules []hookspec.Rule) []any {
	out := make([]any, len(rules))
	for i, r := range rules {
		rule := map[string]any{}
		setList(rule, "apiGroups", []string{r.Group})
		setList(rule, "resources", []string{r.Resource})
		setList(rule, "verbs", r.Verbs)
		if len(r.Names) > 0 {
			setList(rule, "resourceNames", r.Names)
		}
		out[i] = rule
	}
	return out
}
