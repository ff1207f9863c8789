package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/plugin"
	"github.com/argocd-safesync/argocd-safesync/plugin/inject"
	"github.com/argocd-safesync/argocd-safesync/plugin/plan"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// defaultRunnerImage is what hook Jobs run unless the sidecar's configuration or
// the policy says otherwise. It is a constant and not the program's own version,
// so that an upgrade changes no application by itself.
const defaultRunnerImage = "ghcr.io/argocd-safesync/argocd-safesync:v0.1.0"

// configFile is where the sidecar's configuration is mounted.
const configFile = "/etc/safesync/config.yaml"

// options are the flags of every command that reads an application. Each has a
// variable; what Argo CD sets counts where neither is given.
type options struct {
	policy, repoRoot, config     string
	appName, namespace, revision string
	repoURL, parameters          string
	runnerImage, kubeVersion     string
	cacheDir                     string
	apiVersions                  []string
	timeout                      time.Duration
	flags                        *pflag.FlagSet
	// now is what is known of the application at the newest revision, and counts
	// for an older one that says nothing.
	now inject.Env
	// own is the retry that the Application has of its own, once it is looked for;
	// nil where it has none, or the policy's counts.
	own *plan.Retry
}

func (o *options) bind(f *pflag.FlagSet) {
	o.flags = f
	f.StringVar(&o.policy, "policy", "", "policy `file`, instead of safesync.yaml in DIR")
	f.StringVar(&o.repoRoot, "repo-root", "", "root `directory` of the repository; nothing outside it is read")
	f.StringVar(&o.config, "config", configFile, "the sidecar's own configuration `file`")
	f.StringVar(&o.appName, "app-name", "", "`name` of the Application (ARGOCD_APP_NAME)")
	f.StringVar(&o.namespace, "namespace", "", "destination `namespace` (ARGOCD_APP_NAMESPACE)")
	f.StringVar(&o.revision, "revision", "", "`revision` that is synced (ARGOCD_APP_REVISION)")
	f.StringVar(&o.repoURL, "repo-url", "", "`URL` of the repository (ARGOCD_APP_SOURCE_REPO_URL)")
	f.StringVar(&o.parameters, "parameters", "", "plugin parameters as `JSON` (ARGOCD_APP_PARAMETERS)")
	f.StringVar(&o.runnerImage, "runner-image", defaultRunnerImage, "`image` of hook Jobs")
	f.StringVar(&o.kubeVersion, "kube-version", "", "Kubernetes `version` of the cluster (KUBE_VERSION)")
	f.StringSliceVar(&o.apiVersions, "api-versions", nil, "API `versions` of the cluster (KUBE_API_VERSIONS)")
	f.StringVar(&o.cacheDir, "cache-dir", "", "`directory` for charts that others depend on; without it, one in the user's cache")
	f.DurationVar(&o.timeout, "timeout", defaultTimeout, "give up after this `duration`")
	f.VisitAll(func(flag *pflag.Flag) { cli.Variables(f, flag.Name, variables(flag.Name)...) })
}

// argocdVariables are what Argo CD calls the value of a flag.
var argocdVariables = map[string]string{
	"app-name":     "ARGOCD_APP_NAME",
	"namespace":    "ARGOCD_APP_NAMESPACE",
	"revision":     "ARGOCD_APP_REVISION",
	"repo-url":     "ARGOCD_APP_SOURCE_REPO_URL",
	"parameters":   "ARGOCD_APP_PARAMETERS",
	"kube-version": "KUBE_VERSION",
	"api-versions": "KUBE_API_VERSIONS",
}

// operatorsOnly are the flags that an Application's plugin environment
// (ARGOCD_ENV_…) must not set: they belong to whoever runs the sidecar.
var operatorsOnly = []string{"config", "cache-dir", "repo-root", "runner-image", "timeout"}

