package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// safesync renders an application with the built program, in Argo CD's
// environment. Policy replaces the application's own; nil stands for one that
// says nothing.
func safesync(ctx context.Context, bin, repo string, app application, policy []byte) ([]object, error) {
	if policy == nil {
		policy = []byte("apiVersion: safesync/v1alpha1\nkind: Policy\nrecord: false\nallowEmpty: true\n")
	}
	file := filepath.Join(repo, app.path, policyName)
	if err := os.WriteFile(file, policy, 0o644); err != nil {
		return nil, err
	}
	return generate(ctx, bin, repo, app, "--output", "json") // as the sidecar does
}

// generate runs the program on an application as it is.
func generate(ctx context.Context, bin, repo string, app application, options ...string) ([]object, error) {
	command := exec.CommandContext(ctx, filepath.Join(bin, "argocd-safesync"), append([]string{"generate", "--repo-root", repo}, options...)...)
	command.Dir = filepath.Join(repo, app.path)
	command.Env = append([]string{"HOME=" + os.TempDir(), "PATH=/nowhere"}, variables(repo, app)...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		if _, ok := errors.AsType[*exec.ExitError](err); ok {
			return nil, fmt.Errorf("%w: %s", err, strings.TrimSpace(stderr.String()))
		}
		return nil, err
	}
	return read(stdout.Bytes())
}

// read takes the program's output apart as Argo CD does with that of a plugin.
func read(stdout []byte) ([]object, error) {
	found, err := kube.SplitYAML(bytes.TrimSuffix(stdout, []byte("\n")))
	if err != nil {
		return nil, err
	}
	var texts []string
	add := func(o *unstructured.Unstructured) error {
		text, err := json.Marshal(o.Object)
		texts = append(texts, string(text))
		return err
	}
	for _, o := range found {
		if o.IsList() {
			err = o.EachListItem(func(item runtime.Object) error { return add(item.(*unstructured.Unstructured)) })
		} else {
			err = add(o)
		}
		if err != nil {
			return nil, err
		}
	}
	objects, err := parse(texts)
	for _, o := range objects {
		withoutTracking(o)
	}
	return objects, err
}
