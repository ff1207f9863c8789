package node

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// pauseImage is the image of the container that holds a pod's network.
const pauseImage = "localhost/pause:1"

//go:embed config
var templates embed.FS

// configs are the templates and the files that they become, below the state.
var configs = map[string]string{
	"containerd.toml": "config/containerd.toml",
	"cni.conflist":    "config/cni/10-pods.conflist",
	"kubelet.yaml":    "config/kubelet.yaml",
	"kube-proxy.yaml": "config/kube-proxy.yaml",
	"Corefile":        "config/Corefile",
}

// writeConfigs writes the programs' configurations.
func (n *Node) writeConfigs() error {
	for name, file := range configs {
		text, err := n.config(name)
		if err != nil {
			return err
		}
		path := n.path(file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// config returns what the template called name becomes for this node.
func (n *Node) config(name string) (string, error) {
	t, err := template.New(name).Option("missingkey=error").ParseFS(templates, "config/"+name)
	if err != nil {
		return "", fmt.Errorf("config %s: %w", name, err)
	}
	var out strings.Builder
	err = t.Execute(&out, map[string]string{
		"Dir": n.Dir, "ID": n.id(), "Node": Name, "Pause": pauseImage, "Plugins": pluginDir, "HostIP": hostIP, "PodIPs": podIPs,
	})
	if err != nil {
		return "", fmt.Errorf("config %s: %w", name, err)
	}
	return out.String(), nil
}
