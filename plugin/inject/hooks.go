package inject

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

const (
	labelManagedBy = "app.kubernetes.io/managed-by"
	labelComponent = "app.kubernetes.io/component"
	labelHook      = "argocd-safesync/hook"
	managedBy      = "argocd-safesync"

	kindJob = "Job"
	kindPod = "Pod"

	hookSucceeded = "HookSucceeded"
	hookFailed    = "HookFailed"

	// startGrace is what a pod gets to be scheduled and to pull its image, on top
	// of the hook's own timeout. Without a deadline a Job whose pod cannot start
	// never fails, and the sync hangs for ever.
	startGrace = 2 * time.Minute
	// maxSpec is below the 128 KiB that Linux takes as one argument.
	maxSpec = 100 << 10
)

// A hook is an entry of the policy with everything that was worked out for it.
type hook struct {
	policy.Hook
	namespace string
	spec      hookspec.Spec
	rules     []hookspec.Rule
	account   string // ServiceAccount of the pod; "" is the namespace's default
	role      string
	bare      bool // a Pod without a Job
}

func newHook(h policy.Hook, env Env, ns, digest string) hook {
	out := hook{Hook: h, namespace: ns}
	for _, s := range h.Steps {
		out.spec.Steps = append(out.spec.Steps, s.Step)
	}
	if h.Run == runChanged && h.Container == nil {
		out.spec.Changed = &hookspec.Changed{Digest: digest, ConfigMap: ownName(env.App, "safesync-state"), Key: h.Name}
	}
	out.rules = out.spec.Rules(ns)
	out.role = cmp.Or(h.RoleName, ownName(env.App, "safesync"))
	out.account = h.ServiceAccountName
	switch {
	case h.ServiceAccountName != "" && h.RoleName == "":
		out.role = fit(out.role + "-" + h.ServiceAccountName)
	case h.ServiceAccountName == "" && len(out.rules) > 0:
		out.account = out.role
	}
	return out
}

// token reports whether the pod gets a token: only when it talks to the API. A
// container of somebody else may be meant to when it has an account.
func (h hook) token() bool {
	return len(h.rules) > 0 || (h.Container != nil && h.ServiceAccountName != "")
}

// runs returns what runs each hook, in their order: a Job, or a Pod.
func runs(hooks []hook, settings *policy.Job, env Env, said *diag.List) []manifest.Object {
	if settings == nil {
		settings = &policy.Job{}
	}
	out := make([]manifest.Object, 0, len(hooks))
	for _, h := range hooks {
		if h.Container == nil {
			runnable(h, cmp.Or(settings.Image, env.RunnerImage), said)
		}
		if h.bare {
			out = append(out, barePod(h, *settings, env))
			continue
		}
		out = append(out, job(h, *settings, env))
	}
	return out
}

// runnable finds what keeps the runner from starting.
func runnable(h hook, image string, said *diag.List) {
	if image == "" {
		said.Add(h.At.Problemf("want an image for the hook, got none").
			WithHint("write job.image, or give the sidecar a runner image"))
	}
	if size := len(h.spec.String()); size > maxSpec {
		said.Add(under(h.At, "steps").Problemf("want steps of at most %d KiB, got %d KiB: they travel in one argument of the runner", maxSpec>>10, size>>10).
			WithHint("make it two hooks"))
	}
}

func job(h hook, settings policy.Job, env Env) manifest.Object {
	labels := podLabels(h, settings)
	return manifest.New(map[string]any{
		"apiVersion": "batch/v1",
		"kind":       kindJob,
		"metadata": map[string]any{
			"name":        h.Name,
			"namespace":   h.namespace,
			"labels":      labels,
			"annotations": hookAnnotations([]string{h.Phase}, h.deletePolicies(), h.Wave),
		},
		"spec": map[string]any{
			"activeDeadlineSeconds": seconds(h.Timeout.Std() + startGrace),
			"backoffLimit":          h.retries(),
			"podFailurePolicy":      failurePolicy(h),
			"template": map[string]any{
				"metadata": map[string]any{"labels": labels, "annotations": podAnnotations(settings)},
				"spec":     pod(h, settings, env),
			},
		},
	}, h.At)
}

// hookAnnotations make an object a hook. Argo CD refuses a whole application
// when one annotation is not text, so that the wave is.
func hookAnnotations(phases, deletePolicies []string, wave int) map[string]any {
	return map[string]any{
		argocd.Hook:         strings.Join(phases, ","),
		argocd.DeletePolicy: strings.Join(deletePolicies, ","),
		argocd.Wave:         strconv.Itoa(wave),
	}
}

// deletePolicies are the policy's own. No sync comes after a deletion, so that
// nobody would ever delete what a PostDelete hook leaves.
func (h hook) deletePolicies() []string {
	return lasting(h.DeletePolicy, []string{h.Phase})
}

// lasting are the delete policies of an object in these phases.
func lasting(policies, phases []string) []string {
	if slices.Contains(phases, policy.PostDelete) && slices.Equal(policies, []string{policy.BeforeHookCreation}) {
		return []string{policy.BeforeHookCreation, hookSucceeded}
	}
	return policies
}

// retries is how many more pods Kubernetes may start. The runner has waited as
// long as it may, so that its no is final; one more pod is for one that died. A
// step that leaves something behind gets none.
func (h hook) retries() int64 {
	if h.spec.Once() {
		return 0
	}
	return 1
}

// failurePolicy: the rules are tried in order, and an evicted pod has an exit
// code too, so that Ignore comes first. The runner's own codes are its last word;
// those of other programs mean nothing to us. A pod that watched something cannot
// be replaced, not even an evicted one.
func failurePolicy(h hook) map[string]any {
	var rules []any
	if !h.spec.Watches() {
		rules = append(rules, map[string]any{
			"action":          "Ignore",
			"onPodConditions": []any{map[string]any{"type": "DisruptionTarget", "status": "True"}},
		})
	}
	if h.Container == nil {
		verdicts := []any{int64(1), int64(2), int64(3), int64(4)}
		rules = append(rules, map[string]any{
			"action":      "FailJob",
			"onExitCodes": map[string]any{"containerName": containerName, "operator": "In", "values": verdicts},
		})
	}
	return map[string]any{"rules": rules}
}

// seconds rounds up: a deadline must not come early.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
