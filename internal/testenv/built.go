package testenv

import (
	"os"
	"path/filepath"
	"regexp"
)

// A built server has no Debian package; make server-tools compiles it.
type built struct {
	// folder is the nested module's, below tools/.
	folder string
	// module is the one whose version the program has.
	module string
}

var builts = map[string]built{
	"helm":           {folder: "helm", module: "helm.sh/helm/v4"},
	"loki":           {folder: "loki", module: "github.com/grafana/loki/v3"},
	"kube-apiserver": {folder: "kube", module: "k8s.io/kubernetes"},
	"minio":          {folder: "minio", module: "github.com/minio/minio"},
	"traefik":        {folder: "traefik", module: "github.com/traefik/traefik/v3"},
}

// builtPath returns where make server-tools puts program, or "" if it does not
// build it. The version is in the name, so that a checkout never tests with the
// servers of another one.
func builtPath(program string) string {
	b, ok := builts[program]
	if !ok {
		return ""
	}
	return filepath.Join(toolsDir(), program+"-"+b.version())
}

// toolsDir is outside the checkout: the servers take minutes to compile, and a
// second clone must not do it again. The Makefile has the same rule.
func toolsDir() string {
	if dir := os.Getenv("SAFESYNC_TOOLS"); dir != "" {
		return dir
	}
	home, _ := os.UserHomeDir() // without one the path is relative, and nothing is found there
	return filepath.Join(home, ".cache", "safesync", "tools")
}

// version reads the version of b's module from its go.mod.
func (b built) version() string {
	text, err := os.ReadFile(filepath.Join(root(), "tools", b.folder, "go.mod"))
	if err != nil {
		return "unknown"
	}
	line := regexp.MustCompile(`(?m)^(?:require |\t)` + regexp.QuoteMeta(b.module) + ` (v\S+)`)
	found := line.FindSubmatch(text)
	if found == nil {
		return "unknown"
	}
	return string(found[1])
}

// root is the checkout's top folder: the nearest one upwards that has tools/.
// A test's working folder is its package's.
func root() string {
	dir, _ := os.Getwd() // without one, "" ends the loop below
	for {
		if _, err := os.Stat(filepath.Join(dir, "tools", "kube", "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return dir
		}
		dir = parent
	}
}
