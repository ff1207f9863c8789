package kube

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// newDiscovery makes the client that asks an API server what it serves. It
// shares the dynamic client's decoder: that of all built-in types would double
// the program.
func newDiscovery(config *rest.Config) (rest.Interface, error) {
	config = dynamic.ConfigFor(config)
	config.GroupVersion = &schema.GroupVersion{}
	return rest.UnversionedRESTClientFor(config)
}

// answer turns what client-go says about a request into an answer of a probe.
// That a kind does not exist is believed only when the API server itself lists
// what it has: any proxy in front of it can say 404.
func (c *Client) answer(ctx context.Context, verb string, ref Ref, err error) error {
	said := answer(verb, ref, err)
	if a, absent := Absent(said); !absent || !a.Kind {
		return said
	}
	served, err := c.serves(ctx, ref.Resource)
	switch {
	case errors.Is(err, errNoList):
		return probe.NotYet(probe.Other, "%s %s: got 404 from something that is not the Kubernetes API: %w", verb, ref, err)
	case err != nil:
		return undiscovered(verb, ref, err)
	case served:
		return probe.NotYet(probe.Other, "%s %s: got 404, but the Kubernetes API lists %s in %s", verb, ref, ref.Resource.Resource, ref.apiVersion())
	}
	return said
}

// errNoList marks an answer that no API server gives to the question what it
// serves.
var errNoList = errors.New("it has no list of what it serves")

// serves reports whether the API server lists a resource.
func (c *Client) serves(ctx context.Context, r schema.GroupVersionResource) (bool, error) {
	path := "/api/" + r.Version
	if r.Group != "" {
		path = "/apis/" + r.GroupVersion().String()
	}
	if listed, err := c.servesVersion(ctx, r.GroupVersion()); !listed || err != nil {
		return false, err
	}
	var resources metav1.APIResourceList
	if err := c.discover(ctx, path, &resources); err != nil {
		return false, err
	}
	if resources.GroupVersion != r.GroupVersion().String() {
		return false, errNoList
	}
	return slices.ContainsFunc(resources.APIResources, func(have metav1.APIResource) bool { return have.Name == r.Resource }), nil
}

// servesVersion reports whether the API server lists a version of a group.
func (c *Client) servesVersion(ctx context.Context, gv schema.GroupVersion) (bool, error) {
	if gv.Group == "" {
		var core metav1.APIVersions
		if err := c.discover(ctx, "/api", &core); err != nil {
			return false, err
		}
		if core.Kind != "APIVersions" || len(core.Versions) == 0 {
			return false, errNoList
		}
		return slices.Contains(core.Versions, gv.Version), nil
	}
	var list metav1.APIGroupList
	if err := c.discover(ctx, "/apis", &list); err != nil {
		return false, err
	}
	if list.Kind != "APIGroupList" || len(list.Groups) == 0 {
		return false, errNoList
	}
	for _, group := range list.Groups {
		if group.Name == gv.Group {
			return slices.ContainsFunc(group.Versions, func(v metav1.GroupVersionForDiscovery) bool { return v.Version == gv.Version }), nil
		}
	}
	return false, nil
}

// discover reads the document at path into v.
func (c *Client) discover(ctx context.Context, path string, v any) error {
	result := c.discovery.Get().AbsPath(path).Do(ctx)
	err := result.Error() // with the server's own words, which Raw leaves out
	body, _ := result.Raw()
	switch {
	case apierrors.IsNotFound(err):
		return errNoList
	case err != nil:
		return err
	case json.Unmarshal(body, v) != nil:
		return errNoList
	}
	return nil
}

// undiscovered is about an API server that does not say what it serves: then
// nobody knows whether the kind exists.
func undiscovered(verb string, ref Ref, err error) error {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return outage(verb, ref, err)
	}
	s := status.Status()
	switch s.Code {
	case http.StatusForbidden:
		return probe.Refusal("%s: got 404, and %s may not ask the Kubernetes API whether it has such a kind (is the ClusterRole system:discovery bound to system:authenticated, as it is by default?)", ref, whoIs(userIn(s.Message)))
	case http.StatusUnauthorized:
		return refusal(verb, ref, s)
	}
	return probe.NotYet(probe.Other, "%s %s: got 404, and the Kubernetes API does not say whether it has such a kind: %d %s", verb, ref, s.Code, probe.OneLine(s.Message))
}
