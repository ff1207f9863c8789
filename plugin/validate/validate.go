// Package validate finds what Argo CD or Kubernetes would choke on in the
// objects of an application, while there is still a file and a line to name.
//
// It has one function for each rule and changes nothing. It knows what makes an
// object acceptable; it knows no policy and does not know which objects were
// added.
package validate

import (
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// A rule says what is wrong with one object.
type rule func(manifest.Object) []diag.Problem

// rules are asked in this order. Each has the name that a report gives it; its
// page is in docs/rules.
var rules = []struct {
	name string
	ask  rule
}{
	{"object-identity", identified},
	{"text-only", textOnly},
	{"job-name", shortJobName},
	{"unknown-hook", knownHook},
}

// Objects returns the warnings about objects, and an error that holds every
// problem which would stop Argo CD. Namespace is where Argo CD puts objects that
// name none; it may be empty.
func Objects(objects []manifest.Object, namespace string) ([]diag.Problem, error) {
	var said diag.List
	for _, o := range objects {
		for _, r := range rules {
			said.Add(named(r.name, r.ask(o))...)
		}
	}
	said.Add(named("same-object", unique(objects, namespace))...)
	return said.Warnings(), said.Err()
}

// named gives problems the name of the rule that found them.
func named(rule string, found []diag.Problem) []diag.Problem {
	for i := range found {
		found[i].Rule = rule
	}
	return found
}

// at is the place of a field: the object's, with the path in it.
func at(o manifest.Object, path ...any) diag.Pos {
	p := o.Origin()
	p.Path = manifest.PathString(path...)
	return p
}
