package main_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/proof"
)

// release takes Argo CD's finalizer from the hooks of a sync that has not ended.
// With their Application gone nobody else does, and their namespace would stay.
func (c *scenario) release() error {
	for _, kind := range []schema.GroupVersionResource{
		{Group: "batch", Version: "v1", Resource: "jobs"},
		{Version: "v1", Resource: "serviceaccounts"},
		{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "roles"},
		{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "rolebindings"},
	} {
		of := c.api.Resource(kind).Namespace(c.name)
		list, err := of.List(c.ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/managed-by=argocd-safesync"})
		if err != nil {
			return err
		}
		for _, item := range list.Items {
			if len(item.GetFinalizers()) == 0 {
				continue
			}
			_, err := of.Patch(c.ctx, item.GetName(), types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
			if err != nil && !apierrors.IsNotFound(err) {
				return err
			}
		}
	}
	return nil
}

// clear deletes the scenario's Applications, namespace and repository.
func (c *scenario) clear() error {
	now := int64(0)
	for _, of := range []dynamic.ResourceInterface{c.applications(), c.namespaces()} {
		err := of.Delete(c.ctx, c.name, metav1.DeleteOptions{GracePeriodSeconds: &now})
		if err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	err := c.applications().DeleteCollection(c.ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: memberLabel + "=" + c.name})
	return errors.Join(err, os.RemoveAll(filepath.Join(c.git, c.name)), c.poll(patience, "the namespace to be gone", func() (bool, error) {
		_, err := c.namespaces().Get(c.ctx, c.name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return true, nil
		}
		return false, c.release()
	}))
}

// end clears away what the scenario made, and keeps what it has shown.
func (c *scenario) end(t testscript.T) {
	if c.asking != nil {
		c.asking.stop()
	}
	took := time.Since(c.began).Round(time.Second)
	if failed, ok := t.(interface{ Failed() bool }); ok && failed.Failed() {
		fmt.Fprintf(c.install.Log, "scenario: %s did not pass, after %s\n", c.name, took)
		return // what is there explains it; the next run clears it away
	}
	if err := c.clear(); err != nil {
		t.Fatal(err)
	}
	claim, err := claim(c.name)
	if err == nil {
		err = proof.Record{
			Name: c.name, Claim: claim, Seen: c.lines, Began: c.began, Took: took,
			Parts: c.parts, Machine: c.machine,
		}.Write(c.records)
	}
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c.install.Log, "scenario: %s passed after %s\n", c.name, took)
}

// claim is the first comment of a script.
func claim(name string) (string, error) {
	found, err := filepath.Glob(filepath.Join("testdata", "*", name+".txtar"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("want one script %s, found %d: %w", name, len(found), err)
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		return "", err
	}
	var words []string
	for line := range strings.Lines(string(text)) {
		comment, ok := strings.CutPrefix(line, "#")
		if !ok {
			break
		}
		words = append(words, strings.TrimSpace(comment))
	}
	return strings.Join(words, " "), nil
}
