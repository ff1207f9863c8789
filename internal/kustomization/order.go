package kustomization

import (
	"cmp"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// first and last are the kinds that kustomize puts before and behind all others.
var (
	first = []string{
		"Namespace", "ResourceQuota", "StorageClass", "CustomResourceDefinition", "ServiceAccount", "PodSecurityPolicy",
		"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ConfigMap", "Secret", "Endpoints", "Service",
		"LimitRange", "PriorityClass", "PersistentVolume", "PersistentVolumeClaim", "Deployment", "StatefulSet",
		"CronJob", "PodDisruptionBudget",
	}
	last = []string{"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"}
)

// namespaced are kinds of which there may be one with the same name in each
// namespace. Of other kinds kustomize may know that they are in none.
var namespaced = map[string]bool{
	"ConfigMap": true, "Secret": true, "Service": true, "ServiceAccount": true, "Role": true, "RoleBinding": true,
	"Deployment": true, "StatefulSet": true, "DaemonSet": true, "Job": true, "CronJob": true, "Pod": true,
	"PersistentVolumeClaim": true, "NetworkPolicy": true, "Ingress": true, "ResourceQuota": true, "LimitRange": true,
	"HorizontalPodAutoscaler": true, "PodDisruptionBudget": true,
}

// An ordered object is where one stands in a list, and what its place depends on.
type ordered struct {
	at, rank int
	kind     string // with its group and version
	name     string // with its namespace
}

// Order puts objects into the order in which kustomize build prints them. Ok is false
// if two of them have one identity, or may have.
func Order(objects []manifest.Object) (ok bool) {
	o := order{kinds: map[manifest.Ref]string{}, taken: make(map[manifest.Ref]bool, len(objects))}
	sorted := make([]ordered, 0, len(objects))
	for at, object := range objects {
		id := object.Ref()
		if !o.take(id) {
			return false
		}
		sorted = append(sorted, o.place(at, id))
	}
	slices.SortFunc(sorted, compare)
	before := slices.Clone(objects)
	for i, s := range sorted {
		objects[i] = before[s.at]
	}
	return true
}

type order struct {
	kinds map[manifest.Ref]string
	taken map[manifest.Ref]bool
}

// take reports whether an identity is free, and takes it.
func (o order) take(id manifest.Ref) bool {
	if id.Namespace == "" {
		id.Namespace = "default"
	}
	if !namespaced[id.Kind] {
		id.Namespace = ""
	}
	if o.taken[id] {
		return false
	}
	o.taken[id] = true
	return true
}

// place says where the object at a place of the list belongs. The texts are those that kustomize compares,
// with its signs for what is empty.
func (o order) place(at int, id manifest.Ref) ordered {
	of := manifest.Ref{Group: id.Group, Version: id.Version, Kind: id.Kind}
	kind, ok := o.kinds[of]
	if !ok {
		kind = cmp.Or(id.Group, "~G") + "_" + id.Version + "_" + id.Kind
		o.kinds[of] = kind
	}
	return ordered{at: at, rank: rank(id.Kind), kind: kind, name: cmp.Or(id.Namespace, "~X") + "|" + id.Name}
}

// rank is less than 0 for kinds that come first, and more for those that come last.
func rank(kind string) int {
	if at := slices.Index(first, kind); at >= 0 {
		return at - len(first)
	}
	return slices.Index(last, kind) + 1
}

// compare compares the places of two objects. Kustomize puts the Namespace of the
// core group before its namesakes of other groups.
func compare(a, b ordered) int {
	if by := cmp.Compare(a.rank, b.rank); by != 0 {
		return by
	}
	if by := strings.Compare(a.kind, b.kind); by != 0 {
		core := func(o ordered) bool { return strings.HasPrefix(o.kind, "~G_") }
		if a.rank == -len(first) && (core(a) || core(b)) {
			return -by
		}
		return by
	}
	return strings.Compare(a.name, b.name)
}
