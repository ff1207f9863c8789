// Package cnpg asks CloudNative-PG clusters how they are, through the
// Kubernetes API and through SQL on their primary.
//
// It knows what the fields of a Cluster mean and what its pods are called. It
// knows nothing about waiting, and it changes nothing but one WAL message. What
// it says about the operator was read in the source of CloudNative-PG 1.30.
package cnpg

import (
	"encoding/json"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

// The APIs of the operator and of its Barman plugin.
const (
	APIVersion       = "postgresql.cnpg.io/v1"
	BarmanAPIVersion = "barmancloud.cnpg.io/v1"
)

// What the operator writes on objects and reads from them.
const (
	LabelCluster   = "cnpg.io/cluster"
	labelPodRole   = "cnpg.io/podRole"
	instanceRole   = "instance"
	hibernation    = "cnpg.io/hibernation" // an annotation, and the type of a condition
	fencing        = "cnpg.io/fencedInstances"
	reconciliation = "cnpg.io/reconciliationLoop"
	skipArchiving  = "cnpg.io/skipWalArchiving"
)

// The phases that decide; they are sentences in the API too. Every phase that is
// not here is one that passes, or one that we do not know: not healthy.
const (
	PhaseHealthy       = "Cluster in healthy state"
	phaseUserAction    = "Waiting for user action"
	phaseUnrecoverable = "Cluster is unrecoverable and needs manual intervention"
	// The operator asks again every 10 s: the plugin may be starting.
	phaseUnknownPlugin = "Cluster cannot proceed to reconciliation due to an unknown plugin being required"
)

// The phases in which the operator stops until somebody changes what the cluster
// or the operator is given, and what that is. Those that are left out pass, since
// the operator tries again by itself: an error of a plugin, objects that it cannot
// create, a disk that is full and may be growing.
var stopped = map[string]string{
	"Invalid cluster definition":                                                        "change the Cluster",
	"Cluster has incomplete or invalid image catalog":                                   "change the catalog, or the Cluster's imageCatalogRef",
	"Cluster cannot execute instance online upgrade due to missing architecture binary": "install an operator that has the architecture of every node",
}

// ClusterRef is the ref of a Cluster.
func ClusterRef(namespace, name string) kube.Ref {
	return kube.Kind{APIVersion: APIVersion, Name: "Cluster", Plural: "clusters"}.At(namespace, name)
}

// A Cluster reads the fields of a Cluster object.
type Cluster struct{ *unstructured.Unstructured }

// Ref is where the cluster is.
func (c Cluster) Ref() kube.Ref { return ClusterRef(c.GetNamespace(), c.GetName()) }

// Phase is what the operator says about the cluster, and why.
func (c Cluster) Phase() (phase, reason string) {
	return c.Text("status", "phase"), c.Text("status", "phaseReason")
}

// Primary is the pod that is the primary now; Target the one that shall be. They
// differ during a switchover and a failover.
func (c Cluster) Primary() string { return c.Text("status", "currentPrimary") }

// Target is the pod that shall be the primary.
func (c Cluster) Target() string { return c.Text("status", "targetPrimary") }

// Instances is how many the spec asks for; the API's default is 1.
func (c Cluster) Instances() int {
	n, found, _ := unstructured.NestedInt64(c.Object, "spec", "instances")
	if !found {
		return 1
	}
	return int(n)
}

// Ready is how many instances are ready.
func (c Cluster) Ready() int {
	n, _, _ := unstructured.NestedInt64(c.Object, "status", "readyInstances")
	return int(n)
}

// InstanceNames are the pods that the operator has made or is making.
func (c Cluster) InstanceNames() []string {
	names, _, _ := unstructured.NestedStringSlice(c.Object, "status", "instanceNames")
	slices.Sort(names)
	return names
}

// Fenced lists the instances that are fenced; "*" stands for all of them.
func (c Cluster) Fenced() []string {
	var names []string
	value := c.GetAnnotations()[fencing]
	if value != "" && json.Unmarshal([]byte(value), &names) != nil {
		return []string{value}
	}
	slices.Sort(names)
	return names
}

// isFenced reports whether an instance is in the list.
func (c Cluster) isFenced(pod string) bool {
	names := c.Fenced()
	return slices.Contains(names, "*") || slices.Contains(names, pod)
}

// Hibernated reports whether the cluster sleeps or is about to. Its phase stays
// healthy while no instance runs.
func (c Cluster) Hibernated() bool { return c.GetAnnotations()[hibernation] == "on" }

// Waking reports whether the cluster still sleeps and shall not any more: the
// operator takes the condition away when it has made the instances again.
func (c Cluster) Waking() bool {
	condition, _ := kube.ConditionOf(c.Unstructured, hibernation)
	return condition.Status == "True" && !c.Hibernated()
}

// Frozen reports whether the operator leaves the cluster alone, so that its
// status is of the past.
func (c Cluster) Frozen() bool {
	return strings.EqualFold(c.GetAnnotations()[reconciliation], "disabled")
}

// Replica reports whether the whole cluster follows another one: its primary is
// in recovery and writes no WAL of its own.
func (c Cluster) Replica() bool {
	if enabled, found, _ := unstructured.NestedBool(c.Object, "spec", "replica", "enabled"); found {
		return enabled
	}
	self := c.Text("spec", "replica", "self")
	if self == "" {
		self = c.GetName()
	}
	primary := c.Text("spec", "replica", "primary")
	return primary != "" && primary != self
}

// Text is the string at a path of the object; "" where there is none.
func (c Cluster) Text(path ...string) string {
	s, _, _ := unstructured.NestedString(c.Object, path...)
	return s
}

// Has reports whether there is a mapping at a path of the object.
func (c Cluster) Has(path ...string) bool {
	_, found, err := unstructured.NestedMap(c.Object, path...)
	return found && err == nil
}