// variables are the names under which the environment may hold a flag's value,
// strongest first: an Application's own plugin environment, then the sidecar's,
// then what Argo CD knows.
func variables(flag string) []string {
	own := cli.EnvName(flag)
	var out []string
	if !slices.Contains(operatorsOnly, flag) {
		out = append(out, "ARGOCD_ENV_"+own)
	}
	out = append(out, own)
	if name := argocdVariables[flag]; name != "" {
		out = append(out, name)
	}
	return out
}

// request turns the options into what the pipeline takes. The returned function
// closes the repository.
func (o *options) request(std cli.IO, dir string) (plugin.Request, func(), error) {
	none := func() {}
	if o.timeout <= 0 {
		return plugin.Request{}, none, cli.Usagef("--timeout: want more than 0s, got %s", o.timeout)
	}
	if o.namespace != "" && !isNamespace(o.namespace) {
		return plugin.Request{}, none, cli.Usagef("--namespace: want the name of a namespace, got %q", o.namespace)
	}
	params, err := policy.ParseParameters(o.parameters)
	if err != nil {
		return plugin.Request{}, none, cli.Usagef("ARGOCD_APP_PARAMETERS: %w", err)
	}
	config, err := o.readConfig()
	if err != nil {
		return plugin.Request{}, none, err
	}
	if config.Timeout != 0 && !o.flags.Changed("timeout") {
		o.timeout = config.Timeout.Std()
	}
	req := plugin.Request{
		Parameters: params, Config: config, RenderEnv: renderEnv(std.Env),
		KubeVersion: o.kubeVersion, APIVersions: o.apiVersions, CacheDir: o.cache(),
		MemoryLimits: func() []string { return memoryLimits(memoryFiles) },
	}
	if dir == "-" {
		req.Rendered, dir = std.Stdin, "."
	}
	closeRepo, err := o.locate(&req, std, dir)
	if err != nil {
		return plugin.Request{}, none, err
	}
	req = named(req, nil)
	req.Env = inject.Env{
		App: cmp.Or(o.appName, req.Env.App), Namespace: o.namespace, Revision: o.revision,
		RepoURL: o.repoURL, RunnerImage: o.runnerImage,
	}
	if config.RunnerImage != "" && !o.flags.Changed("runner-image") {
		req.Env.RunnerImage = config.RunnerImage
	}
	req.Programs, err = programs()
	return req, closeRepo, err
}

func (o *options) readConfig() (policy.Config, error) {
	f, err := os.Open(o.config)
	if errors.Is(err, fs.ErrNotExist) && !o.flags.Changed("config") {
		return policy.Config{}, nil
	}
	if err != nil {
		return policy.Config{}, fmt.Errorf("read the sidecar's configuration: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 1<<20+1))
	if err != nil {
		return policy.Config{}, fmt.Errorf("read the sidecar's configuration: %w", err)
	}
	return policy.ParseConfig(o.config, data)
}

// cache is the directory for what is downloaded; "" if there is no place for it.
func (o *options) cache() string {
	if o.cacheDir != "" {
		return o.cacheDir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "argocd-safesync")
}

// renderEnv is what a renderer may see of the environment: what Argo CD says
// about the application and how other hosts are reached, and nothing else.
func renderEnv(env func(string) (string, bool)) []string {
	names := []string{
		"ARGOCD_APP_NAME", "ARGOCD_APP_NAMESPACE", "ARGOCD_APP_PROJECT_NAME", "ARGOCD_APP_REVISION",
		"ARGOCD_APP_REVISION_SHORT", "ARGOCD_APP_REVISION_SHORT_8", "ARGOCD_APP_SOURCE_REPO_URL",
		"ARGOCD_APP_SOURCE_PATH", "ARGOCD_APP_SOURCE_TARGET_REVISION", "KUBE_VERSION", "KUBE_API_VERSIONS",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
	}
	var out []string
	for _, name := range names {
		if value, ok := env(name); ok {
			out = append(out, name+"="+value)
		}
	}
	slices.Sort(out)
	return out
}
