package plugin

import (
	"path"
	"slices"
	"strings"
)

// variables are what a renderer sees of the environment: RenderEnv, and in it what
// the request says of the application under the names that Argo CD has for it. So
// an application renders to the same wherever its name comes from. Two stay as they
// are: what the request does not say, and a path of the source, because Argo CD
// gives it as it is written and App has neither links nor dots.
func (req Request) variables() []string {
	out := slices.Clone(req.RenderEnv)
	set := func(name, value string) {
		if value == "" {
			return
		}
		out = slices.DeleteFunc(out, func(v string) bool { return strings.HasPrefix(v, name+"=") })
		out = append(out, name+"="+value)
	}
	set("ARGOCD_APP_NAME", req.Env.App)
	set("ARGOCD_APP_NAMESPACE", req.Env.Namespace)
	set("ARGOCD_APP_REVISION", req.Env.Revision)
	set("ARGOCD_APP_REVISION_SHORT", first(req.Env.Revision, 7))
	set("ARGOCD_APP_REVISION_SHORT_8", first(req.Env.Revision, 8))
	set("ARGOCD_APP_SOURCE_REPO_URL", req.Env.RepoURL)
	const source = "ARGOCD_APP_SOURCE_PATH"
	if !slices.ContainsFunc(out, func(v string) bool { return strings.HasPrefix(v, source+"=") }) {
		set(source, path.Join(req.Part, req.App))
	}
	slices.Sort(out)
	return out
}

// first are the first n bytes of a text, or all of it.
func first(text string, n int) string { return text[:min(n, len(text))] }
