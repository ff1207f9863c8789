package inject_test

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/inject"
)

// TestNoJobIsAppliedLast: after the last wave Argo CD does not wait, and may take the
// Job of the sync before for the new one.
func TestNoJobIsAppliedLast(t *testing.T) {
	const (
		step   = ", steps: [{name: w, wait: 1s}]}\n"
		after  = "- {name: a, phase: PostSync" + step
		during = "- {name: a, phase: Sync, wave: 3" + step
		before = "- {name: a, phase: PreSync" + step
		gone   = "- {name: a, phase: PostDelete" + step
		thing  = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: thing\n"
		ofHook = "  annotations: {argocd.argoproj.io/hook: PostSync, argocd.argoproj.io/sync-wave: '2'}\n"
		ofApp  = "  annotations: {argocd.argoproj.io/sync-wave: '3'}\n"
	)
	job := strings.Replace(thing, "v1\nkind: ConfigMap", "batch/v1\nkind: Job", 1) + ofHook
	for name, tc := range map[string]struct{ hooks, record, objects, want string }{
		"a hook after the sync":               {after, "true", thing, "PostSync 1"},
		"a hook of a later wave":              {strings.Replace(after, "PostSync", "PostSync, wave: 7", 1), "true", thing, "PostSync 8"},
		"a hook during the sync":              {during, "true", thing, "Sync 4"},
		"a hook during the sync, with others": {during, "true", thing + ofApp, "Sync 4"},
		"a hook before it":                    {before, "true", "", ""},
		"a hook before nothing":               {before, "false", "", "PreSync 1"},
		"a hook long before nothing":          {strings.Replace(before, "PreSync", "PreSync, wave: -7", 1), "false", "", "PreSync -6"},
		"a hook after a deletion":             {gone, "true", thing, ""},
		"another hook comes last":             {after, "true", thing + ofHook, ""},
		"a Job of the application comes last": {before, "true", job, "PostSync 3"},
	} {
		t.Run(name, func(t *testing.T) {
			objects, err := manifest.Decode([]byte(tc.objects), "in.yaml")
			assert.NilError(t, err)
			text := "apiVersion: safesync/v1alpha1\nkind: Policy\nrecord: " + tc.record + "\nhooks:\n" + tc.hooks
			out, _, err := inject.All(objects, readPolicy(t, "safesync.yaml", []byte(text)), testEnv, nil)
			assert.NilError(t, err)
			got := ""
			for _, o := range out {
				if o.Ref().Name == "shop-safesync-last" {
					got += o.Annotation(argocd.Hook) + " " + o.Annotation(argocd.Wave)
				}
			}
			assert.Equal(t, got, tc.want)
		})
	}
}
