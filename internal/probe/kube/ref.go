package kube

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// A Ref says where an object is in the API, and what people call it.
type Ref struct {
	Kind      string
	Resource  schema.GroupVersionResource
	Namespace string
	Name      string
}

// NewRef makes the ref of an object whose apiVersion is group/version, or
// version alone for the core group.
func NewRef(apiVersion, kind, plural, namespace, name string) Ref {
	group, version, found := strings.Cut(apiVersion, "/")
	if !found {
		group, version = "", apiVersion
	}
	return Ref{
		Kind:     kind,
		Resource: schema.GroupVersionResource{Group: group, Version: version, Resource: plural},

		Namespace: namespace,
		Name:      name,
	}
}

// Named is the ref of another object of the same kind and namespace.
func (r Ref) Named(name string) Ref {
	r.Name = name
	return r
}

// String is "Cluster db/postgres17"; "Pods in db" where no object is named.
func (r Ref) String() string {
	switch {
	case r.Name == "":
		return r.Kind + "s in " + r.Namespace
	case r.Namespace == "":
		return r.Kind + " " + r.Name
	}
	return r.Kind + " " + r.Namespace + "/" + r.Name
}

// apiVersion is group/version.
func (r Ref) apiVersion() string { return r.Resource.GroupVersion().String() }
