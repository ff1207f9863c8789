package plugin

import (
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/render"
)

// nothingToWaitFor finds hooks that wait for a workload of an application whose
// directory is rendered and has nothing in it any more: the hooks keep it from
// being empty. Beside other objects the workload may be an operator's, or that of
// another source.
func nothingToWaitFor(own policy.Policy, objects []manifest.Object) []diag.Problem {
	if len(objects) > 0 || own.Source != nil && own.Source.Type == render.TypeNone {
		return nil
	}
	var out []diag.Problem
	for _, h := range own.Hooks {
		for _, s := range h.Steps {
			if s.Rollout == nil {
				continue
			}
			out = append(out, h.At.Warningf("want %s %s among the objects, got none at all: Argo CD prunes what the application had, and the hook waits until it gives up", s.Rollout.Kind, s.Rollout.Name).
				WithHint("if another source of the application has it, write source: {type: none}"))
		}
	}
	return out
}
