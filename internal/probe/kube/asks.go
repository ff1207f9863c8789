package kube

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// Command is the probe of an exec step: the command must end with the expected
// code and print the expected text.
func Command(c *Client, step hookspec.Exec) probe.Probe {
	return probe.Func(func(ctx context.Context) (probe.Yes, error) {
		namespace := c.or(step.Namespace)
		pod := step.Pod
		if pod == "" {
			var err error
			if pod, err = c.readyPod(ctx, namespace, step.Selector); err != nil {
				return probe.Yes{}, err
			}
		}
		at := Container{namespace, pod, step.Container}
		out, err := c.Exec(ctx, at, step.Command)
		if err != nil {
			return probe.Yes{}, err
		}
		return judgeOutput(fmt.Sprintf("%s in %s", step.Command[0], at), out, step.Expect)
	})
}

func judgeOutput(place string, out Output, want hookspec.ExecExpect) (probe.Yes, error) {
	if out.ExitCode != want.ExitCode {
		return probe.Yes{}, probe.NotYet(probe.Content, "%s: exit code %d, want %d: %s", place, out.ExitCode, want.ExitCode, lastWords(out))
	}
	text := strings.TrimSpace(out.Stdout)
	if want.Output != nil {
		if out.Truncated {
			return probe.Yes{}, probe.No(probe.Content, "%s: want at most %d bytes of output to compare, got more", place, maxOutput)
		}
		if holds, _ := want.Output.Holds(text); !holds {
			return probe.Yes{}, probe.NotYet(probe.Content, "%s: printed %s, want %s", place, quoted(text), want.Output.Want())
		}
	}
	return probe.Yes{Saw: fmt.Sprintf("%s: exit code %d", place, out.ExitCode)}, nil
}

// lastWords is what a command said last: where it has failed, that is why.
func lastWords(out Output) string {
	text := strings.TrimSpace(out.Stderr)
	if text == "" {
		text = strings.TrimSpace(out.Stdout)
	}
	if text == "" {
		return "it printed nothing"
	}
	lines := strings.Split(text, "\n")
	return probe.OneLine(strings.Join(lines[max(0, len(lines)-3):], " "))
}

func quoted(text string) string { return fmt.Sprintf("%q", probe.OneLine(text)) }

// readyPod is the first ready pod by name.
func (c *Client) readyPod(ctx context.Context, namespace, selector string) (string, error) {
	pods, err := c.List(ctx, PodRef(namespace, ""), selector)
	if err != nil {
		return "", err
	}
	var names, ready []string
	for i := range pods {
		p := podOf(&pods[i])
		names = append(names, p.String())
		if p.trouble == "" {
			ready = append(ready, p.name)
		}
	}
	switch {
	case len(pods) == 0:
		return "", probe.NotYet(probe.Absent, "no pod in namespace %s matches %s", namespace, selector)
	case len(ready) == 0:
		return "", probe.NotYet(probe.Other, "no pod in namespace %s that matches %s is ready: %s", namespace, selector, someOf(names))
	}
	return slices.Min(ready), nil
}

// or is namespace, or the client's own.
func (c *Client) or(namespace string) string {
	if namespace != "" {
		return namespace
	}
	return c.namespace
}

// Object is the probe of a kubernetes step.
func Object(c *Client, step hookspec.Kubernetes) probe.Probe {
	ref := Kind{step.APIVersion, step.Kind, step.Plural()}.At(c.or(step.Namespace), step.Name)
	return probe.Func(func(ctx context.Context) (probe.Yes, error) {
		obj, err := c.Get(ctx, ref)
		if absence, ok := Absent(err); ok && step.Absent {
			return probe.Yes{Saw: absence.Error()}, nil
		}
		if err != nil {
			return probe.Yes{}, err
		}
		return judgeObject(ref, obj, step)
	})
}

// judgeObject compares what is there with what step wants.
func judgeObject(ref Ref, obj *unstructured.Unstructured, step hookspec.Kubernetes) (probe.Yes, error) {
	if step.Absent {
		return probe.Yes{}, probe.NotYet(probe.Content, "%s exists%s, want it absent", ref, leaving(obj))
	}
	var missing []string
	if step.Condition != nil {
		if said := judgeCondition(obj, *step.Condition); said != "" {
			missing = append(missing, said)
		}
	}
	for _, path := range sortedKeys(step.Fields) {
		if said := step.Fields[path].Test(path, obj.Object); said != "" {
			missing = append(missing, said)
		}
	}
	if len(missing) > 0 {
		return probe.Yes{}, probe.NotYet(probe.Content, "%s: %s", ref, strings.Join(missing, "; "))
	}
	return probe.Yes{Saw: ref.String() + " is as wanted"}, nil
}

// leaving explains an object that is deleted and still there.
func leaving(obj *unstructured.Unstructured) string {
	switch {
	case obj.GetDeletionTimestamp() == nil:
		return ""
	case len(obj.GetFinalizers()) > 0:
		return " (terminating, held by the finalizers " + strings.Join(obj.GetFinalizers(), ", ") + ")"
	}
	return " (terminating)"
}

// judgeCondition returns "" where the condition is as wanted.
func judgeCondition(obj *unstructured.Unstructured, want hookspec.Condition) string {
	got, found := ConditionOf(obj, want.Type)
	status := want.Status
	if status == "" {
		status = "True"
	}
	switch {
	case !found:
		return fmt.Sprintf("no condition %s yet, want %s", want.Type, status)
	case got.Stale(obj):
		return fmt.Sprintf("condition %s speaks of generation %d, the object is at %d", want.Type, got.Generation, obj.GetGeneration())
	case got.Status != status:
		return fmt.Sprintf("condition %s is %s, want %s%s", want.Type, got.Status, status, got.why())
	case want.Reason != "" && got.Reason != want.Reason:
		return fmt.Sprintf("condition %s has the reason %q, want %q", want.Type, got.Reason, want.Reason)
	}
	return ""
}
