package lint

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// saysOf is what an Application says to Argo CD: its spec, what it is called, the
// annotations that Argo CD and what belongs to it read, and what is done before it
// is deleted. Of an ApplicationSet it is the same, but for the directories of its
// generators: which of them it has is another question.
func saysOf(o manifest.Object) map[string]any {
	spec, _ := o.Get("spec")
	metadata := map[string]any{"annotations": argoAnnotations(o)}
	for _, key := range []string{"name", "namespace", "finalizers"} {
		metadata[key], _ = o.Get("metadata", key)
	}
	says := maps.Clone(mapping(spec))
	if generators, ok := says["generators"].([]any); ok {
		says["generators"] = withoutDirectories(generators)
	}
	return map[string]any{"metadata": metadata, "spec": says}
}

func argoAnnotations(o manifest.Object) map[string]any {
	all, _ := o.Get("metadata", "annotations")
	out := maps.Clone(mapping(all))
	maps.DeleteFunc(out, func(key string, _ any) bool {
		domain, _, _ := strings.Cut(key, "/")
		return domain != argoGroup && !strings.HasSuffix(domain, "."+argoGroup)
	})
	return out
}

func withoutDirectories(generators []any) []any {
	out := slices.Clone(generators)
	for i := range out {
		g := maps.Clone(mapping(out[i]))
		if git, ok := g["git"].(map[string]any); ok {
			git = maps.Clone(git)
			delete(git, "directories")
			g["git"], out[i] = git, g
		}
	}
	return out
}

// Differ names the fields in which what the Applications of a directory say
// differs, or the Applications that come or go where there are others.
func Differ(then, now []Destination) []string {
	before, after := byName(then), byName(now)
	if len(before) == 1 && len(after) == 1 {
		return fieldsOf(then[0].Says, now[0].Says, nil)
	}
	names := slices.AppendSeq(slices.Collect(maps.Keys(before)), maps.Keys(after))
	slices.Sort(names)
	var out []string
	for _, name := range slices.Compact(names) {
		was, had := before[name]
		is, has := after[name]
		switch {
		case !had:
			out = append(out, "Application "+name+" (added)")
		case !has:
			out = append(out, "Application "+name+" (removed)")
		default:
			for _, field := range fieldsOf(was, is, nil) {
				out = append(out, fmt.Sprintf("%s of %s", field, name))
			}
		}
	}
	return out
}

func byName(to []Destination) map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, d := range to {
		out[d.Name] = d.Says
	}
	return out
}

// fieldsOf are the paths of what differs: of mappings their fields, of anything
// else itself. A mapping that comes or goes is named itself where it has no field:
// an empty one may mean a lot.
func fieldsOf(then, now any, path []any) []string {
	before, was := then.(map[string]any)
	after, is := now.(map[string]any)
	var out []string
	if (was || then == nil) && (is || now == nil) {
		keys := slices.AppendSeq(slices.Collect(maps.Keys(before)), maps.Keys(after))
		slices.Sort(keys)
		for _, key := range slices.Compact(keys) {
			out = append(out, fieldsOf(before[key], after[key], along(path, key))...)
		}
	}
	if out == nil && (!was || !is) && !reflect.DeepEqual(then, now) {
		return []string{manifest.PathString(path...)}
	}
	return out
}
