package inject

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// charts returns the objects with the Helm parameters that the policies of
// Applications give to charts which are another source of the same Application.
// What such a chart renders is not seen here, so that nothing else can reach it.
func charts(objects []manifest.Object, apps applications, said *diag.List) []manifest.Object {
	if len(apps.children) == 0 {
		return objects
	}
	out := slices.Clone(objects)
	for i := range out {
		spec := specPath(out[i])
		for _, child := range apps.policies(out[i], spec) {
			for _, c := range child.Charts {
				for _, source := range sources(out[i], spec) {
					if out[i].Text(along(source, "chart")...) == c.Name {
						out[i] = parameters(out[i], source, c, said)
					}
				}
			}
		}
	}
	return out
}

// parameters adds what c gives to helm.parameters of one source, by name. What
// the Application says itself counts more.
func parameters(o manifest.Object, source []any, c policy.Chart, said *diag.List) manifest.Object {
	if why := conflict(o, source, c.Unless); why != "" {
		said.Add(o.Origin().Warningf("%s: gets none of the parameters for chart %s that %s asks for, because %s", o.Ref(), c.Name, c.At, why))
		return o
	}
	at := along(source, "helm", "parameters")
	list := slices.Clone(listAt(o, at...))
	before := len(list)
	for _, name := range slices.Sorted(maps.Keys(c.Parameters)) {
		p, ok := parameter(name, c.Parameters[name])
		if !ok {
			said.Add(under(c.At, "parameters."+name).Problemf("want text, a whole number, true or false, got %s", shown(c.Parameters[name])).
				WithHint("a Helm parameter is one value: write a line for each"))
			continue
		}
		if own, ok := ownValue(o, source, name); ok {
			if own != p["value"] {
				pos := o.Origin()
				pos.Path = manifest.PathString(at...)
				said.Add(pos.Warningf("%s: %s is %s here and stays so; %s asks for %s", o.Ref(), name, own, c.At, p["value"]))
			}
			continue
		}
		list = append(list, p)
	}
	if len(list) == before {
		return o
	}
	e := edit{object: o, said: said}
	e.set(list, at...)
	return e.object
}

// conflict names a value of the Application's own beside which the parameters
// make no sense; "" if there is none.
func conflict(o manifest.Object, source []any, unless map[string]any) string {
	for _, name := range slices.Sorted(maps.Keys(unless)) {
		own, given := ownValue(o, source, name)
		if !given {
			continue
		}
		others, isList := unless[name].([]any)
		if !isList {
			others = []any{unless[name]}
		}
		for _, other := range others {
			if own == shown(other) {
				return name + " is " + own
			}
		}
	}
	return ""
}

// parameter is an entry of helm.parameters. Helm reads the text of a value as
// --set does, where a text that looks like a number must be marked as text, and
// nothing can say a fraction.
func parameter(name string, value any) (map[string]any, bool) {
	out := map[string]any{"name": name}
	switch v := value.(type) {
	case string:
		out["value"] = v
		if readsAsOther(v) {
			out["forceString"] = true
		}
	case float64:
		if v != math.Trunc(v) {
			return nil, false
		}
		out["value"] = strconv.FormatFloat(v, 'f', -1, 64)
	case bool, int, int64:
		out["value"] = fmt.Sprint(v)
	default:
		return nil, false
	}
	return out, true
}

// readsAsOther reports whether Helm's --set takes text for something else.
func readsAsOther(text string) bool {
	switch strings.ToLower(text) {
	case "true", "false", "null":
		return true
	}
	_, err := strconv.ParseInt(text, 10, 64)
	return err == nil
}

// ownValue is what the Application itself says about a value of its chart: in
// its parameters, else in its values, where an object counts more than text.
func ownValue(o manifest.Object, source []any, name string) (string, bool) {
	for _, p := range listAt(o, along(source, "helm", "parameters")...) {
		if m, ok := p.(map[string]any); ok && m["name"] == name {
			return shown(m["value"]), true
		}
	}
	values := mapAt(o, along(source, "helm", "valuesObject")...)
	if values == nil {
		// Text that is no mapping, such as a template, says nothing here.
		_ = yaml.Unmarshal([]byte(o.Text(along(source, "helm", "values")...)), &values)
	}
	return valueAt(values, name)
}

// valueAt follows a path as --set writes it: a dot in a key stands behind a
// backslash. Lists are not followed.
func valueAt(values map[string]any, name string) (string, bool) {
	const dot = "\x00"
	var v any = values
	for key := range strings.SplitSeq(strings.ReplaceAll(name, `\.`, dot), ".") {
		m, _ := v.(map[string]any)
		var ok bool
		if v, ok = m[strings.ReplaceAll(key, dot, ".")]; !ok {
			return "", false
		}
	}
	return shown(v), v != nil
}
