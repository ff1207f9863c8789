package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// Left reports whether an Application of before had the directory as a source and
// none has it now. Where something new may make Applications that nobody but Argo
// CD knows, one of them may have it.
func (a Applications) Left(dir string, before Applications) bool {
	if len(before.Of(dir)) == 0 || len(a.Of(dir)) > 0 {
		return false
	}
	return !slices.ContainsFunc(a.unclear, func(u string) bool { return !slices.Contains(before.unclear, u) })
}

// PointedAtBy names the Applications that have the directory as a source whether it
// is there or not; what an ApplicationSet makes of directories ends with them.
func (a Applications) PointedAtBy(dir string) []string {
	var out []string
	for _, d := range a.to {
		if d.Dir == dir {
			out = append(out, d.Name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// isClear reports whether o says by itself which directories its Applications
// have.
func isClear(o manifest.Object) bool {
	if o.Ref().Is(argoGroup, "Application") {
		spec, _ := o.Get("spec")
		return !strings.Contains(fmt.Sprint(spec), "{{")
	}
	sets := templates(o)
	if len(sets) < len(listAt(o, "spec", "generators")) || len(sets) == 0 {
		return false
	}
	for _, text := range []string{sets[0].pattern.Dir, sets[0].pattern.Name, sets[0].pattern.Namespace} {
		if _, known := filledWith(text, anyDir); !known {
			return false
		}
	}
	return true
}

// anyDir has as many segments as a template may ask for.
const anyDir = "a/b/c/d/e/f/g/h"
