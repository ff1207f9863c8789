package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/cnpg"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

// How our Backups are told from those of others. Argo CD's own labels and
// annotations are never among them: it would take a Backup for a part of the
// application that is not in Git, and prune it.
const (
	labelManagedBy     = "app.kubernetes.io/managed-by"
	managedBy          = "argocd-safesync"
	labelBackup        = "safesync/backup"
	preSync            = "presync"
	annotationRevision = "safesync/revision"
)

// The phases of a Backup, as the API has them. A backup by plugin goes from
// pending to started and never says running.
const (
	phaseCompleted        = "completed"
	phaseFailed           = "failed"
	phaseArchivingFailing = "walArchivingFailing"
	phaseInvalid          = "invalid backup definition"
	phasePending          = "pending"
)

// A Backup reads the fields of a Backup object.
type Backup struct{ *unstructured.Unstructured }

func backupRef(namespace, name string) kube.Ref {
	return kube.Kind{APIVersion: cnpg.APIVersion, Name: "Backup", Plural: "backups"}.At(namespace, name)
}

func (b Backup) ref() kube.Ref { return backupRef(b.GetNamespace(), b.GetName()) }

func (b Backup) text(path ...string) string {
	s, _, _ := unstructured.NestedString(b.Object, path...)
	return s
}

func (b Backup) phase() string { return b.text("status", "phase") }

// phaseName is the phase for a message.
func (b Backup) phaseName() string {
	switch {
	case b.phase() == "":
		return "not looked at by the operator"
	case b.regressed():
		return "completed with the id " + b.text("status", "backupId") + " and put back to pending"
	}
	return b.phase()
}

// completed is the success, whatever became of the phase after it.
func (b Backup) completed() bool { return b.phase() == phaseCompleted || b.regressed() }

// regressed is a completed backup that the operator has put back to pending, as
// versions before 1.30 can do. Its identity and its end remain: it is good.
func (b Backup) regressed() bool {
	return b.phase() == phasePending && b.text("status", "backupId") != "" && b.text("status", "stoppedAt") != ""
}

// done is what the operator's queue means by it: only then does the next one
// start.
func (b Backup) done() bool { return b.phase() == phaseCompleted || b.phase() == phaseFailed }

// executing reports whether an instance works on it.
func (b Backup) executing() bool {
	switch b.phase() {
	case "started", "running", "finalizing":
		return true
	}
	return false
}

// stuck is a backup that nothing works on and that is not done: it will start,
// or block the queue for ever.
func (b Backup) stuck() bool { return !b.done() && !b.executing() && !b.completed() }

// of reports whether it is a backup of the cluster of that name.
func (b Backup) of(cluster string) bool { return b.text("spec", "cluster", "name") == cluster }

// ours reports whether a hook made it.
func (b Backup) ours() bool {
	return b.GetLabels()[labelManagedBy] == managedBy && b.GetLabels()[labelBackup] == preSync
}

// time reads a time of the status; zero where there is none.
func (b Backup) time(field string) time.Time {
	t, err := time.Parse(time.RFC3339, b.text("status", field))
	if err != nil {
		return time.Time{}
	}
	return t
}

// ended is when it was over, or made where it does not say.
func (b Backup) ended() time.Time {
	if t := b.time("stoppedAt"); !t.IsZero() {
		return t
	}
	return b.GetCreationTimestamp().Time
}

// age is how long ago it was made, or started where it says so.
func (b Backup) age(now time.Time) time.Duration {
	t := b.time("startedAt")
	if t.IsZero() {
		t = b.GetCreationTimestamp().Time
	}
	return max(now.Sub(t), 0).Round(time.Second)
}

// whyFailed is what the operator says about it.
func (b Backup) whyFailed() string {
	why := probe.OneLine(b.text("status", "error"))
	if command := probe.OneLine(b.text("status", "commandError")); command != "" && command != why {
		why = strings.TrimPrefix(why+"; "+command, "; ")
	}
	if why == "" {
		return "the operator gives no reason"
	}
	return why + exitCode(why)
}

// exitCode is what the code means by which Barman's programs end, where that is
// all of a reason.
func exitCode(why string) string {
	if strings.HasSuffix(why, "exit status 2") {
		return " (Barman cannot reach the object store)"
	}
	return ""
}

// newBackup is the object to create.
func newBackup(c cnpg.Cluster, step hookspec.CNPGBackup, name string) *unstructured.Unstructured {
	spec := map[string]any{
		"cluster": map[string]any{"name": c.GetName()},
		"method":  step.Method,
		"target":  step.Target,
	}
	if step.Method == methodPlugin {
		spec["pluginConfiguration"] = map[string]any{"name": step.PluginName}
	}
	metadata := map[string]any{
		"name": name, "namespace": c.GetNamespace(),
		"labels": map[string]any{
			cnpg.LabelCluster: c.GetName(), labelManagedBy: managedBy, labelBackup: preSync,
		},
	}
	if step.Revision != "" {
		metadata["annotations"] = map[string]any{annotationRevision: step.Revision}
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": cnpg.APIVersion, "kind": "Backup", "metadata": metadata, "spec": spec,
	}}
}

// The ways to take a backup that are treated differently.
const (
	methodPlugin         = "plugin"
	methodBarman         = "barmanObjectStore"
	methodVolumeSnapshot = "volumeSnapshot"
	barmanPlugin         = "barman-cloud.cloudnative-pg.io"
)

// maxName is the length of a label's value, which Backups' names end up in.
const maxName = 63

// freeName is the name of the next backup: the same for the same revision, so
// that two runs cannot make two of them at once, and numbered where one of that
// name is there already.
func freeName(cluster, revision string, now time.Time, taken []Backup) string {
	tail := "-" + preSync + "-" + now.UTC().Format("20060102150405")
	if revision != "" {
		sum := sha256.Sum256([]byte(revision))
		tail = "-" + preSync + "-" + hex.EncodeToString(sum[:4])
	}
	used := make(map[string]bool, len(taken))
	for _, b := range taken {
		used[b.GetName()] = true
	}
	for n, end := 1, tail; ; n++ {
		if n > 1 {
			end = fmt.Sprintf("%s-%d", tail, n)
		}
		name := strings.TrimRight(cluster[:min(len(cluster), maxName-len(end))], "-.") + end
		if !used[name] {
			return name
		}
	}
}
