package backup

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/cnpg"
)

// The manifest of the cluster that a backup is restored into: what its authors
// must decide or it cannot start without, and nothing else. Field order is the
// order people write.
type (
	restored struct {
		APIVersion string       `yaml:"apiVersion"`
		Kind       string       `yaml:"kind"`
		Metadata   restoredMeta `yaml:"metadata"`
		Spec       restoredSpec `yaml:"spec"`
	}
	restoredMeta struct {
		Name      string `yaml:"name"`
		Namespace string `yaml:"namespace"`
	}
	restoredSpec struct {
		Instances        int              `yaml:"instances"`
		ImageName        string           `yaml:"imageName,omitempty"`
		ImageCatalogRef  map[string]any   `yaml:"imageCatalogRef,omitempty"`
		ImagePullSecrets []any            `yaml:"imagePullSecrets,omitempty"`
		PostgresUID      int64            `yaml:"postgresUID,omitempty"`
		PostgresGID      int64            `yaml:"postgresGID,omitempty"`
		Storage          map[string]any   `yaml:"storage,omitempty"`
		WALStorage       map[string]any   `yaml:"walStorage,omitempty"`
		Tablespaces      []any            `yaml:"tablespaces,omitempty"`
		PostgreSQL       map[string]any   `yaml:"postgresql,omitempty"`
		Bootstrap        bootstrap        `yaml:"bootstrap"`
		ExternalClusters []map[string]any `yaml:"externalClusters,omitempty"`
	}
	bootstrap struct {
		Recovery recovery `yaml:"recovery"`
	}
	recovery struct {
		Source          string         `yaml:"source,omitempty"`
		Backup          map[string]any `yaml:"backup,omitempty"`
		VolumeSnapshots map[string]any `yaml:"volumeSnapshots,omitempty"`
		RecoveryTarget  map[string]any `yaml:"recoveryTarget,omitempty"`
	}
)

// restoreNote is the manifest that restores from b, for the end of the log. It
// goes back to the moment of the backup: recovery without a target would replay
// what the sync did after it.
func restoreNote(c cnpg.Cluster, b Backup, step hookspec.CNPGBackup) string {
	name := c.GetName() + "-restored"
	m := restored{
		APIVersion: cnpg.APIVersion, Kind: "Cluster",
		Metadata: restoredMeta{Name: name, Namespace: c.GetNamespace()},
		Spec: restoredSpec{
			Instances:       c.Instances(),
			ImageName:       c.Text("spec", "imageName"),
			ImageCatalogRef: objectOf(c.Unstructured, "spec", "imageCatalogRef"),
			Storage:         objectOf(c.Unstructured, "spec", "storage"),
			WALStorage:      objectOf(c.Unstructured, "spec", "walStorage"),
		},
	}
	fillNeeds(&m.Spec, c)
	fillRecovery(&m.Spec, c, b, step)
	return fmt.Sprintf("# kubectl apply -f - restores %s as it was at the end of %s, beside it\n%s", c.Ref(), b.ref(), encode(m))
}

// fillNeeds copies what another image, its libraries or its volumes need.
func fillNeeds(spec *restoredSpec, c cnpg.Cluster) {
	spec.ImagePullSecrets, _, _ = unstructured.NestedSlice(c.Object, "spec", "imagePullSecrets")
	spec.Tablespaces, _, _ = unstructured.NestedSlice(c.Object, "spec", "tablespaces")
	spec.PostgresUID = user(c, "postgresUID")
	spec.PostgresGID = user(c, "postgresGID")
	if libraries, _, _ := unstructured.NestedSlice(c.Object, "spec", "postgresql", "shared_preload_libraries"); len(libraries) > 0 {
		spec.PostgreSQL = map[string]any{"shared_preload_libraries": libraries}
	}
}

// user is a number of a user or group; 0 for the one that it is by default.
func user(c cnpg.Cluster, field string) int64 {
	const usual = 26
	if id, _, _ := unstructured.NestedInt64(c.Object, "spec", field); id != usual {
		return id
	}
	return 0
}

func fillRecovery(spec *restoredSpec, c cnpg.Cluster, b Backup, step hookspec.CNPGBackup) {
	r := &spec.Bootstrap.Recovery
	switch step.Method {
	case methodPlugin:
		plugin, _ := c.Plugin(step.PluginName)
		parameters := map[string]any{"serverName": c.ServerName(plugin)}
		for key, value := range plugin.Parameters {
			if key != "serverName" {
				parameters[key] = value
			}
		}
		r.Source = c.GetName()
		r.RecoveryTarget = target(b)
		spec.ExternalClusters = []map[string]any{{
			"name":   c.GetName(),
			"plugin": map[string]any{"name": step.PluginName, "parameters": parameters},
		}}
	case methodVolumeSnapshot:
		r.VolumeSnapshots = snapshots(b)
	default:
		r.Backup = map[string]any{"name": b.GetName()}
		r.RecoveryTarget = target(b)
	}
}

// target ends recovery as soon as the backup is consistent.
func target(b Backup) map[string]any {
	out := map[string]any{"targetImmediate": true}
	if id := b.text("status", "backupId"); id != "" {
		out["backupID"] = id
	}
	return out
}

// snapshots names the volumes that the backup is made of.
func snapshots(b Backup) map[string]any {
	out := map[string]any{}
	elements, _ := objectOf(b.Unstructured, "status", "snapshotBackupStatus")["elements"].([]any)
	for _, e := range elements {
		m, _ := e.(map[string]any)
		key := map[any]string{"PG_DATA": "storage", "PG_WAL": "walStorage"}[m["type"]]
		if name, _ := m["name"].(string); key != "" && name != "" {
			out[key] = map[string]any{"name": name, "kind": "VolumeSnapshot", "apiGroup": "snapshot.storage.k8s.io"}
		}
	}
	return out
}

func encode(v any) string {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	_ = e.Encode(v) // it holds what JSON can say, which always encodes
	return b.String()
}
