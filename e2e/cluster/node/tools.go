package node

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// A tool is a program that make cluster-tools builds. The Makefile has the same
// list, and a test holds the two together.
type tool struct {
	name string
	// folder is the module that pins it, and module the one whose version it has.
	folder, module string
	// ours says that the node itself needs it.
	ours bool
}

const kubernetes = "k8s.io/kubernetes"

var tools = []tool{
	{name: "kube-apiserver", folder: "tools/kube", module: kubernetes, ours: true},
	{name: "kube-controller-manager", folder: "tools/kube", module: kubernetes, ours: true},
	{name: "kube-scheduler", folder: "tools/kube", module: kubernetes, ours: true},
	{name: "kubelet", folder: "tools/kube", module: kubernetes, ours: true},
	{name: "kube-proxy", folder: "tools/kube", module: kubernetes, ours: true},
	{name: "kubectl", folder: "tools/kube", module: kubernetes, ours: true},
	{name: "coredns", folder: "tools/coredns", module: "github.com/coredns/coredns", ours: true},
	{name: "helm", folder: "tools/helm", module: "helm.sh/helm/v4"},
	{name: "loki", folder: "tools/loki", module: "github.com/grafana/loki/v3"},
	{name: "minio", folder: "tools/minio", module: "github.com/minio/minio"},
	{name: "traefik", folder: "tools/traefik", module: "github.com/traefik/traefik/v3"},
	{name: "cnpg-manager", folder: "tools/cnpg", module: "github.com/cloudnative-pg/cloudnative-pg"},
	{name: "barman-manager", folder: "tools/barman", module: "github.com/cloudnative-pg/plugin-barman-cloud"},
	{name: "argocd", folder: "e2e", module: "github.com/argoproj/argo-cd/v3"},
}

// Tool returns the path of a program that make cluster-tools builds, whether it
// is there or not. Its version is in its name.
func (n *Node) Tool(name string) string {
	return filepath.Join(n.Tools, name+"-"+n.Version(name))
}

// Version returns the version of such a program, which a go.mod of the
// repository pins, or "unknown" for a program that none pins.
func (n *Node) Version(name string) string {
	for _, t := range tools {
		if t.name == name {
			return t.version(n.Checkout)
		}
	}
	return "unknown"
}

func (t tool) version(checkout string) string {
	text, err := os.ReadFile(filepath.Join(checkout, t.folder, "go.mod"))
	if err != nil {
		return "unknown"
	}
	line := regexp.MustCompile(`(?m)^(?:require |\t)` + regexp.QuoteMeta(t.module) + ` (v\S+)`)
	found := line.FindSubmatch(text)
	if found == nil {
		return "unknown"
	}
	return string(found[1])
}

// Tools are the names of all programs that make cluster-tools builds.
func Tools() (names []string) {
	for _, t := range tools {
		names = append(names, t.name)
	}
	return names
}

// link makes the built programs known by their plain names to [Node.Command].
func (n *Node) link() error {
	bin := n.path("bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return err
	}
	for _, t := range tools {
		file := n.Tool(t.name)
		if !exists(file) {
			continue
		}
		if err := os.Symlink(file, filepath.Join(bin, t.name)); err != nil {
			return fmt.Errorf("link %s: %w", t.name, err)
		}
	}
	return nil
}
