package validate

import (
	"maps"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// identified wants what makes an object one: without a kind Argo CD gives up on
// the whole application, and without the rest on the sync.
func identified(o manifest.Object) []diag.Problem {
	if r := o.Ref(); r.Version != "" && r.Kind != "" && r.Name != "" {
		return nil
	}
	var out []diag.Problem
	for _, key := range []string{"apiVersion", "kind"} {
		if o.Text(key) == "" {
			out = append(out, at(o, key).Problemf("%srequired", prefix(o)))
		}
	}
	if name, _ := o.Get("metadata", "name"); name != nil && name != "" && o.Text("metadata", "name") == "" {
		out = append(out, at(o, "metadata", "name").Problemf("%swant text, got %s", prefix(o), kindOf(name)).WithHint("write it in quotes"))
	} else if o.Text("metadata", "name") == "" && o.Text("metadata", "generateName") == "" {
		out = append(out, at(o, "metadata", "name").Problemf("%srequired", prefix(o)))
	}
	return out
}

// prefix names an object as far as it has a name.
func prefix(o manifest.Object) string {
	switch r := o.Ref(); {
	case r.Name != "":
		return r.String() + ": "
	case r.Kind != "":
		return r.Kind + ": "
	}
	return ""
}

// textOnly wants text as the value of every annotation and label: Argo CD reads
// them to put its own beside them, and fails with the whole application. Null is the
// empty text as the value of a label: charts leave some empty, Argo CD does not look at
// labels unless it tracks by them, and the API server reads it so.
func textOnly(o manifest.Object) []diag.Problem {
	var out []diag.Problem
	for _, key := range []string{"annotations", "labels"} {
		if o.OnlyText("metadata", key) {
			continue
		}
		value, ok := o.Get("metadata", key)
		entries, isMap := value.(map[string]any)
		if ok && value != nil && !isMap {
			out = append(out, at(o, "metadata", key).Problemf("%swant a mapping, got %s", prefix(o), kindOf(value)))
		}
		for _, name := range slices.Sorted(maps.Keys(entries)) {
			if _, isText := entries[name].(string); !isText && (key != "labels" || entries[name] != nil) {
				out = append(out, at(o, "metadata", key, name).
					Problemf("%swant text, got %s", prefix(o), kindOf(entries[name])).WithHint("write it in quotes"))
			}
		}
	}
	return out
}

// kindOf names the kind of a value that is not what it should be.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		if v {
			return "true"
		}
		return "false"
	case string:
		return "text"
	case []any:
		return "a list"
	case map[string]any:
		return "a mapping"
	default:
		return "a number"
	}
}

// maxNames are the longest names of kinds whose pods carry them as a label, which
// ends at 63 characters; a CronJob appends 11 to make a Job of it.
var maxNames = map[string]int{"Job": 63, "CronJob": 52}

// shortJobName wants a name that the API accepts when it makes pods of it.
func shortJobName(o manifest.Object) []diag.Problem {
	r := o.Ref()
	longest, ok := maxNames[r.Kind]
	if !ok || r.Group != "batch" || len(r.Name) <= longest {
		return nil
	}
	return []diag.Problem{at(o, "metadata", "name").Problemf("%s: want at most %d characters, got %d", r, longest, len(r.Name))}
}

// hooks are the values that Argo CD knows.
var hooks = append(slices.Clone(argocd.Phases), "Skip")

// knownHook warns about an object that is never applied because its hook is
// spelled in a way that Argo CD does not know; it says nothing of it. Helm's
// annotation counts where Argo CD's own is not there. Helm's hooks that Argo CD
// never runs were meant so.
func knownHook(o manifest.Object) []diag.Problem {
	key, known, others := argocd.Hook, hooks, []string(nil)
	if o.Annotation(key) == "" {
		key, known, others = argocd.HelmHook, argocd.HelmHooks, argocd.OtherHelmHooks
	}
	value := o.Annotation(key)
	if value == "" {
		return nil
	}
	var out []diag.Problem
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); !slices.Contains(known, item) && !slices.Contains(others, item) {
			out = append(out, at(o, "metadata", "annotations", key).
				Warningf("%swant one of %s, got %q: Argo CD passes over it without a word", prefix(o), strings.Join(known, ", "), item))
		}
	}
	return out
}

// unique warns about objects with the same identity, whatever their version:
// Argo CD applies only the last.
func unique(objects []manifest.Object, namespace string) []diag.Problem {
	var out []diag.Problem
	last := make(map[manifest.Ref]int, len(objects))
	for i, o := range objects {
		id := o.Ref()
		id.Version = ""
		if id.Namespace == "" {
			id.Namespace = namespace // also of what is cluster-wide, which then all has it
		}
		if id.Name == "" {
			continue
		}
		if before, ok := last[id]; ok {
			out = append(out, o.Origin().Warningf("%s: also in %s: Argo CD applies only this one", o.Ref(), objects[before].Origin()))
		}
		last[id] = i
	}
	return out
}
