package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// ErrExists marks that an object of this name is there already. Whoever makes
// names that another hook may make too looks for it.
var ErrExists = errors.New("exists already")

// An Absence is the answer 404 of an API server, and nothing else: what refuses, is broken or
// does not answer in time is never taken for something that does not exist.
type Absence struct {
	Ref Ref
	// Kind is true where the API serves no such kind at all, as before the
	// CustomResourceDefinition is installed.
	Kind bool
}

// Error says which of the two it is.
func (a *Absence) Error() string {
	if !a.Kind {
		return fmt.Sprintf("%s does not exist", a.Ref)
	}
	text := fmt.Sprintf("%s: the API has no %s in %s", a.Ref, a.Ref.Resource.Resource, a.Ref.apiVersion())
	if !builtIn[a.Ref.Resource.Group] {
		text += " (is its CustomResourceDefinition installed?)"
	}
	return text
}

// builtIn are the groups that every API server of Kubernetes 1.37 has by itself,
// in k8s.io/api. A group that merely ends in k8s.io may be anybody's.
var builtIn = map[string]bool{
	"": true, "apps": true, "autoscaling": true, "batch": true, "extensions": true, "policy": true,
	"admissionregistration.k8s.io": true, "apiextensions.k8s.io": true, "apiregistration.k8s.io": true,
	"authentication.k8s.io": true, "authorization.k8s.io": true, "certificates.k8s.io": true,
	"coordination.k8s.io": true, "discovery.k8s.io": true, "events.k8s.io": true,
	"flowcontrol.apiserver.k8s.io": true, "internal.apiserver.k8s.io": true, "networking.k8s.io": true,
	"node.k8s.io": true, "rbac.authorization.k8s.io": true, "resource.k8s.io": true,
	"scheduling.k8s.io": true, "storage.k8s.io": true, "storagemigration.k8s.io": true,
}

// Absent reports whether err is an absence, and which.
func Absent(err error) (*Absence, bool) { return errors.AsType[*Absence](err) }

// answer turns what client-go says about a request into an answer of a probe:
// 404 is an absence that may end, 401 and 403 are a refusal, an API that is
// broken, too busy or away is asked again, and the rest is a definite no.
func answer(verb string, ref Ref, err error) error {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return outage(verb, ref, err)
	}
	s := status.Status()
	switch {
	case s.Code == http.StatusNotFound:
		return absence(ref, s)
	case s.Code == http.StatusUnauthorized, s.Code == http.StatusForbidden:
		return refusal(verb, ref, s)
	case apierrors.IsAlreadyExists(err):
		return probe.NotYet(probe.Other, "%s: %w", ref, ErrExists)
	case s.Code >= http.StatusInternalServerError, s.Code == http.StatusTooManyRequests, s.Code == http.StatusConflict:
		return probe.NotYet(probe.Other, "%s %s: the Kubernetes API answered %d: %s", verb, ref, s.Code, probe.OneLine(s.Message))
	}
	return probe.No(probe.Other, "%s %s: %s", verb, ref, probe.OneLine(s.Message))
}

// absence tells a missing object from a missing kind. For the first the server
// names the object in its Status; for the second it knows no path and answers
// in plain text, which client-go wraps in a Status of its own.
func absence(ref Ref, s metav1.Status) error {
	kind := s.Details == nil || s.Details.Name != ref.Name
	for _, c := range causesOf(s) {
		kind = kind || c.Type == metav1.CauseTypeUnexpectedServerResponse
	}
	return probe.NotYet(probe.Absent, "%w", &Absence{Ref: ref, Kind: kind})
}

func causesOf(s metav1.Status) []metav1.StatusCause {
	if s.Details == nil {
		return nil
	}
	return s.Details.Causes
}

// refusal says what to grant, and to whom where the server says it. To apply an
// object can take the permission to create it.
func refusal(verb string, ref Ref, s metav1.Status) error {
	if _, rest, _ := strings.Cut(s.Message, `" cannot `); strings.HasPrefix(rest, "create ") {
		verb = "create"
	}
	if s.Code == http.StatusUnauthorized {
		return probe.Refusal("%s %s: the Kubernetes API does not know us: 401 %s (is the token of the ServiceAccount mounted and valid?)", verb, ref, probe.OneLine(s.Message))
	}
	resource := ref.Resource.Resource
	if ref.Resource.Group != "" {
		resource += "." + ref.Resource.Group
	}
	if user := userIn(s.Message); user != "" || strings.HasSuffix(strings.TrimSpace(s.Message), "forbidden:") {
		return probe.Refusal("%s: forbidden: %s may not %s %s in namespace %s (is the hook's Role bound to it?)", ref, whoIs(user), verb, resource, ref.Namespace)
	}
	// Quotas, admission and namespaces that go away refuse too, and say why.
	return probe.Refusal("%s %s in namespace %s: forbidden: %s", verb, resource, ref.Namespace, probe.OneLine(s.Message))
}

// userIn finds the user in the server's message, which begins
// `x is forbidden: User "system:serviceaccount:ns:name" cannot`; "" where it
// names none.
func userIn(message string) string {
	_, rest, _ := strings.Cut(message, `User "`)
	user, _, found := strings.Cut(rest, `" cannot`)
	if !found {
		return ""
	}
	return user
}

// whoIs is a user as people say it.
func whoIs(user string) string {
	if user == "" {
		return "this identity"
	}
	if account, found := strings.CutPrefix(user, "system:serviceaccount:"); found {
		return "ServiceAccount " + strings.Replace(account, ":", "/", 1)
	}
	return "user " + user
}

// outage is about a request that no API server answered.
func outage(verb string, ref Ref, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return probe.NotYet(probe.Timeout, "%s %s: no answer of the Kubernetes API in time", verb, ref)
	}
	return probe.Network(fmt.Sprintf("%s %s: Kubernetes API", verb, ref), err)
}
