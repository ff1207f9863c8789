package lint

import (
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// argoGroup is the API group of Applications; another group has some too.
const argoGroup = "argoproj.io"

// applicationSpec is where o keeps the spec of an Application; nil if it has
// none. An ApplicationSet has a syncPolicy of its own, which means something
// else.
func applicationSpec(o manifest.Object) []any {
	r := o.Ref()
	switch {
	case r.Is(argoGroup, "Application"):
		return []any{"spec"}
	case r.Is(argoGroup, "ApplicationSet"):
		return []any{"spec", "template", "spec"}
	}
	return nil
}

// retryLimit: a retry without a limit does not mean the default, and one below 0
// never ends. A limit of 0 was meant.
func retryLimit(o manifest.Object) []diag.Problem {
	spec := applicationSpec(o)
	if spec == nil {
		return nil
	}
	path := along(spec, "syncPolicy", "retry")
	value, _ := o.Get(path...)
	retry, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	limit, given := retry["limit"].(int64)
	switch {
	case retry["limit"] == nil:
		return []diag.Problem{at(o, path...).
			Warningf("%s: want a limit, got none: Argo CD reads it as 0, and so never tries again", called(o)).
			WithHint("write a limit, such as 5; without any retry at all an automatic sync has 5")}
	case given && limit < 0:
		return []diag.Problem{at(o, along(path, "limit")...).
			Warningf("%s: want a limit that ends, got %d: each try begins with the PreSync hooks, such as a backup", called(o), limit).
			WithHint("write a limit, such as 5")}
	}
	return nil
}
