package inject

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

const runChanged = "Changed"

// changedOnly says whether hooks want to know what the application renders to,
// and refuses the ones that cannot make use of it.
func changedOnly(hooks []policy.Hook, said *diag.List) bool {
	for _, h := range hooks {
		if h.Run == runChanged && h.Container != nil {
			said.Add(under(h.At, "run").Problemf("want steps beside run: Changed, got a container: only the runner remembers what it succeeded for"))
		}
	}
	return slices.ContainsFunc(hooks, func(h policy.Hook) bool { return h.Run == runChanged })
}

// digestOf tells two states of an application apart: the objects that make it
// up, without hooks, and the policy as its author wrote it.
func digestOf(objects []manifest.Object, env Env, said *diag.List) string {
	parts := slices.DeleteFunc(slices.Clone(objects), func(o manifest.Object) bool { return argocd.RoleOf(o).IsHook })
	sum := sha256.New()
	if err := manifest.Encode(sum, parts); err != nil {
		said.Add(diag.Pos{}.Problemf("want objects that can be written: %v", err))
	}
	_, _ = io.WriteString(sum, env.Record) // a hash takes everything
	return "sha256:" + hex.EncodeToString(sum.Sum(nil))
}
