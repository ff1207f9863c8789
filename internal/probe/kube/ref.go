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

// A Kind is a kind of objects: its name, and where the API has it.
type Kind struct {
	// APIVersion is group/version, or version alone for the core group.
	APIVersion string
	Name       string
	Plural     string
}

// At is the ref of one object of the kind, or of all of a namespace where name
// is empty.
func (k Kind) At(namespace, name string) Ref {
	group, version, found := strings.Cut(k.APIVersion, "/")
	if !found {
		group, version = "", k.APIVersion
	}
	resource := schema.GroupVersionResource{Group: group, Version: version, Resource: k.Plural}
	return Ref{Kind: k.Name, Resource: resource, Namespace: namespace, Name: name}
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
