package inject

import (
	"slices"
	"strings"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// failureTimeout is for asking the API, which takes no time, and for a webhook
// that has to be tried again.
const failureTimeout = 2 * time.Minute

// onFailure is the hook that pol asks for to say why a sync failed; none if it
// does not. It has permissions of its own: no other hook needs to see pods.
func onFailure(objects []manifest.Object, pol policy.Policy, env Env, ns string) []policy.Hook {
	if pol.OnFailure == nil {
		return nil
	}
	name := jobName(env.App, "sync-fail")
	report := &hookspec.SyncFailure{
		App:       env.App,
		Jobs:      append(policyJobs(pol.Hooks), ownHooks(objects, ns, "batch", kindJob)...),
		Pods:      ownHooks(objects, ns, "", kindPod),
		ConfigMap: ownName(env.App, "safesync-state"),
		Webhook:   pol.OnFailure.Webhook,
	}
	step := policy.Step{At: pol.OnFailure.At, Step: hookspec.Step{Name: "report", Kinds: hookspec.Kinds{SyncFailure: report}}}
	return []policy.Hook{{
		At: pol.OnFailure.At, Name: name, Phase: policy.SyncFail, RoleName: name,
		DeletePolicy: []string{policy.BeforeHookCreation}, Timeout: hookspec.Duration(failureTimeout),
		Steps: []policy.Step{step},
	}}
}

// policyJobs are the hooks of the policy that can make a sync fail.
func policyJobs(hooks []policy.Hook) []string {
	var out []string
	for _, h := range hooks {
		if inSync(h.Phase) {
			out = append(out, h.Name)
		}
	}
	return out
}

// ownHooks are the hooks of a kind that the application brings itself and that
// can make a sync fail. Only those in the namespace of the added hooks: there
// the one that looks at them has its permissions.
func ownHooks(objects []manifest.Object, ns, group, kind string) []string {
	var out []string
	for _, o := range objects {
		r, role := o.Ref(), argocd.RoleOf(o)
		here := r.Namespace == "" || r.Namespace == ns
		if r.Is(group, kind) && here && r.Name != "" && role.IsHook && slices.ContainsFunc(role.Phases, inSync) {
			out = append(out, r.Name)
		}
	}
	return out
}

func inSync(phase string) bool {
	return phase == policy.PreSync || phase == policy.Sync || phase == policy.PostSync
}

// jobName is the name of a Job that belongs to the whole application: one label
// of a domain name, short enough for what the Job controller adds.
func jobName(app, suffix string) string {
	const most = 52
	return fitTo(most, strings.ReplaceAll(strings.TrimPrefix(app+"-"+suffix, "-"), ".", "-"))
}
