// Package arch_test holds the architecture: which package may import which.
// Read the tables of this file as the plan of the house; a change of the plan is
// a change of a table, in the same commit and in view of the reviewer.
package arch_test

// mayImport lists, for each package, the packages of this module that it may
// import. Tests may import more.
var mayImport = map[string][]string{
	"bench":       {}, // it starts programs, and reads none of their code
	"bench/empty": {},
	"bench/split": {},
	// The program of the sidecar and the laptop.
	"cmd/argocd-safesync": {"plugin", "plugin/plan", "plugin/change", "plugin/review", "plugin/lint", "plugin/draft", "plugin/policy", "plugin/preset", "plugin/render", "plugin/inject", "internal/cli", "internal/diag", "internal/manifest", "internal/spool", "internal/strict"},
	"plugin": {
		"plugin/policy", "plugin/preset", "plugin/render", "plugin/inject", "plugin/validate", "plugin/plan", "plugin/change",
		"internal/renderer", "internal/manifest", "internal/strict", "internal/diag",
	},
	"plugin/policy":   {"internal/strict", "internal/diag", "internal/hookspec", "internal/lazy"},
	"plugin/preset":   {"plugin/policy", "internal/manifest", "internal/strict", "internal/diag", "internal/lazy"},
	"plugin/render":   {"internal/kustomization", "internal/renderer", "internal/manifest", "internal/diag"},
	"plugin/inject":   {"plugin/policy", "internal/argocd", "internal/hookspec", "internal/manifest", "internal/diag", "internal/lazy"},
	"plugin/validate": {"internal/argocd", "internal/manifest", "internal/diag"},
	"plugin/change":   {"internal/manifest"},
	"plugin/review":   {"plugin/change"},
	"plugin/lint":     {"internal/argocd", "internal/manifest", "internal/diag", "internal/lazy"},
	"plugin/draft":    {"plugin/policy", "plugin/preset", "internal/argocd", "internal/manifest"},
	"plugin/plan":     {"internal/argocd", "internal/hookspec", "internal/manifest"},

	// The programs of the heavy renderers.
	"cmd/safesync-render-kustomize": {"internal/kustomize", "internal/renderer", "internal/heap/early", "internal/cli"},
	"cmd/safesync-render-helm":      {"internal/helm", "internal/renderer", "internal/heap/early", "internal/cli"},
	"cmd/safesync-render-jsonnet":   {"internal/jsonnet", "internal/renderer", "internal/heap/early", "internal/cli"},
	"internal/kustomize":            {"internal/discreet", "internal/renderer", "internal/manifest", "internal/strict", "internal/diag"},
	"internal/helm":                 {"internal/discreet", "internal/renderer", "internal/manifest", "internal/diag"},
	"internal/jsonnet":              {"internal/discreet", "internal/renderer", "internal/manifest", "internal/diag"},

	// The program of the hook Jobs.
	// It reads a policy only for a person who tries a hook from a laptop.
	"cmd/safesync-hook": {
		"internal/runner", "internal/hookspec", "internal/cli", "internal/diag",
		"plugin/policy", "plugin/preset", "internal/strict", "internal/manifest",
	},
	"internal/runner": {
		"internal/hookspec", "internal/probe", "internal/probe/http", "internal/probe/tcp", "internal/probe/tls", "internal/probe/kube",
		"internal/probe/cnpg", "internal/probe/authentik", "internal/probe/prometheus", "internal/probe/loki", "internal/probe/syncfail", "internal/probe/postgres", "internal/probe/s3", "internal/backup", "internal/dump", "internal/diag",
	},
	"internal/probe":            {},
	"internal/probe/http":       {"internal/probe", "internal/hookspec"},
	"internal/probe/tcp":        {"internal/probe"},
	"internal/probe/tls":        {"internal/probe"},
	"internal/probe/kube":       {"internal/probe", "internal/hookspec"},
	"internal/probe/postgres":   {"internal/probe"},
	"internal/probe/s3":         {"internal/probe", "internal/hookspec"},
	"internal/probe/cnpg":       {"internal/probe", "internal/probe/kube", "internal/hookspec"},
	"internal/probe/authentik":  {"internal/probe", "internal/probe/http", "internal/hookspec"},
	"internal/probe/prometheus": {"internal/probe", "internal/probe/http", "internal/hookspec"},
	"internal/probe/loki":       {"internal/probe", "internal/probe/http", "internal/hookspec"},
	"internal/probe/syncfail":   {"internal/probe", "internal/probe/http", "internal/probe/kube", "internal/hookspec"},
	"internal/backup":           {"internal/probe", "internal/probe/kube", "internal/probe/cnpg", "internal/hookspec"},

	"internal/dump": {"internal/probe", "internal/probe/kube", "internal/probe/s3", "internal/hookspec"},

	// What they share.
	"internal/hookspec": {"internal/strict", "internal/diag", "internal/lazy"},
	"internal/strict":   {"internal/diag", "internal/lazy"},
	"internal/manifest": {"internal/diag", "internal/lazy"},
	"internal/discreet": {},
	"internal/renderer": {"internal/diag", "internal/heap"},
	"internal/heap":     {},

	"internal/kustomization": {"internal/manifest"},

	"internal/heap/early": {"internal/heap"},

	"internal/spool":  {},
	"internal/lazy":   {},
	"internal/cli":    {"internal/diag"},
	"internal/diag":   {},
	"internal/docs":   {},
	"internal/argocd": {"internal/manifest"},

	// For tests only.
	"internal/testenv":           {},
	"internal/testenv/authentik": {},
	"internal/kubetest":          {"internal/testenv", "internal/hookspec", "internal/probe"},
}

