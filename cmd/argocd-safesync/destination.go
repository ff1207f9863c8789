package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/plugin"
	"github.com/argocd-safesync/argocd-safesync/plugin/inject"
	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
	"github.com/argocd-safesync/argocd-safesync/plugin/plan"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// fromApplications is what the help of a command says that settles an
// application.
const fromApplications = `What neither a flag nor a variable says of name, namespace and plugin parameters comes from the Application in the same
repository that has DIR as its source, or from an ApplicationSet of its directories. With --app-name and --namespace none is looked for.

` + fromOthers

// fromOthers is what the help of a command says of Applications whose source is
// another repository.
const fromOthers = `An Application whose source is another repository says nothing of the directories of this one, whose URL is --repo-url,
or else that of the git remote origin. Where no Application has the URL of origin, every source counts.`

// applications are the Applications of the repository. With the URL of this
// repository, where those of others put their directories says nothing.
func (o *options) applications(s *scan, req plugin.Request) (lint.Applications, error) {
	all, err := s.applications(req.Repo)
	if o.repoURL != "" {
		return all.From(isRepository(o.repoURL)), err
	}
	// A clone of a mirror has an origin that no Application names.
	if ours := isRepository(originOf(s.ctx, req.RepoDir)); all.Any(ours) {
		return all.From(ours), err
	}
	return all, err
}

// isRepository says of a URL whether it names the same repository as another one,
// which is "" where it is not known.
func isRepository(as string) func(url string) bool {
	return func(url string) bool { return as != "" && inject.SameRepository(url, as) }
}

// named gives req the name, the namespace, the plugin parameters and the variables
// that its Applications give to it: the name of one Application, its parameters and
// its variables, unless there are some already, and the namespace that all of them
// have. Without a name it is that of the directory.
func named(req plugin.Request, to []lint.Destination) plugin.Request {
	req.Env.App = filepath.Base(filepath.Join(req.RepoDir, filepath.FromSlash(req.App)))
	if len(to) == 1 {
		req.Env.App = to[0].Name
		req.RenderEnv = withVariables(req.RenderEnv, to[0])
		if req.Parameters == nil {
			req.Parameters = parametersOf(to[0])
		}
	}
	req.Env.Namespace = lint.NamespaceOf(to)
	return req
}

// withVariables adds to env what an Application says and Argo CD gives as
// variables, as far as env has none and it is known.
func withVariables(env []string, to lint.Destination) []string {
	env = slices.Clone(env)
	for _, variable := range [][2]string{
		{"ARGOCD_APP_PROJECT_NAME", to.Project},
		{"ARGOCD_APP_SOURCE_REPO_URL", to.RepoURL},
		{"ARGOCD_APP_SOURCE_TARGET_REVISION", to.Revision},
	} {
		name, value := variable[0]+"=", variable[1]
		has := slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, name) })
		if !has && value != "" && !strings.Contains(value, "{{") {
			env = append(env, name+value)
		}
	}
	return env
}

// parametersOf are the plugin parameters of an Application as Argo CD hands them
// over. Of those that are another plugin's, or that Kubernetes would not take,
// there are none.
func parametersOf(to lint.Destination) []policy.Parameter {
	if name, named := to.Plugin["name"].(string); named && !lint.NamesPlugin(name) {
		return nil
	}
	text, err := json.Marshal(to.Plugin["parameters"])
	if err != nil {
		return nil
	}
	out, err := policy.ParseParameters(string(text))
	if err != nil {
		return nil
	}
	return out
}

// settle fills in what Argo CD would know of the application and neither the
// command line nor the environment says, from the Applications of the
// repository. Too large a repository says nothing.
func (o *options) settle(ctx context.Context, std cli.IO, req plugin.Request) (plugin.Request, error) {
	if req.Rendered != nil || o.appName != "" && o.namespace != "" {
		return req, nil
	}
	s := newScan(ctx, std)
	defer s.done()
	all, err := o.applications(s, req)
	if _, tooMany := errors.AsType[errTooMany](err); err != nil && !tooMany {
		return req, err
	}
	to := all.Of(req.App)
	o.own = ownRetry(req, to)
	if len(to) == 0 && o.now.App != "" {
		req.Env.App, req.Env.Namespace = o.now.App, o.now.Namespace
		return req, nil
	}
	req = named(req, to)
	req.Env.App = cmp.Or(o.appName, req.Env.App)
	req.Env.Namespace = cmp.Or(o.namespace, req.Env.Namespace)
	return req, nil
}

// ownRetry is the retry of the one Application of a directory, unless a directory
// above its file has a policy: what that renders gets the policy's.
func ownRetry(req plugin.Request, to []lint.Destination) *plan.Retry {
	if len(to) != 1 || to[0].At.File == "" {
		return nil
	}
	for dir := to[0].At.File; dir != "."; {
		dir = path.Dir(dir)
		if _, err := fs.Stat(req.Repo, path.Join(dir, policy.FileName)); err == nil {
			return nil
		}
	}
	return plugin.RetryOf(to[0].At.File, to[0].Retry)
}

// isNamespace reports whether Kubernetes would take the name for a namespace.
func isNamespace(name string) bool {
	odd := func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') }
	return len(name) <= 63 && strings.Trim(name, "-") == name && !strings.ContainsFunc(name, odd)
}
