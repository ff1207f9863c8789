package main_test

import (
	"errors"
	"fmt"

	"github.com/rogpeppe/go-internal/testscript"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// evict asks the API to evict the running pods of a selector, as kubectl drain
// does. What is done to a pod so is told from what happens to it otherwise by a
// condition of the pod.
func (c *scenario) evict(_ *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return errors.New("want a selector of pods")
	}
	pods := c.api.Resource(schema.GroupVersionResource{Version: "v1", Resource: "pods"}).Namespace(c.name)
	list, err := pods.List(c.ctx, metav1.ListOptions{LabelSelector: args[0], FieldSelector: "status.phase=Running"})
	if err != nil {
		return err
	}
	if len(list.Items) == 0 {
		return fmt.Errorf("no pod of %s runs", args[0])
	}
	for _, pod := range list.Items {
		eviction := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "policy/v1", "kind": "Eviction",
			"metadata": map[string]any{"name": pod.GetName(), "namespace": c.name},
		}}
		if _, err := pods.Create(c.ctx, eviction, metav1.CreateOptions{}, "eviction"); err != nil {
			return err
		}
	}
	return nil
}
