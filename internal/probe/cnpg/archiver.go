package cnpg

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

// A Plugin is an entry of a Cluster's spec.plugins.
type Plugin struct {
	Name       string
	Enabled    bool
	Archiver   bool
	Parameters map[string]string
}

// Plugins are the entries of spec.plugins.
func (c Cluster) Plugins() []Plugin {
	list, _, _ := unstructured.NestedSlice(c.Object, "spec", "plugins")
	var out []Plugin
	for _, entry := range list {
		m, ok := entry.(map[string]any)
		if !ok {
			continue
		}
		p := Plugin{Enabled: true}
		p.Name, _, _ = unstructured.NestedString(m, "name")
		p.Archiver, _, _ = unstructured.NestedBool(m, "isWALArchiver")
		p.Parameters, _, _ = unstructured.NestedStringMap(m, "parameters")
		if enabled, found, _ := unstructured.NestedBool(m, "enabled"); found {
			p.Enabled = enabled
		}
		out = append(out, p)
	}
	return out
}

// Plugin finds the plugin of a name that is enabled.
func (c Cluster) Plugin(name string) (Plugin, bool) {
	for _, p := range c.Plugins() {
		if p.Name == name && p.Enabled {
			return p, true
		}
	}
	return Plugin{}, false
}

// ServerName is what the object store calls the cluster: the plugin's parameter,
// which need not be the cluster's name.
func (c Cluster) ServerName(p Plugin) string {
	if name := p.Parameters["serverName"]; name != "" {
		return name
	}
	return c.GetName()
}

// Archiver names what archives WAL; "" where nothing does. PostgreSQL itself
// cannot tell: the operator's archive_command succeeds when nothing is
// configured, so that the counters go up and nothing is stored.
func (c Cluster) Archiver() string {
	for _, p := range c.Plugins() {
		if p.Enabled && p.Archiver {
			return p.Name
		}
	}
	if _, found, _ := unstructured.NestedMap(c.Object, "spec", "backup", "barmanObjectStore"); found {
		return "spec.backup.barmanObjectStore"
	}
	return ""
}

// ArchivingOff reports whether somebody has switched WAL archiving off.
func (c Cluster) ArchivingOff() bool {
	return strings.EqualFold(c.GetAnnotations()[skipArchiving], "enabled")
}

// ArchivingTrouble says why WAL is not archived; "" where nothing speaks against
// it. A condition that is not there yet does not.
func (c Cluster) ArchivingTrouble() string {
	archiving, _ := kube.ConditionOf(c.Unstructured, "ContinuousArchiving")
	switch {
	case c.ArchivingOff():
		return fmt.Sprintf("WAL archiving is switched off by the annotation %s", skipArchiving)
	case c.Archiver() == "":
		return "nothing archives its WAL: no entry of spec.plugins has isWALArchiver, and there is no spec.backup.barmanObjectStore"
	case archiving.Status == "False":
		return "WAL archiving does not work: " + joined(archiving.Reason, archiving.Message)
	}
	return ""
}

// joined writes a reason and a message, either of which may be empty.
func joined(reason, message string) string {
	message = strings.Join(strings.Fields(message), " ")
	switch {
	case reason == "":
		return message
	case message == "":
		return reason
	}
	return reason + ": " + message
}
