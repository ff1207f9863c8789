// Package kube asks the Kubernetes API: for objects, for the state of a
// rollout, and for what a command in a container says.
//
// It knows the API's protocol and what its refusals mean. It knows nothing
// about waiting, and no system that runs in Kubernetes.
package kube

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// requestTimeout is how long one answer of the API server may take. Its own
// limit for ordinary requests is a minute; a healthy one answers in
// milliseconds, and whoever waits asks again.
const requestTimeout = 15 * time.Second

// namespaceFile is where the kubelet writes the namespace of a pod that has a
// token.
const namespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// A Client talks to one API server with the rights of one identity.
type Client struct {
	config    *rest.Config
	objects   dynamic.Interface
	discovery rest.Interface
	namespace string
}

// Connect makes a client from a kubeconfig file, or from the pod's own
// ServiceAccount where kubeconfig is empty. Objects without a namespace are
// looked for in namespace; without one in that of the kubeconfig or of the pod.
// Nothing is asked yet.
func Connect(kubeconfig, namespace string) (*Client, error) {
	if kubeconfig == "" {
		return inCluster(namespace)
	}
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		&clientcmd.ClientConfigLoadingRules{ExplicitPath: kubeconfig}, nil)
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	if namespace == "" {
		if namespace, _, err = loader.Namespace(); err != nil {
			return nil, fmt.Errorf("read kubeconfig: %w", err)
		}
	}
	return New(config, namespace)
}

func inCluster(namespace string) (*Client, error) {
	config, err := rest.InClusterConfig()
	if errors.Is(err, rest.ErrNotInCluster) {
		return nil, errors.New("want a pod with a ServiceAccount token, or a kubeconfig: this process has neither")
	}
	if err != nil {
		return nil, fmt.Errorf("find the Kubernetes API: %w", err)
	}
	if namespace == "" {
		text, err := os.ReadFile(namespaceFile)
		if err != nil {
			return nil, fmt.Errorf("find the pod's namespace: %w", err)
		}
		namespace = strings.TrimSpace(string(text))
	}
	return New(config, namespace)
}

// New makes a client from a configuration. Objects without a namespace are
// looked for in namespace.
func New(config *rest.Config, namespace string) (*Client, error) {
	config = rest.CopyConfig(config)
	config.UserAgent = "safesync-hook"
	// Whoever waits limits the rate; a limit here would be one more reason to be
	// out of time, and hide the others.
	config.QPS = -1
	// Warnings are about the version of an API, which nobody who reads the log of
	// a hook can change.
	config.WarningHandler = rest.NoWarnings{}
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("make a client of the Kubernetes API: %w", err)
	}
	discovery, err := newDiscovery(config)
	if err != nil {
		return nil, fmt.Errorf("make a client of the Kubernetes API: %w", err)
	}
	return &Client{config: config, objects: objects, discovery: discovery, namespace: namespace}, nil
}

// Namespace is where objects without a namespace are looked for.
func (c *Client) Namespace() string { return c.namespace }

// Get returns one object. See [Absent] for the errors.
func (c *Client) Get(ctx context.Context, ref Ref) (*unstructured.Unstructured, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	obj, err := c.at(ref).Get(ctx, ref.Name, metav1.GetOptions{})
	if err != nil {
		return nil, c.answer(ctx, "get", ref, err)
	}
	return obj, nil
}

// pageSize bounds one answer of List; there may be any number of pages.
const pageSize = 500

// List returns the objects of ref's kind and namespace that selector chooses.
// The Name of ref is not used.
func (c *Client) List(ctx context.Context, ref Ref, selector string) ([]unstructured.Unstructured, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	ref.Name = ""
	var out []unstructured.Unstructured
	options := metav1.ListOptions{LabelSelector: selector, Limit: pageSize}
	for {
		page, err := c.at(ref).List(ctx, options)
		if err != nil {
			return nil, c.answer(ctx, "list", ref, err)
		}
		out = append(out, page.Items...)
		if options.Continue = page.GetContinue(); options.Continue == "" {
			return out, nil
		}
	}
}

// Create makes obj and returns it as the API server completed it.
func (c *Client) Create(ctx context.Context, ref Ref, obj *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	made, err := c.at(ref).Create(ctx, obj, metav1.CreateOptions{FieldManager: "safesync-hook"})
	if err != nil {
		return nil, c.answer(ctx, "create", ref, err)
	}
	return made, nil
}

// Apply makes sure that ref has the fields of obj, and creates it if need be.
// Fields that others own stay as they are; owner says who owns these.
func (c *Client) Apply(ctx context.Context, ref Ref, obj *unstructured.Unstructured, owner string) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	_, err := c.at(ref).Apply(ctx, ref.Name, obj, metav1.ApplyOptions{FieldManager: owner, Force: true})
	if err != nil {
		return c.answer(ctx, "patch", ref, err)
	}
	return nil
}

// Delete removes obj as it was seen. One that was changed in between, or another
// of the same name, stays, and the answer is "not yet".
func (c *Client) Delete(ctx context.Context, ref Ref, obj *unstructured.Unstructured) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	uid, version := obj.GetUID(), obj.GetResourceVersion()
	err := c.at(ref).Delete(ctx, ref.Name, metav1.DeleteOptions{
		Preconditions: &metav1.Preconditions{UID: &uid, ResourceVersion: &version},
	})
	if err != nil {
		return c.answer(ctx, "delete", ref, err)
	}
	return nil
}

func (c *Client) at(ref Ref) dynamic.ResourceInterface {
	return c.objects.Resource(ref.Resource).Namespace(ref.Namespace)
}
