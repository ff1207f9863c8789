package lint

import (
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// hibernated: Argo CD waits before the next phase for everything that has a
// health, and an object that is switched off is Suspended, which is never
// Healthy.
func hibernated(app *App) []diag.Problem {
	i := slices.IndexFunc(app.Objects, func(o manifest.Object) bool {
		return slices.Contains(argocd.RoleOf(o).Phases, "PostSync")
	})
	if i < 0 {
		return nil
	}
	var out []diag.Problem
	for _, o := range app.Objects {
		path, value := argocd.SwitchedOff(o)
		if len(path) == 0 {
			continue
		}
		out = append(out, at(o, path...).
			Warningf("%s: want no PostSync hook beside an object that is switched off (%s), got %s: Argo CD waits for the object to be healthy before it runs the hook, and so for ever", called(o), value, app.Objects[i].Ref()).
			WithHint("leave the hook out as long as the object sleeps"))
	}
	return out
}
