package lint

import (
	"maps"
	"reflect"
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// unstableRender compares two renderings of the same files.
func unstableRender(app *App) []diag.Problem {
	if app.Again == nil {
		return nil
	}
	again := map[manifest.Ref]manifest.Object{}
	for _, o := range app.Again {
		again[o.Ref()] = o
	}
	var out []diag.Problem
	for _, o := range app.Rendered {
		other, ok := again[o.Ref()]
		if !ok {
			out = append(out, at(o, "metadata", "name").
				Warningf("%s: want the same name in every rendering, got it in one of two: whenever Argo CD renders anew, a sync makes another object and, with prune, deletes the last", called(o)).
				WithHint("give it a fixed name"))
			continue
		}
		if path, differ := firstDifference(o.Fields(), other.Fields(), nil); differ {
			out = append(out, at(o, path...).
				Warningf("%s: want the same value in every rendering, got two: whenever Argo CD renders anew, the application is OutOfSync, and a sync changes it", called(o)).
				WithHint("set the value, or take it from a Secret that is not rendered"))
		}
	}
	return out
}

// firstDifference is the first path, by the order of keys, at which two values
// differ.
func firstDifference(a, b any, path []any) (where []any, differ bool) {
	x, isMap := a.(map[string]any)
	y, isMapToo := b.(map[string]any)
	if isMap && isMapToo {
		keys := slices.AppendSeq(slices.Collect(maps.Keys(x)), maps.Keys(y))
		slices.Sort(keys)
		for _, key := range slices.Compact(keys) {
			if where, differ := firstDifference(x[key], y[key], along(path, key)); differ {
				return where, true
			}
		}
		return nil, false
	}
	v, isList := a.([]any)
	w, isListToo := b.([]any)
	if isList && isListToo && len(v) == len(w) {
		for i := range v {
			if where, differ := firstDifference(v[i], w[i], along(path, i)); differ {
				return where, true
			}
		}
		return nil, false
	}
	return path, !reflect.DeepEqual(a, b)
}
