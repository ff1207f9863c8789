package runner_test

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/kubetest"
	"github.com/argocd-safesync/argocd-safesync/internal/runner"
)

// changedSpec is a hook that has something to do for each new digest.
func changedSpec(key, digest string) hookspec.Spec {
	return hookspec.Spec{
		Changed: &hookspec.Changed{Digest: digest, ConfigMap: "web-safesync-state", Key: key},
		Steps:   []hookspec.Step{{Name: "look", Kinds: hookspec.Kinds{Wait: &hookspec.Wait{Duration: hookspec.Duration(time.Millisecond)}}}},
	}
}

// TestAHookRunsOnlyWhenTheApplicationChanged: with the rules of the spec and no
// others, the runner makes its ConfigMap, reads it, and leaves alone what other
// hooks have in it.
func TestAHookRunsOnlyWhenTheApplicationChanged(t *testing.T) {
	s := kubetest.New(t, shared.Kube(t))
	s.Grant(t, "hook", changedSpec("smoke", "sha256:1").Rules(s.Namespace))

	code, words := outcome(t, s, "hook", changedSpec("smoke", "sha256:0123456789abcdef"))
	assert.Equal(t, code, runner.ExitDone)
	assert.Assert(t, strings.HasPrefix(words, "done: 1 of 1 steps in "), words)
	assert.DeepEqual(t, kept(t, s), map[string]string{"smoke": "sha256:0123456789abcdef"})

	code, words = outcome(t, s, "hook", changedSpec("smoke", "sha256:0123456789abcdef"))
	assert.Equal(t, code, runner.ExitDone)
	assert.Equal(t, words, "skipped: the application is what it was when this hook last succeeded (sha256:0123456789ab)")

	code, words = outcome(t, s, "hook", changedSpec("smoke", "sha256:2"))
	assert.Equal(t, code, runner.ExitDone, words)
	code, words = outcome(t, s, "hook", changedSpec("backup", "sha256:2"))
	assert.Equal(t, code, runner.ExitDone, words)
	assert.DeepEqual(t, kept(t, s), map[string]string{"smoke": "sha256:2", "backup": "sha256:2"})
}

// TestAHookThatMayNotReadItsStateStops: it would otherwise run in every sync and
// nobody would know why.
func TestAHookThatMayNotReadItsStateStops(t *testing.T) {
	s := kubetest.New(t, shared.Kube(t))
	s.Grant(t, "hook", nil)
	code, words := outcome(t, s, "hook", changedSpec("smoke", "sha256:1"))
	assert.Equal(t, code, runner.ExitDenied)
	assert.Equal(t, words, "permission refused: ConfigMap NS/web-safesync-state: forbidden: ServiceAccount NS/hook may not get configmaps in namespace NS (is the hook's Role bound to it?)")
}

// TestAHookThatCannotKeepItsStateSaysSo: its checks are good all the same.
func TestAHookThatCannotKeepItsStateSaysSo(t *testing.T) {
	s := kubetest.New(t, shared.Kube(t))
	rules := changedSpec("smoke", "").Rules(s.Namespace)
	rules[0].Verbs = []string{"get"}
	s.Grant(t, "hook", rules)
	code, words := outcome(t, s, "hook", changedSpec("smoke", "sha256:1"))
	assert.Equal(t, code, runner.ExitDone)
	warning := "warning: the next sync runs this hook again: ConfigMap NS/web-safesync-state: forbidden: ServiceAccount NS/hook may not patch configmaps in namespace NS (is the hook's Role bound to it?)"
	assert.Assert(t, strings.HasSuffix(words, warning), words)
}

// TestAHookWithoutAnAPIRunsAndSaysSo: not knowing what it last succeeded for is a
// reason to run.
func TestAHookWithoutAnAPIRunsAndSaysSo(t *testing.T) {
	report, err := runner.Run(t.Context(), changedSpec("smoke", "sha256:1"), runner.Env{
		Namespace: "shop", Kubeconfig: filepath.Join(t.TempDir(), "none"), Log: slog.New(slog.DiscardHandler),
	})
	assert.NilError(t, err)
	assert.Assert(t, strings.Contains(report.Conclusion(), "warning: the next sync runs this hook again: reach the Kubernetes API"), report.Conclusion())
}

func kept(t *testing.T, s *kubetest.Space) map[string]string {
	t.Helper()
	data, _, err := unstructured.NestedStringMap(s.Get(t, "v1", "ConfigMap", "web-safesync-state").Object, "data")
	assert.NilError(t, err)
	return data
}
