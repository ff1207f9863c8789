package lint

import (
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// moving are tags that their owners push again and again.
var moving = []string{"latest", "stable", "edge", "nightly", "main", "master", "dev"}

// imageTag: what a hook runs decides whether a sync goes on, so there it is a
// warning; for a workload it is worth knowing.
func imageTag(o manifest.Object) []diag.Problem {
	spec := podSpec(o)
	if spec == nil || len(argocd.RoleOf(o).Phases) == 0 {
		return nil
	}
	say := diag.Pos.Notef
	if runs(o) {
		say = diag.Pos.Warningf
	}
	var out []diag.Problem
	for _, c := range containers(o, spec, true) {
		image := textAt(c.fields, "image")
		tag, fixed := tagOf(image)
		switch {
		case image == "" || fixed:
		case tag == "":
			out = append(out, say(at(o, along(c.path, "image")...),
				"%s: want a tag or a digest, got %q: it is latest, which is another image tomorrow", called(o), image))
		case slices.Contains(moving, tag):
			out = append(out, say(at(o, along(c.path, "image")...),
				"%s: want a tag that stays, or a digest, got %q: it is another image tomorrow", called(o), image))
		}
	}
	return out
}

// tagOf is the tag of an image, which may have a port in its host; fixed says
// that a digest makes the tag irrelevant.
func tagOf(image string) (tag string, fixed bool) {
	if strings.Contains(image, "@") {
		return "", true
	}
	name := image[strings.LastIndexByte(image, '/')+1:]
	_, tag, _ = strings.Cut(name, ":")
	return tag, false
}
