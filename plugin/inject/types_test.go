package inject_test

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/pod-security-admission/api"
	psa "k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// added calls f for each object that a case adds.
func added(t *testing.T, f func(*testing.T, manifest.Object)) {
	t.Helper()
	seen := map[string]int{}
	for _, c := range readCases(t) {
		out, _, err := c.all()
		if err != nil {
			continue // TestCases holds its messages
		}
		t.Run(c.name, func(t *testing.T) {
			for _, o := range out[len(c.objects):] {
				seen[o.Ref().Kind]++
				f(t, o)
			}
		})
	}
	for _, kind := range []string{"Job", "Pod", "ServiceAccount", "Role", "RoleBinding", "ConfigMap"} {
		assert.Assert(t, seen[kind] > 0, "no case adds a %s", kind)
	}
}

// typed reads an object into the type that Kubernetes itself has for it, which
// has every key of it.
func typed(t *testing.T, o manifest.Object, into any) {
	t.Helper()
	text, err := yaml.Marshal(o.Fields())
	assert.NilError(t, err)
	assert.NilError(t, yaml.UnmarshalStrict(text, into), "%s", o.Ref())
}

func TestAddedObjectsAreWhatKubernetesKnows(t *testing.T) {
	types := map[string]func() any{
		"Job":            func() any { return &batchv1.Job{} },
		"Pod":            func() any { return &corev1.Pod{} },
		"ServiceAccount": func() any { return &corev1.ServiceAccount{} },
		"ConfigMap":      func() any { return &corev1.ConfigMap{} },
		"Role":           func() any { return &rbacv1.Role{} },
		"RoleBinding":    func() any { return &rbacv1.RoleBinding{} },
	}
	added(t, func(t *testing.T, o manifest.Object) {
		into := types[o.Ref().Kind]
		assert.Assert(t, into != nil, "%s", o.Ref())
		typed(t, o, into())
	})
}

func TestPodsAreWithinTheRestrictedStandard(t *testing.T) {
	evaluator, err := psa.NewEvaluator(psa.DefaultChecks(), nil)
	assert.NilError(t, err)
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	check := func(pod corev1.PodTemplateSpec) psa.AggregateCheckResult {
		return psa.AggregateCheckResults(evaluator.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec))
	}
	added(t, func(t *testing.T, o manifest.Object) {
		var template corev1.PodTemplateSpec
		switch o.Ref().Kind {
		case "Job":
			var job batchv1.Job
			typed(t, o, &job)
			template = job.Spec.Template
		case "Pod":
			var pod corev1.Pod
			typed(t, o, &pod)
			template = corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}
		default:
			return
		}
		result := check(template)
		assert.Assert(t, result.Allowed, "%s: %s", o.Ref(), result.ForbiddenDetail())

		template.Spec.Containers[0].SecurityContext = nil
		assert.Assert(t, !check(template).Allowed, "the evaluator allows everything")
	})
}

// TestJobsEnd holds what keeps a Job from hanging a sync or from hiding its
// result.
func TestJobsEnd(t *testing.T) {
	added(t, func(t *testing.T, o manifest.Object) {
		if o.Ref().Kind != "Job" {
			return
		}
		var job batchv1.Job
		typed(t, o, &job)
		assert.Assert(t, job.Spec.ActiveDeadlineSeconds != nil && *job.Spec.ActiveDeadlineSeconds > 120)
		assert.Assert(t, job.Spec.BackoffLimit != nil && *job.Spec.BackoffLimit <= 1)
		assert.Assert(t, job.Spec.TTLSecondsAfterFinished == nil)
		assert.Equal(t, job.Spec.Template.Spec.RestartPolicy, corev1.RestartPolicyNever)
		// A pod that watched something cannot be replaced; an evicted one can.
		watches := strings.Contains(strings.Join(job.Spec.Template.Spec.Containers[0].Args, " "), "watch:")
		assert.Equal(t, job.Spec.PodFailurePolicy.Rules[0].Action == batchv1.PodFailurePolicyActionIgnore, !watches)
		assert.Equal(t, job.Spec.Template.Spec.Containers[0].TerminationMessagePolicy, corev1.TerminationMessageFallbackToLogsOnError)
		assert.Assert(t, len(job.Name) <= 52)
	})
}

// TestPodsWithoutAJobEnd holds the same for them: a node takes one however full it
// is, the kubelet ends it, and nothing is left of it.
func TestPodsWithoutAJobEnd(t *testing.T) {
	added(t, func(t *testing.T, o manifest.Object) {
		if o.Ref().Kind != "Pod" {
			return
		}
		var pod corev1.Pod
		typed(t, o, &pod)
		assert.Assert(t, pod.Spec.ActiveDeadlineSeconds != nil && *pod.Spec.ActiveDeadlineSeconds > 120)
		assert.Equal(t, pod.Spec.RestartPolicy, corev1.RestartPolicyNever)
		for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
			reserves, given := pod.Spec.Containers[0].Resources.Requests[name]
			assert.Assert(t, given && reserves.IsZero(), "a limit alone is a request too")
		}
		assert.Assert(t, len(pod.Name) <= 63)
		assert.Equal(t, o.Annotation("argocd.argoproj.io/hook-delete-policy"), "BeforeHookCreation,HookFailed")
	})
}

// TestRolesGrantNoMoreThanSteps holds that no rule is a door: no wildcard, no
// secrets, nothing outside a namespace, nothing that leads to more rights.
func TestRolesGrantNoMoreThanSteps(t *testing.T) {
	added(t, func(t *testing.T, o manifest.Object) {
		if o.Ref().Kind != "Role" {
			return
		}
		var role rbacv1.Role
		typed(t, o, &role)
		assert.Assert(t, role.Namespace != "" && len(role.Rules) > 0)
		for _, rule := range role.Rules {
			for _, word := range append(append(rule.Verbs, rule.Resources...), rule.APIGroups...) {
				switch word {
				case "*", "secrets", "escalate", "bind", "impersonate":
					t.Errorf("%s grants %q", o.Ref(), word)
				}
			}
			assert.Assert(t, len(rule.NonResourceURLs) == 0)
		}
	})
}
