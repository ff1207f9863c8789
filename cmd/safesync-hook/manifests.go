package main

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// A job is what a rendered Job or Pod has this program do.
type job struct {
	spec      hookspec.Spec
	timeout   time.Duration
	namespace string
}

// jobOf returns the hook called name from the objects in file, which the sidecar
// or `argocd-safesync generate` has rendered. Everything in them is as in the
// cluster but the secrets: a laptop has its own variables.
func jobOf(file, name string, stdin io.Reader, env func(string) (string, bool), warnings io.Writer) (job, error) {
	text, err := readFile(file, stdin, manifest.MaxBytes+1)
	if err != nil {
		return job{}, cli.Usagef("--manifests: %w", err)
	}
	objects, err := manifest.Decode(text, file)
	if err != nil {
		return job{}, cli.Exit(cli.ExitUsage, err)
	}
	var names []string
	for _, o := range objects {
		at := containerOf(o)
		if at == nil {
			continue
		}
		args, ours := hookArgs(o, at)
		switch {
		case o.Ref().Name == name && ours:
			tellSecrets(o, at, env, warnings)
			return readJob(o, args)
		case o.Ref().Name == name:
			return job{}, cli.Usagef("--hook: want a hook with steps, %s has a container of its own", name)
		case ours:
			names = append(names, o.Ref().Name)
		}
	}
	if len(names) == 0 {
		return job{}, cli.Usagef("--manifests: want a Job or Pod that runs safesync-hook, found none in %s", file)
	}
	return job{}, cli.Usagef("--hook: want one of %s, got %q", strings.Join(names, ", "), name)
}

// containerOf is where o has the container of a hook; nil if it cannot be one.
func containerOf(o manifest.Object) []any {
	switch {
	case o.Ref().Is("batch", "Job"):
		return []any{"spec", "template", "spec", "containers", 0}
	case o.Ref().Is("", "Pod"):
		return []any{"spec", "containers", 0}
	}
	return nil
}

// hookArgs are the arguments with which the container runs this program, as
// Kubernetes passes them on: it makes $ of $$.
func hookArgs(o manifest.Object, at []any) (args []string, ours bool) {
	command := o.Text(slices.Concat(at, []any{"command", 0})...)
	list, _ := o.Get(slices.Concat(at, []any{"args"})...)
	values, _ := list.([]any)
	for _, v := range values {
		text, _ := v.(string)
		args = append(args, strings.ReplaceAll(text, "$$", "$"))
	}
	return args, path.Base(command) == "safesync-hook" && len(args) > 0 && args[0] == "run"
}

// readJob reads the arguments of a Job with the flags of run.
func readJob(o manifest.Object, args []string) (job, error) {
	var flags options
	set := pflag.NewFlagSet("run", pflag.ContinueOnError)
	set.SetOutput(io.Discard)
	flags.add(set)
	if err := set.Parse(args[1:]); err != nil {
		return job{}, cli.Usagef("%s: %s: %w", o.Origin(), o.Ref(), err)
	}
	spec, err := hookspec.Parse(o.Ref().String(), []byte(flags.spec))
	if err != nil {
		return job{}, cli.Exit(cli.ExitUsage, err)
	}
	// What the hook has succeeded for is the Jobs' business: a try from a laptop
	// runs always, and leaves nothing behind.
	spec.Changed = nil
	return job{spec: spec, timeout: flags.timeout, namespace: flags.namespace}, nil
}

// tellSecrets says which variables the Job would get from Secrets, where they
// are not set.
func tellSecrets(o manifest.Object, container []any, env func(string) (string, bool), warnings io.Writer) {
	list, _ := o.Get(slices.Concat(container, []any{"env"})...)
	variables, _ := list.([]any)
	for i := range variables {
		at := slices.Concat(container, []any{"env", i})
		name, secret := o.Text(append(at, "name")...), append(slices.Clone(at), "valueFrom", "secretKeyRef")
		if _, set := env(name); set || o.Text(append(secret, "name")...) == "" {
			continue
		}
		fmt.Fprintf(warnings, "note: %s is not set; in the Job it is the key %s of Secret %s\n", name, o.Text(append(slices.Clone(secret), "key")...), o.Text(append(slices.Clone(secret), "name")...))
	}
}
