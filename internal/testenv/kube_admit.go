package testenv

import (
	"fmt"
	"testing"
)

// Admit creates the objects of a YAML stream and, for each Job, a Pod of its
// template, as the Job controller would. Each namespace that they name becomes a
// new one that admits only restricted Pods; objects without one share another.
// It returns the server's warnings and refusals, in the order of the objects,
// each after the object's kind and name.
func (k *Kube) Admit(tb testing.TB, stream []byte) []string {
	tb.Helper()
	objects, err := decode(stream)
	check(tb, err)
	a := admission{kube: k, tb: tb, namespaces: map[string]string{}}
	for _, o := range objects {
		namespace := a.namespace(field(o, "namespace"))
		a.move(o, namespace)
		a.create(o, namespace)
		if o["kind"] == "Job" {
			a.create(podOf(o), namespace)
		}
	}
	return a.said
}

// An admission is one call of Admit.
type admission struct {
	kube       *Kube
	tb         testing.TB
	namespaces map[string]string // the new one by the objects' own
	said       []string
}

// namespace returns the new namespace for the one that an object names.
func (a *admission) namespace(name string) string {
	if a.namespaces[name] == "" {
		a.namespaces[name] = a.kube.Namespace(a.tb, Restricted())
	}
	return a.namespaces[name]
}

// move puts o, and the subjects of a RoleBinding, into the new namespaces.
func (a *admission) move(o object, namespace string) {
	if metadata, ok := o["metadata"].(object); ok {
		metadata["namespace"] = namespace
	}
	subjects, _ := o["subjects"].([]any)
	for _, s := range subjects {
		subject, ok := s.(object)
		if name, named := subject["namespace"].(string); ok && named {
			subject["namespace"] = a.namespace(name)
		}
	}
}

func (a *admission) create(o object, namespace string) {
	r, err := a.kube.create(namespace, o)
	place := fmt.Sprintf("%v %s: ", o["kind"], field(o, "name"))
	for _, w := range r.warnings {
		a.said = append(a.said, place+w)
	}
	if err != nil {
		a.said = append(a.said, place+err.Error())
	}
}

// podOf returns the Pod that job asks for.
func podOf(job object) object {
	spec, _ := job["spec"].(object)
	template, _ := spec["template"].(object)
	metadata := object{}
	if given, ok := template["metadata"].(object); ok {
		metadata["labels"], metadata["annotations"] = given["labels"], given["annotations"]
	}
	metadata["name"] = field(job, "name")
	return object{"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
}
