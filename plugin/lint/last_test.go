package lint_test

import (
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
)

// TestTheLastHookIsNamedWhereTheNextSyncFindsItsJob says which hooks of an
// application that has a Service are named.
func TestTheLastHookIsNamedWhereTheNextSyncFindsItsJob(t *testing.T) {
	const (
		job  = "apiVersion: batch/v1\nkind: Job\nspec: {activeDeadlineSeconds: 60}\nmetadata:\n  name: a\n  annotations:\n"
		pod  = "apiVersion: v1\nkind: Pod\nspec: {activeDeadlineSeconds: 60}\nmetadata:\n  name: b\n  annotations:\n"
		data = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  annotations:\n"
		post = "    argocd.argoproj.io/hook: PostSync\n"
		gone = "    argocd.argoproj.io/hook-delete-policy: BeforeHookCreation,HookSucceeded\n"
		next = "    argocd.argoproj.io/sync-wave: \"1\"\n"
		sep  = "---\n"
	)
	for name, c := range map[string]struct{ objects, want string }{
		"a Job":                       {job + post, "Job a"},
		"a Pod":                       {pod + post, "Pod b"},
		"both":                        {job + post + sep + pod + post, "Job a, Pod b"},
		"one after the other":         {job + post + sep + pod + post + next, "Pod b"},
		"in two phases":               {job + "    argocd.argoproj.io/hook: PreSync,PostSync\n", "Job a"},
		"during the sync":             {job + "    argocd.argoproj.io/hook: Sync\n" + next, "Job a"},
		"of Helm":                     {job + "    helm.sh/hook: post-upgrade\n", "Job a"},
		"deleted at the end":          {job + post + gone, ""},
		"of Helm, deleted at the end": {job + "    helm.sh/hook: post-upgrade\n    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded\n", ""},
		"another object comes after":  {job + post + sep + data + post + next, ""},
		"before the sync":             {job + "    argocd.argoproj.io/hook: PreSync\n" + next, ""},
		"before what is synced":       {job + "    argocd.argoproj.io/hook: Sync\n    argocd.argoproj.io/sync-wave: \"-1\"\n", ""},
		"when the sync has failed":    {job + "    argocd.argoproj.io/hook: SyncFail\n", ""},
		"when all is deleted":         {job + "    argocd.argoproj.io/hook: PostDelete\n", ""},
		"a Job that is no hook":       {job + next, ""},
	} {
		t.Run(name, func(t *testing.T) {
			app := lint.App{Dir: "a", Objects: decode(t, "a.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n---\n"+c.objects)}
			got := ""
			for _, f := range lint.Judge(app, nil) {
				assert.Equal(t, f.Rule, "last-wave", f.Msg)
				if got != "" {
					got += ", "
				}
				got += f.Msg[:5]
			}
			assert.Equal(t, got, c.want)
		})
	}
}

// TestAHookBeforeTheSyncIsNotTheLast where the objects come from another source.
func TestAHookBeforeTheSyncIsNotTheLast(t *testing.T) {
	text := "apiVersion: batch/v1\nkind: Job\nspec: {activeDeadlineSeconds: 60}\nmetadata: {name: a, annotations: {argocd.argoproj.io/hook: PreSync}}\n"
	assert.Equal(t, len(lint.Judge(lint.App{Dir: "a", Objects: decode(t, "a.yaml", text)}, nil)), 0)
}
