package inject

import (
	"maps"
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
// does not. It has permissions of its own: no other hook needs to see pods. When
// it has failed, as it always does, its words are in the Application's operation
// state, and nothing is left of it that somebody would have to explain.
func onFailure(objects []manifest.Object, pol policy.Policy, env Env, ns string) []policy.Hook {
	if pol.OnFailure == nil {
		return nil
	}
	name := podName(env.App, "sync-fail")
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
		DeletePolicy: []string{policy.BeforeHookCreation, hookFailed}, Timeout: hookspec.Duration(failureTimeout),
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

// barePod is a hook as a Pod. Argo CD copies what the container of a Pod that
// failed has said into the Application, and of a Job only what Kubernetes says.
//
// The deadline of a Pod begins on a node, and one that finds none keeps the sync
// open. So it reserves nothing: a node that is full takes it too.
func barePod(h hook, settings policy.Job, env Env) manifest.Object {
	annotations := podAnnotations(settings)
	maps.Copy(annotations, hookAnnotations([]string{h.Phase}, h.deletePolicies(), h.Wave))
	if r := settings.Resources; r != nil {
		settings.Resources = &policy.Resources{Requests: map[string]policy.Quantity{"cpu": "0", "memory": "0"}, Limits: r.Limits}
	}
	spec := pod(h, settings, env)
	spec["activeDeadlineSeconds"] = seconds(h.Timeout.Std() + startGrace)
	return manifest.New(map[string]any{
		"apiVersion": "v1",
		"kind":       kindPod,
		"metadata": map[string]any{
			"name": h.Name, "namespace": h.namespace, "labels": podLabels(h, settings), "annotations": annotations,
		},
		"spec": spec,
	}, h.At)
}

// podName is the name of a Pod that belongs to the whole application: one label
// of a domain name, which is also its hook's label.
func podName(app, suffix string) string {
	const most = 63
	return fitTo(most, strings.ReplaceAll(strings.TrimPrefix(app+"-"+suffix, "-"), ".", "-"))
}
