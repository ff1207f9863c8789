package plan

import (
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// kinds is the order in which Argo CD applies kinds within a wave; whatever is
// not in it comes last.
var kinds = []string{
	"Namespace", "NetworkPolicy", "ResourceQuota", "LimitRange", "PodSecurityPolicy", "PodDisruptionBudget",
	"ServiceAccount", "Secret", "SecretList", "ConfigMap", "StorageClass", "PersistentVolume",
	"PersistentVolumeClaim", "CustomResourceDefinition", "ClusterRole", "ClusterRoleList", "ClusterRoleBinding",
	"ClusterRoleBindingList", "Role", "RoleList", "RoleBinding", "RoleBindingList", "Service", "DaemonSet", "Pod",
	"ReplicationController", "ReplicaSet", "Deployment", "HorizontalPodAutoscaler", "StatefulSet", "Job", "CronJob",
	"IngressClass", "Ingress", "APIService",
}

func kindOrder(kind string) int {
	if i := slices.Index(kinds, kind); i >= 0 {
		return i
	}
	return len(kinds)
}

// moveUp puts Namespaces and CustomResourceDefinitions before the first object
// that needs them, as Argo CD does. Nothing else moves: a hook whose Secret or
// ServiceAccount comes in a later phase waits for ever.
func moveUp(tasks []task) {
	for i := range tasks {
		for _, other := range tasks {
			if needs(other.object, tasks[i].object) && before(other, tasks[i]) {
				tasks[i].phase, tasks[i].wave = other.phase, other.wave
			}
		}
	}
}

func before(a, b task) bool {
	return a.phase < b.phase || (a.phase == b.phase && a.wave < b.wave)
}

// needs reports whether o can exist only after owner does.
func needs(o, owner manifest.Object) bool {
	ref := owner.Ref()
	switch {
	case ref.Is("", "Namespace"):
		return o.Ref().Namespace == ref.Name
	case ref.Is("apiextensions.k8s.io", "CustomResourceDefinition"):
		return o.Ref().Is(owner.Text("spec", "group"), owner.Text("spec", "names", "kind"))
	}
	return false
}
