package kube_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/kubetest"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

// TestRolled puts the objects of each testdata/rollout/*.yaml on the API server,
// as controllers would leave them, and asks about the first one. The file's .txt
// is the answer.
func TestRolled(t *testing.T) {
	files, err := filepath.Glob("testdata/rollout/*.yaml")
	assert.NilError(t, err)
	assert.Assert(t, len(files) > 0)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			s, c := space(t)
			text, err := os.ReadFile(file)
			assert.NilError(t, err)
			kind := putWorkload(t, s, string(text))
			got := answerOf(t.Context(), kube.Rolled(c, hookspec.Rollout{Kind: kind, Name: "web"}))
			golden.Assert(t, strings.ReplaceAll(got, s.Namespace, "NS")+"\n", "rollout/"+name+".txt")
		})
	}
}

// uidOf stands for the UID of an object that came before.
var uidOf = regexp.MustCompile(`UID-OF-[a-z0-9-]+`)

// putWorkload creates the objects of stream and returns the first one's kind.
// Those with the finalizer of a test are deleted and so terminate for ever.
func putWorkload(t *testing.T, s *kubetest.Space, stream string) (kind string) {
	t.Helper()
	uids := map[string]string{}
	for doc := range strings.SplitSeq(stream, "\n---\n") {
		doc = uidOf.ReplaceAllStringFunc(doc, func(ref string) string { return uids[strings.TrimPrefix(ref, "UID-OF-")] })
		obj := s.Put(t, doc)
		uids[obj.GetName()] = string(obj.GetUID())
		if kind == "" {
			kind = obj.GetKind()
		}
		if len(obj.GetFinalizers()) > 0 {
			assert.NilError(t, s.At(obj.GetAPIVersion(), obj.GetKind()).Delete(t.Context(), obj.GetName(), deleteNow))
		}
	}
	return kind
}

func TestRolloutOfNothing(t *testing.T) {
	s, c := space(t)
	got := answerOf(t.Context(), kube.Rolled(c, hookspec.Rollout{Kind: "Deployment", Name: "web"}))
	assert.Equal(t, strings.ReplaceAll(got, s.Namespace, "NS"), "not yet: Deployment NS/web does not exist")
}
