package argocd_test

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

func annotated(annotations map[string]any) manifest.Object {
	return manifest.New(map[string]any{
		"apiVersion": "batch/v1", "kind": "Job",
		"metadata": map[string]any{"name": "a", "annotations": annotations},
	}, diag.Pos{})
}

// TestRoleOf: the phases after an exclamation mark are those of a hook.
func TestRoleOf(t *testing.T) {
	for name, tc := range map[string]struct {
		annotations map[string]any
		want        string
	}{
		"none":                     {nil, "Sync"},
		"a hook":                   {map[string]any{argocd.Hook: "PreSync"}, "!PreSync"},
		"several, with space":      {map[string]any{argocd.Hook: "PostSync, PreSync,PreSync"}, "!PostSync,PreSync"},
		"case matters":             {map[string]any{argocd.Hook: "presync"}, "!"},
		"skip alone":               {map[string]any{argocd.Hook: "Skip"}, "!"},
		"skip beside a phase":      {map[string]any{argocd.Hook: "Skip,PreSync"}, "!PreSync"},
		"helm":                     {map[string]any{argocd.HelmHook: "pre-install,pre-upgrade"}, "!PreSync"},
		"helm after":               {map[string]any{argocd.HelmHook: "post-upgrade,pre-delete"}, "!PostSync,PreDelete"},
		"helm test is never run":   {map[string]any{argocd.HelmHook: "test"}, "!"},
		"helm crd-install is none": {map[string]any{argocd.HelmHook: "crd-install"}, "Sync"},
		"ours hides helm's":        {map[string]any{argocd.Hook: "PostSync", argocd.HelmHook: "pre-install"}, "!PostSync"},
	} {
		t.Run(name, func(t *testing.T) {
			role := argocd.RoleOf(annotated(tc.annotations))
			got := strings.Join(role.Phases, ",")
			if role.IsHook {
				got = "!" + got
			}
			assert.Equal(t, got, tc.want)
		})
	}
}

func TestWaveOf(t *testing.T) {
	for want, annotations := range map[int]map[string]any{
		0:  {argocd.Wave: "one"},
		-3: {argocd.Wave: "-3", argocd.HelmWeight: "5"},
		5:  {argocd.HelmWeight: "5"},
	} {
		assert.Equal(t, argocd.WaveOf(annotated(annotations)), want)
	}
}

func TestDeletePolicies(t *testing.T) {
	for want, annotations := range map[string]map[string]any{
		"BeforeHookCreation":               nil,
		"HookSucceeded":                    {argocd.DeletePolicy: "HookSucceeded, hooksucceeded"},
		"HookFailed,HookSucceeded":         {argocd.DeletePolicy: "HookFailed", argocd.HelmDeletePolicy: "hook-succeeded"},
		"BeforeHookCreation,HookSucceeded": {argocd.HelmDeletePolicy: "before-hook-creation,hook-succeeded"},
	} {
		assert.Equal(t, strings.Join(argocd.DeletePolicies(annotated(annotations)), ","), want)
	}
}
