package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// hookOf returns the steps of the hook called name in the policy of dir, for a
// person who tries it from a laptop, and how long they may take. Nothing is
// rendered here, so that the inputs of presets must stand in the policy or have
// a default.
func hookOf(dir, name, namespace string, warnings io.Writer) (hookspec.Spec, time.Duration, error) {
	file := dir
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		file = filepath.Join(dir, policy.FileName)
	}
	pol, err := expanded(file, namespace, warnings)
	if err != nil {
		return hookspec.Spec{}, 0, cli.Exit(cli.ExitUsage, err)
	}
	names := make([]string, len(pol.Hooks))
	for i, h := range pol.Hooks {
		if names[i] = h.Name; h.Name != name {
			continue
		}
		if h.Container != nil {
			return hookspec.Spec{}, 0, cli.Usagef("--hook: want a hook with steps, %s has a container of its own", name)
		}
		spec := hookspec.Spec{Steps: make([]hookspec.Step, len(h.Steps))}
		for i, s := range h.Steps {
			spec.Steps[i] = s.Step
		}
		return spec, h.Timeout.Std(), nil
	}
	return hookspec.Spec{}, 0, cli.Usagef("--hook: want one of %s, got %q", strings.Join(names, ", "), name)
}

// expanded is the policy in file with its presets put in.
func expanded(file, namespace string, warnings io.Writer) (policy.Policy, error) {
	data, err := readPolicy(file)
	if err != nil {
		return policy.Policy{}, err
	}
	pol, parsed, err := policy.Parse(file, data, nil)
	if err != nil {
		return policy.Policy{}, err
	}
	presets := len(pol.Presets)
	read := func(path string) ([]byte, error) { return readPolicy(filepath.Join(filepath.Dir(file), path)) }
	pol, found, err := preset.Expand(pol, nil, preset.Env{AppNamespace: namespace, Unrendered: fmt.Sprintf(takeJob, filepath.Dir(file))}, read)
	for _, w := range append(parsed, found...) {
		fmt.Fprintln(warnings, w.Error())
	}
	if presets > 0 {
		fmt.Fprintln(warnings, notRendered)
	}
	return pol, err
}

// notRendered explains what is different from a Job.
const notRendered = "note: nothing is rendered here: inputs of presets are what the policy gives or their defaults"

// takeJob is the way to the steps with everything found, for the directory of a
// policy; --namespace gives the one thing that is no object.
const takeJob = "or take the Job as it is rendered: argocd-safesync generate %s | safesync-hook run --manifests - --hook NAME"

func readPolicy(file string) ([]byte, error) {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("--policy: want a policy, got no such file: %s", file)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, strict.MaxBytes+1))
}
