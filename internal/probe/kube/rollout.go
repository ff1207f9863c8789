package kube

import (
	"context"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// appsV1 is the API of all workloads.
const appsV1 = "apps/v1"

// Rolled is the probe of a rollout step: the workload runs its newest revision,
// in full, and no pod of an older one is left.
func Rolled(c *Client, step hookspec.Rollout) probe.Probe {
	ref := Kind{appsV1, step.Kind, strings.ToLower(step.Kind) + "s"}.At(c.or(step.Namespace), step.Name)
	return probe.Func(func(ctx context.Context) (probe.Yes, error) {
		w, err := c.workload(ctx, ref)
		if err != nil {
			return probe.Yes{}, err
		}
		return w.judge()
	})
}

// A workload is all that one look at a workload saw.
type workload struct {
	ref       Ref
	object    *unstructured.Unstructured
	pods      []Pod
	revisions []unstructured.Unstructured // ReplicaSets or ControllerRevisions
}

// workload reads the workload first: what is read later is as new or newer, so
// that an old pod that is not seen any more is really gone.
func (c *Client) workload(ctx context.Context, ref Ref) (*workload, error) {
	obj, err := c.Get(ctx, ref)
	if err != nil {
		return nil, err
	}
	selector, err := selectorOf(ref, obj)
	if err != nil {
		return nil, err
	}
	w := &workload{ref: ref, object: obj}
	if kind, ok := revisionKind(ref.Kind); ok {
		if w.revisions, err = c.List(ctx, kind.At(ref.Namespace, ""), selector); err != nil {
			return nil, err
		}
	}
	pods, err := c.List(ctx, PodRef(ref.Namespace, ""), selector)
	if err != nil {
		return nil, err
	}
	for i := range pods {
		w.pods = append(w.pods, podOf(&pods[i]))
	}
	return w, nil
}

// revisionKind is where a workload's newest revision is found; a StatefulSet
// has it in its own status.
func revisionKind(workload string) (Kind, bool) {
	switch workload {
	case "Deployment":
		return Kind{appsV1, "ReplicaSet", "replicasets"}, true
	case "DaemonSet":
		return Kind{appsV1, "ControllerRevision", "controllerrevisions"}, true
	}
	return Kind{}, false
}

func selectorOf(ref Ref, obj *unstructured.Unstructured) (string, error) {
	raw, _, _ := unstructured.NestedMap(obj.Object, "spec", "selector")
	var selector metav1.LabelSelector
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(raw, &selector); err != nil {
		return "", fmt.Errorf("%s: read its selector: %w", ref, err)
	}
	out, err := metav1.LabelSelectorAsSelector(&selector)
	if err != nil {
		return "", fmt.Errorf("%s: read its selector: %w", ref, err)
	}
	return out.String(), nil
}

// judge asks the questions that every kind shares, then those of the kind.
func (w *workload) judge() (probe.Yes, error) {
	generation, observed := w.object.GetGeneration(), w.status("observedGeneration")
	if w.object.GetDeletionTimestamp() != nil {
		return probe.Yes{}, probe.NotYet(probe.Other, "%s is being deleted", w.ref)
	}
	if observed < generation {
		return probe.Yes{}, probe.NotYet(probe.Other, "%s: its controller has seen generation %d, want %d", w.ref, observed, generation)
	}
	switch w.ref.Kind {
	case "Deployment":
		return w.deployment()
	case "StatefulSet":
		return w.statefulSet()
	default:
		return w.daemonSet()
	}
}

// status is a number of the status; absent is 0, as the API leaves zeros out.
func (w *workload) status(field string) int64 { return number(w.object.Object, 0, "status", field) }

// replicas is how many pods are wanted.
func (w *workload) replicas() int64 { return number(w.object.Object, 1, "spec", "replicas") }

// strategy is how the workload replaces its pods.
func (w *workload) strategy() string { return text(w.object.Object, "spec", "updateStrategy", "type") }

func (w *workload) deployment() (probe.Yes, error) {
	newest := w.newestReplicaSet()
	if newest == nil {
		return w.wait(w.paused("has no ReplicaSet of its newest revision"))
	}
	old, current := w.split(func(p Pod) bool { return p.owner == newest.GetUID() }, w.ownedBy())
	want, updated, available := w.replicas(), w.status("updatedReplicas"), w.status("availableReplicas")
	switch {
	case updated < want:
		return w.unfinished(fmt.Sprintf("%d of %d replicas updated%s%s", updated, want, notReady(current), beside(old)))
	case w.status("replicas") > updated || len(old) > 0:
		return w.unfinished(leftovers(max(w.status("replicas")-updated, 0), old))
	case available < updated:
		return w.unfinished(fmt.Sprintf("%d of %d updated replicas available%s", available, updated, notReady(current)))
	}
	return w.done(updated)
}

// unfinished is the answer about a rollout of a Deployment that is not through:
// one that is paused or has run out of its time will not be by waiting.
func (w *workload) unfinished(state string) (probe.Yes, error) {
	progressing, _ := ConditionOf(w.object, "Progressing")
	if progressing.Status == "False" && progressing.Reason == "ProgressDeadlineExceeded" {
		return probe.Yes{}, probe.No(probe.Content, "%s: %s; its progressDeadlineSeconds are over: %s", w.ref, state, probe.OneLine(progressing.Message))
	}
	return w.wait(w.paused(state))
}

// paused ends the waiting for a Deployment that nobody rolls.
func (w *workload) paused(state string) (string, bool) {
	on, _, _ := unstructured.NestedBool(w.object.Object, "spec", "paused")
	if on {
		state += "; it is paused: nothing rolls until spec.paused is false"
	}
	return state, on
}

// wait is a "not yet", or a definite no where waiting does not help.
func (w *workload) wait(state string, hopeless bool) (probe.Yes, error) {
	if hopeless {
		return probe.Yes{}, probe.No(probe.Content, "%s: %s", w.ref, state)
	}
	return probe.Yes{}, probe.NotYet(probe.Content, "%s: %s", w.ref, state)
}

// done is the yes.
func (w *workload) done(n int64) (probe.Yes, error) {
	return probe.Yes{Saw: fmt.Sprintf("%s: %d of %d replicas updated and available, no older pod left", w.ref, n, n)}, nil
}

// newestReplicaSet is the one that carries the Deployment's own revision; a
// rollback gives an old ReplicaSet a new number.
func (w *workload) newestReplicaSet() *unstructured.Unstructured {
	const revision = "deployment.kubernetes.io/revision"
	want := w.object.GetAnnotations()[revision]
	for i := range w.revisions {
		rs := &w.revisions[i]
		if want != "" && rs.GetAnnotations()[revision] == want && metav1.IsControlledBy(rs, w.object) {
			return rs
		}
	}
	return nil
}

// ownedBy tells whether a pod belongs to the Deployment through one of its
// ReplicaSets; a selector may match pods of others.
func (w *workload) ownedBy() func(Pod) bool {
	ours := map[any]bool{}
	for i := range w.revisions {
		if metav1.IsControlledBy(&w.revisions[i], w.object) {
			ours[w.revisions[i].GetUID()] = true
		}
	}
	return func(p Pod) bool { return ours[p.owner] }
}

// split divides the workload's own pods that still run something: a pod that is
// terminating may still answer requests, so it counts.
func (w *workload) split(isNew, isOurs func(Pod) bool) (old, current []Pod) {
	for _, p := range w.pods {
		switch {
		case !isOurs(p) || p.ended && !p.leaving:
		case isNew(p):
			current = append(current, p)
		default:
			old = append(old, p)
		}
	}
	return old, current
}

// leftovers names the old pods; the status may know of more than were seen.
func leftovers(counted int64, old []Pod) string {
	if len(old) == 0 {
		return fmt.Sprintf("%d pods of an older revision left", counted)
	}
	names := make([]string, len(old))
	for i, p := range old {
		names[i] = p.name
		if p.leaving {
			names[i] = p.String()
		}
	}
	return fmt.Sprintf("%d %s of an older revision left: %s", len(old), pods(len(old)), someOf(names))
}

// beside is what is left of the old pods while new ones are still missing.
func beside(old []Pod) string {
	if len(old) == 0 {
		return ""
	}
	return "; " + leftovers(0, old)
}

func pods(n int) string {
	if n == 1 {
		return "pod"
	}
	return "pods"
}

// notReady names the new pods that are not ready, and why.
func notReady(current []Pod) string {
	var names []string
	for _, p := range current {
		if p.trouble != "" {
			names = append(names, p.String())
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; not ready: " + someOf(names)
}
