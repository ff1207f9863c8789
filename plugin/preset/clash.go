package preset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// clashes reports the presets with a hook that an earlier one has too: one of the
// two would be lost, and with it perhaps the only backup of something. A hook of the
// policy itself settles it, because whoever wrote that meant it. Layers are what the
// presets of p have become, as far as they could.
func clashes(p policy.Policy, layers []policy.Policy) []diag.Problem {
	first := map[string]int{}
	var out []diag.Problem
	for i, layer := range layers {
		lost := map[int][]string{}
		for _, h := range layer.Hooks {
			earlier, seen := first[h.Name]
			switch {
			case h.Name == "": // the preset has a problem, which says more
			case slices.ContainsFunc(p.Hooks, func(own policy.Hook) bool { return own.Name == h.Name }):
			case !seen:
				first[h.Name] = i
			case earlier != i:
				lost[earlier] = append(lost[earlier], fmt.Sprintf("%q", h.Name))
			}
		}
		for earlier := range i {
			if names := lost[earlier]; len(names) > 0 {
				out = append(out, clash(p.Presets[i], earlier, names))
			}
		}
	}
	return out
}

func clash(use policy.PresetUse, earlier int, names []string) diag.Problem {
	p := use.At.Problemf("want hook names of its own, got %s, which presets[%d] has too", strings.Join(names, " and "), earlier)
	if use.Name != "" {
		return p.WithHint("give one of the two presets another name under with")
	}
	return p.WithHint("put an input of the preset into the names of its hooks; to replace a preset's hook, write it into the policy itself")
}
