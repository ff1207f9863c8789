package policy

import (
	"maps"
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
)

// Builtin returns what counts where nobody says anything. There is no retry in
// it: a retry that nobody asked for would change how every sync fails.
func Builtin() Policy {
	record := true
	return Policy{
		APIVersion: APIVersion,
		Kind:       "Policy",
		Record:     &record,
		Job: &Job{Resources: &Resources{
			Requests: map[string]Quantity{"cpu": "10m", "memory": "32Mi"},
			Limits:   map[string]Quantity{"cpu": "100m", "memory": "128Mi"},
		}},
	}
}

// Merge puts strong over weak and returns the result; both stay as they are.
// The layers of a policy, from weak to strong, are
//
//  1. Builtin
//  2. the defaults of the sidecar's configuration
//  3. the presets, in the order in which the policy names them
//  4. the policy
//  5. the plugin parameters, which Parse puts over the policy
//
// and what is given in two of them comes together like this:
//
//   - hooks go by name: the strong one replaces the whole weak one in its place,
//     new ones follow after the weak ones
//   - rollout, applications and charts: the strong entries come first, because
//     the first entry that matches wins
//   - retry, its backoff and job go key by key; in job, labels, annotations,
//     nodeSelector and resources too
//   - everything else, source and presets included, is replaced as a whole
//
// Each hook of the result has the defaults of its own keys filled in. Those of
// its steps are left to the runner, so that a Job shows what its policy says.
func Merge(weak, strong Policy) Policy {
	return Policy{
		At:           over(weak.At, strong.At),
		APIVersion:   over(weak.APIVersion, strong.APIVersion),
		Kind:         over(weak.Kind, strong.Kind),
		Presets:      overList(weak.Presets, strong.Presets),
		Source:       over(weak.Source, strong.Source),
		AllowEmpty:   over(weak.AllowEmpty, strong.AllowEmpty),
		Retry:        mergeRetry(weak.Retry, strong.Retry),
		Rollout:      slices.Concat(strong.Rollout, weak.Rollout),
		Hooks:        mergeHooks(weak.Hooks, strong.Hooks),
		Job:          mergeJob(weak.Job, strong.Job),
		OnFailure:    over(weak.OnFailure, strong.OnFailure),
		HelmTests:    over(weak.HelmTests, strong.HelmTests),
		HelmTestsAt:  over(weak.HelmTestsAt, strong.HelmTestsAt),
		Record:       over(weak.Record, strong.Record),
		Applications: slices.Concat(strong.Applications, weak.Applications),
		Charts:       slices.Concat(strong.Charts, weak.Charts),
	}
}

// over is strong where it is given, else weak.
func over[T comparable](weak, strong T) T {
	var none T
	if strong == none {
		return weak
	}
	return strong
}

func overList[T any](weak, strong []T) []T {
	if strong == nil {
		return weak
	}
	return strong
}

func overMap[V any](weak, strong map[string]V) map[string]V {
	if weak == nil {
		return strong
	}
	out := maps.Clone(weak)
	maps.Copy(out, strong)
	return out
}

func mergeHooks(weak, strong []Hook) []Hook {
	var out []Hook
	for _, h := range slices.Concat(weak, strong) {
		h = h.filled()
		if i := slices.IndexFunc(out, func(o Hook) bool { return o.Name == h.Name }); i >= 0 {
			out[i] = h
			continue
		}
		out = append(out, h)
	}
	return out
}

// filled returns h with the defaults of its own keys, but not of its steps. A
// hook that says nothing about time has at least what its longest step may take:
// a backup of half an hour must not be cut short by the default of its hook.
func (h Hook) filled() Hook {
	steps, given := h.Steps, h.Timeout != 0
	h.Steps = nil
	strict.Fill(&h)
	h.Steps = steps
	for i := range steps {
		if !given {
			h.Timeout = max(h.Timeout, steps[i].Limit())
		}
	}
	if len(h.DeletePolicy) == 0 {
		h.DeletePolicy = []string{BeforeHookCreation}
	}
	return h
}

func mergeRetry(weak, strong *Retry) *Retry {
	if weak == nil || strong == nil {
		return over(weak, strong)
	}
	return &Retry{
		At:      over(weak.At, strong.At),
		LimitAt: limitAt(weak, strong),
		Limit:   over(weak.Limit, strong.Limit),
		Refresh: over(weak.Refresh, strong.Refresh),
		Backoff: mergeBackoff(weak.Backoff, strong.Backoff),
	}
}

// limitAt is the place of the limit that counts.
func limitAt(weak, strong *Retry) diag.Pos {
	if strong.Limit == nil && weak.Limit != nil {
		return weak.LimitAt
	}
	return strong.LimitAt
}

func mergeBackoff(weak, strong *Backoff) *Backoff {
	if weak == nil || strong == nil {
		return over(weak, strong)
	}
	return &Backoff{
		At:          over(weak.At, strong.At),
		Duration:    over(weak.Duration, strong.Duration),
		Factor:      over(weak.Factor, strong.Factor),
		MaxDuration: over(weak.MaxDuration, strong.MaxDuration),
	}
}

func mergeJob(weak, strong *Job) *Job {
	if weak == nil || strong == nil {
		return over(weak, strong)
	}
	return &Job{
		At:               over(weak.At, strong.At),
		ImageAt:          imageAt(weak, strong),
		Image:            over(weak.Image, strong.Image),
		Namespace:        over(weak.Namespace, strong.Namespace),
		Resources:        mergeResources(weak.Resources, strong.Resources),
		NodeSelector:     overMap(weak.NodeSelector, strong.NodeSelector),
		Tolerations:      overList(weak.Tolerations, strong.Tolerations),
		Affinity:         affinity(weak, strong),
		ImagePullSecrets: overList(weak.ImagePullSecrets, strong.ImagePullSecrets),
		PriorityClass:    over(weak.PriorityClass, strong.PriorityClass),
		Labels:           overMap(weak.Labels, strong.Labels),
		Annotations:      overMap(weak.Annotations, strong.Annotations),
	}
}

// imageAt is the place of the image that counts.
func imageAt(weak, strong *Job) diag.Pos {
	if strong.Image == "" && weak.Image != "" {
		return weak.ImageAt
	}
	return strong.ImageAt
}

// affinity is one thought, so that it is replaced as a whole.
func affinity(weak, strong *Job) map[string]any {
	if strong.Affinity == nil {
		return weak.Affinity
	}
	return strong.Affinity
}

func mergeResources(weak, strong *Resources) *Resources {
	if weak == nil || strong == nil {
		return over(weak, strong)
	}
	// A weak request may be more than a strong limit, which Kubernetes refuses:
	// without one the limit is the request too.
	requests := maps.Clone(weak.Requests)
	for name := range strong.Limits {
		delete(requests, name)
	}
	return &Resources{
		Requests: overMap(requests, strong.Requests),
		Limits:   overMap(weak.Limits, strong.Limits),
	}
}
