package lint

import (
	"maps"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// off are what operators call the annotation that switches an object off, after
// their domain, and the value that does.
var off = map[string]string{"hibernation": "on", "reconciliationLoop": "disabled"}

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
		if argocd.RoleOf(o).IsHook {
			continue
		}
		key := switchedOff(o)
		if key == "" {
			continue
		}
		out = append(out, at(o, "metadata", "annotations", key).
			Warningf("%s: want no PostSync hook beside an object that is switched off (%s), got %s: Argo CD waits for the object to be healthy before it runs the hook, and so for ever", called(o), o.Annotation(key), app.Objects[i].Ref()).
			WithHint("leave the hook out as long as the object sleeps"))
	}
	return out
}

// switchedOff is the annotation that switches o off; "" if none does.
func switchedOff(o manifest.Object) string {
	value, _ := o.Get("metadata", "annotations")
	annotations := mapping(value)
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		_, name, _ := strings.Cut(key, "/")
		if want := off[name]; want != "" && annotations[key] == want {
			return key
		}
	}
	return ""
}