// mayLink lists, for each library with a price in size, start-up time or
// exposure, the packages that may import it or anything that does.
var mayLink = map[string][]string{
	"sigs.k8s.io/kustomize":        {"cmd/safesync-render-kustomize", "internal/kustomize"},
	"github.com/google/go-jsonnet": {"cmd/safesync-render-jsonnet", "internal/jsonnet"},
	"helm.sh/helm":                 {"cmd/safesync-render-helm", "internal/helm"},
	"k8s.io/client-go":             {"cmd/safesync-hook", "internal/runner", "internal/probe/kube", "internal/probe/cnpg", "internal/probe/syncfail", "internal/backup", "internal/dump", "internal/kubetest"},
	"k8s.io/api":                   {"cmd/safesync-hook", "internal/runner", "internal/probe/kube", "internal/probe/cnpg", "internal/probe/syncfail", "internal/backup", "internal/dump", "internal/kubetest"},
	"github.com/jackc/pgx":         {"cmd/safesync-hook", "internal/runner", "internal/probe/postgres"},

	// Apache-2.0. Its sister madmin-go is AGPL, which nothing here may link.
	"github.com/minio/minio-go":  {"cmd/safesync-hook", "internal/runner", "internal/probe/s3", "internal/dump", "internal/testenv", "internal/kubetest"},
	"github.com/minio/madmin-go": {},
}

// frontMayLink lists the only libraries that the front and everything of ours
// in it may import: it starts for every application at every refresh, so each
// line costs every user.
var frontMayLink = []string{
	"github.com/spf13/cobra",
	"github.com/spf13/pflag",
	"github.com/gobwas/glob",
	"github.com/rogpeppe/go-internal/diff",
	"go.yaml.in/yaml/v2",
	"go.yaml.in/yaml/v3",
	"sigs.k8s.io/yaml",
	"k8s.io/apimachinery/pkg/util/json",
	"k8s.io/apimachinery/pkg/util/yaml",
}

const front = "cmd/argocd-safesync"

// pure lists the packages that decide: bytes in, bytes out. internal/hookspec is
// not here because it reads addresses with net.SplitHostPort.
var pure = []string{
	"plugin/policy", "plugin/preset", "plugin/inject", "plugin/validate", "plugin/plan", "plugin/change", "plugin/review", "plugin/lint",
	"internal/strict", "internal/manifest", "internal/kustomization", "internal/diag",
}

// world lists what a pure package must not import.
var world = []string{"os", "os/exec", "os/signal", "os/user", "syscall", "net", "net/http", "math/rand", "math/rand/v2", "crypto/rand"}
