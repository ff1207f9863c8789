package lint

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// PluginName is what plugin.yaml calls the plugin.
const PluginName = "safesync"

// NamesPlugin reports whether Argo CD takes a name for the plugin: of one that has a
// version in its plugin.yaml, that stands behind it.
func NamesPlugin(name string) bool {
	return name == PluginName || strings.HasPrefix(name, PluginName+"-")
}

// tools are the keys of a source that say what renders it, unless there is nothing
// in them. Argo CD refuses two of them, asks for no plugin with one of the others,
// and goes by what is in the directory with none.
var tools = []string{"plugin", "kustomize", "helm", "directory"}

// overrides are files in which Argo CD looks for another source, besides the one
// that has the Application's name.
const overrides = ".argocd-source"

// pluginName: a policy does nothing where the Application has something else
// render its directory, and nothing is said when Argo CD does not find a plugin
// that it has to find by itself.
func pluginName(app *App) []diag.Problem {
	if app.Read == nil {
		return nil
	}
	var out []diag.Problem
	for _, to := range app.To {
		p, wrong := to.asksAnother()
		if !wrong || app.overridden(to.Name) {
			continue
		}
		out = append(out, app.elsewhere(to, p))
	}
	return out
}

// elsewhere places a finding about an Application, which is an object of another
// file, and perhaps of another application.
func (app *App) elsewhere(to Destination, p diag.Problem) diag.Problem {
	other := App{Read: app.Read, Objects: []manifest.Object{to.object}}
	return other.placed(p)
}

// overridden reports whether a file beside the manifests may give the Application
// another source.
func (app *App) overridden(name string) bool {
	return slices.ContainsFunc([]string{overrides + ".yaml", overrides + "-" + name + ".yaml"}, func(file string) bool {
		return len(app.Read(path.Join(app.Dir, file))) > 0
	})
}

// asksAnother is what is wrong with the tool that renders a source.
func (d Destination) asksAnother() (p diag.Problem, wrong bool) {
	given := slices.DeleteFunc(slices.Clone(tools), func(tool string) bool {
		value := d.source[tool]
		return value == nil || tool != "plugin" && isZero(value)
	})
	path, got, hint := d.at, "", "write plugin: {name: "+PluginName+"}"
	switch name := textAt(d.source["plugin"], "name"); {
	case len(given) == 0:
		got = "none: Argo CD finds it by the policy, but when that fails it renders " + d.Dir + " without hooks"
	case len(given) > 1:
		path = along(path, given[1])
		got = strings.Join(given, " and ") + ": Argo CD refuses more than one of them"
		hint = "what " + given[1] + " says goes under source in the policy"
	case given[0] != "plugin":
		path = along(path, given[0])
		got = given[0] + ": Argo CD never looks at the policy of " + d.Dir
		hint += "; what " + given[0] + " says goes under source in the policy"
	case name != "" && !NamesPlugin(name):
		path = along(path, "plugin", "name")
		got = fmt.Sprintf("%q: Argo CD never looks at the policy of %s", name, d.Dir)
	default:
		return p, false
	}
	p = at(d.object, path...).Warningf("%s: want the plugin %s, got %s", called(d.object), PluginName, got)
	return p.WithHint("%s", hint), true
}

// isZero reports whether a mapping asks for nothing: Argo CD takes an empty helm,
// kustomize or directory away before it looks at a source.
func isZero(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		for _, field := range v {
			if !isZero(field) {
				return false
			}
		}
		return true
	case []any:
		return len(v) == 0
	}
	return value == nil || value == false || value == "" || value == int64(0)
}
