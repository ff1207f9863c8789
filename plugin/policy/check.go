package policy

import (
	"fmt"
	"slices"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// report is how a Check says what is wrong: where below the value, what, and
// what to do about it.
type report = func(path, msg, hint string)

// Check wants one origin.
func (u *PresetUse) Check(report report) {
	switch {
	case u.Name == "" && u.Path == "":
		report("name", "want name or path, got neither", "")
	case u.Name != "" && u.Path != "":
		report("path", "want name or path, got both", "")
	}
}

// Check wants settings of the type that is rendered.
func (s *Source) Check(report report) {
	given := map[string]bool{"directory": s.Directory != nil, "kustomize": s.Kustomize != nil, "helm": s.Helm != nil}
	for _, key := range []string{"directory", "kustomize", "helm"} {
		if given[key] && s.Type != "" && s.Type != key {
			report(key, fmt.Sprintf("goes with type %s, got type %s", key, s.Type), "")
		}
	}
}

// Check wants waits that are waits. A longest wait of zero means no bound.
func (b *Backoff) Check(report report) {
	positive := func(key string, d *ArgoDuration, low time.Duration) {
		if d == nil || *d == "" {
			return
		}
		if v, err := d.Std(); err == nil && v < low {
			report(key, fmt.Sprintf("want a duration of at least %s, got %s", low, *d), "")
		}
	}
	positive("duration", b.Duration, time.Millisecond)
	positive("maxDuration", b.MaxDuration, 0)
}

// Check holds the entry against what the API accepts for the kind.
func (r *Rollout) Check(report report) {
	if r.MaxSurge == nil && r.MaxUnavailable == nil && r.MinReadySeconds == nil && r.Partition == nil {
		report("", "want something to set, got only match", "give maxSurge and maxUnavailable, minReadySeconds or partition")
	}
	if r.MaxUnavailable != nil && r.MaxUnavailable.Percent && r.MaxUnavailable.Int > 100 {
		report("maxUnavailable", fmt.Sprintf("want at most 100%%, got %s", r.MaxUnavailable), "")
	}
	if r.Partition != nil && r.Match.Kind != "" && r.Match.Kind != "StatefulSet" {
		report("partition", "want no partition: only a StatefulSet has one, got a "+r.Match.Kind, "")
	}
	switch r.Match.Kind {
	case "Deployment":
		r.checkDeployment(report)
	case "DaemonSet":
		r.checkDaemonSet(report)
	case "StatefulSet", "Prometheus":
		r.checkStatefulSet(report)
	}
}

func (r *Rollout) checkDeployment(report report) {
	if r.MaxSurge.isZero() && r.MaxUnavailable.isZero() {
		report("maxUnavailable", "want maxSurge or maxUnavailable above 0, got 0 for both: no pod could ever be replaced", "maxSurge: 1 replaces pods without going below what is wanted")
	}
}

// A DaemonSet takes exactly one of the two above zero, and the API's default of
// maxUnavailable is 1, so that maxSurge alone clashes.
func (r *Rollout) checkDaemonSet(report report) {
	surge := r.MaxSurge != nil && r.MaxSurge.Int > 0
	switch {
	case r.MaxSurge.isZero() && r.MaxUnavailable.isZero():
		report("maxUnavailable", "want maxSurge or maxUnavailable above 0, got 0 for both: no pod could ever be replaced", "")
	case surge && r.MaxUnavailable != nil && r.MaxUnavailable.Int > 0:
		report("maxUnavailable", "want 0 beside maxSurge: a DaemonSet takes only one of the two above 0, got "+r.MaxUnavailable.String(), "")
	case surge && r.MaxUnavailable == nil:
		report("maxSurge", "want maxUnavailable: 0 beside it: the default of a DaemonSet is 1, and it takes only one of the two above 0", "")
	}
}

// The operator's Prometheus becomes a StatefulSet, without a partition of its own.
func (r *Rollout) checkStatefulSet(report report) {
	hint := "use maxUnavailable"
	if r.Match.Kind == "StatefulSet" {
		hint += ", or partition"
	}
	if r.MaxSurge != nil {
		report("maxSurge", "want no maxSurge: a "+r.Match.Kind+" cannot run more pods than wanted", hint)
	}
	if r.MaxUnavailable.isZero() {
		report("maxUnavailable", "want at least 1 for a "+r.Match.Kind+", got "+r.MaxUnavailable.String(), "")
	}
}

// maxHookName is the longest name of a Job whose pods can still be named and
// labelled after it: the Job controller adds a suffix, and a label value has at
// most 63 characters.
const maxHookName = 52

// Check wants something to run, under names that Kubernetes takes.
func (h *Hook) Check(report report) {
	if h.Name != "" {
		checkLabel("name", h.Name, maxHookName, report)
	}
	checkSubdomain("serviceAccountName", h.ServiceAccountName, report)
	checkSubdomain("roleName", h.RoleName, report)
	h.checkWork(report)
	h.checkSteps(report)
	h.checkDeletePolicy(report)
}

func (h *Hook) checkWork(report report) {
	switch {
	case h.Steps != nil && h.Container != nil:
		report("container", "want steps or container, got both", "make it two hooks")
	case h.Container == nil && h.Steps == nil:
		report("steps", "want steps or container, got neither", "a hook that checks nothing always passes")
	case h.Container == nil && len(h.Steps) == 0:
		report("steps", "want at least one step, got none", "a hook that checks nothing always passes")
	}
}

// checkSteps wants names that tell the steps apart, and no wait that the hook
// would always cut short.
func (h *Hook) checkSteps(report report) {
	limit := h.filled().Timeout
	first := map[string]int{}
	for i := range h.Steps {
		s := &h.Steps[i]
		if other, taken := first[s.Name]; taken {
			report(fmt.Sprintf("steps[%d].name", i), fmt.Sprintf("want a name of its own, got %q again", s.Name), fmt.Sprintf("steps[%d] has it", other))
		} else if s.Name != "" {
			first[s.Name] = i
		}
		if s.Wait != nil && s.Wait.Duration >= limit {
			report(fmt.Sprintf("steps[%d].wait", i),
				fmt.Sprintf("want less than the %s that the whole hook has, got %s", limit, s.Wait.Duration), longerHook)
		}
	}
}

const longerHook = "give the hook a longer timeout"

// warnings name the steps that ask for more time than their hook has.
func (h *Hook) warnings() []diag.Problem {
	var out []diag.Problem
	limit := h.filled().Timeout
	for i := range h.Steps {
		s := &h.Steps[i]
		if s.Timeout > limit {
			out = append(out, s.At.Warningf("step %s may take %s, but the whole hook has %s", s.Name, s.Timeout, limit).WithHint(longerHook))
		}
	}
	return out
}

// BeforeHookCreation is the delete policy that a hook always needs.
const BeforeHookCreation = "BeforeHookCreation"

func (h *Hook) checkDeletePolicy(report report) {
	for i, p := range h.DeletePolicy {
		if p != "" && slices.Contains(h.DeletePolicy[:i], p) {
			report(fmt.Sprintf("deletePolicy[%d]", i), fmt.Sprintf("want each policy once, got %s again", p), "")
		}
	}
	if len(h.DeletePolicy) > 0 && !slices.Contains(h.DeletePolicy, BeforeHookCreation) && !slices.Contains(h.DeletePolicy, "") {
		report("deletePolicy", "want BeforeHookCreation among them: a Job that is left over is not run again, and its old result counts for every later sync",
			"write [BeforeHookCreation, "+h.DeletePolicy[0]+"]")
	}
}

// Check wants names and labels that Kubernetes takes.
func (j *Job) Check(report report) {
	checkLabels("labels", j.Labels, report)
	checkLabels("nodeSelector", j.NodeSelector, report)
	if j.Namespace != "" {
		checkLabel("namespace", j.Namespace, maxLabel, report)
	}
}
