// Package argocd reads what Argo CD reads from an object to order a sync: which
// phases it belongs to, its wave, when a hook is deleted, and what keeps the object
// from ever being healthy.
//
// It knows Argo CD's annotations and the Helm ones that Argo CD takes for its
// own. It knows nothing of policies, and it changes nothing.
package argocd

import (
	"slices"
	"strconv"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// Annotations that order a sync.
const (
	Hook         = "argocd.argoproj.io/hook"
	DeletePolicy = "argocd.argoproj.io/hook-delete-policy"
	Wave         = "argocd.argoproj.io/sync-wave"

	HelmHook         = "helm.sh/hook"
	HelmDeletePolicy = "helm.sh/hook-delete-policy"
	HelmWeight       = "helm.sh/hook-weight"
)

// Phases are the phases of a sync in their order, and then those of a deletion.
var Phases = []string{"PreSync", "Sync", "PostSync", "SyncFail", "PreDelete", "PostDelete"}

// fromHelm says which phase a Helm hook runs in. Helm's other hooks, test among
// them, are never applied.
var fromHelm = map[string]string{
	"pre-install": "PreSync", "pre-upgrade": "PreSync",
	"post-install": "PostSync", "post-upgrade": "PostSync",
	"pre-delete": "PreDelete", "post-delete": "PostDelete",
}

// HelmHooks are the hooks of Helm that Argo CD makes its own, and OtherHelmHooks
// those that it does not: it installs what is a crd-install as any object, and
// never applies what is for a rollback or a test.
var (
	HelmHooks      = []string{"pre-install", "post-install", "pre-upgrade", "post-upgrade", "pre-delete", "post-delete"}
	OtherHelmHooks = []string{"crd-install", "pre-rollback", "post-rollback", "test", "test-success", "test-failure"}
)

// syncAlone is the phase of what is no hook, in memory that all objects share.
var syncAlone = []string{"Sync"}

// A Role is what an object is to a sync.
type Role struct {
	// Phases are those that the object is applied in; none means never. They must
	// not be changed.
	Phases []string
	// IsHook tells hooks from the objects that make up the application.
	IsHook bool
}

// RoleOf says what o is to a sync. Argo CD's own annotation hides Helm's. An
// annotation whose values are all unknown makes a hook that is never applied.
func RoleOf(o manifest.Object) Role {
	if v := o.Annotation(Hook); v != "" {
		return roleOfHook(items(v))
	}
	v := o.Annotation(HelmHook)
	if v == "" || slices.Contains(items(v), "crd-install") {
		return Role{Phases: syncAlone}
	}
	var phases []string
	for _, item := range items(v) {
		if phase := fromHelm[item]; phase != "" && !slices.Contains(phases, phase) {
			phases = append(phases, phase)
		}
	}
	return Role{Phases: phases, IsHook: true}
}

func roleOfHook(values []string) Role {
	var phases []string
	for _, v := range values {
		if slices.Contains(Phases, v) && !slices.Contains(phases, v) {
			phases = append(phases, v)
		}
	}
	return Role{Phases: phases, IsHook: true}
}

// WaveOf is the wave of o. What is not a number counts as 0, as Argo CD has it.
func WaveOf(o manifest.Object) int {
	v := o.Annotation(Wave)
	if v == "" {
		v = o.Annotation(HelmWeight)
	}
	wave, err := strconv.Atoi(v)
	if err != nil {
		return 0
	}
	return wave
}

// helmPolicies are Argo CD's names for Helm's delete policies.
var helmPolicies = map[string]string{
	"before-hook-creation": "BeforeHookCreation",
	"hook-succeeded":       "HookSucceeded",
	"hook-failed":          "HookFailed",
}

// DeletePolicies say when the hook o is deleted: Argo CD's annotation and Helm's
// together, and BeforeHookCreation where neither says anything.
func DeletePolicies(o manifest.Object) []string {
	var out []string
	add := func(policy string) {
		if policy != "" && !slices.Contains(out, policy) {
			out = append(out, policy)
		}
	}
	for _, item := range items(o.Annotation(DeletePolicy)) {
		if slices.Contains([]string{"BeforeHookCreation", "HookSucceeded", "HookFailed"}, item) {
			add(item)
		}
	}
	for _, item := range items(o.Annotation(HelmDeletePolicy)) {
		add(helmPolicies[item])
	}
	if len(out) == 0 {
		return []string{"BeforeHookCreation"}
	}
	return out
}

// items are the entries of a comma-separated annotation.
func items(v string) []string {
	var out []string
	for item := range strings.SplitSeq(v, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}
