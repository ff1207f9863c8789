package kube

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// A Pod is what checks look at in a pod.
type Pod struct {
	name    string
	owner   types.UID // of its controller
	labels  map[string]string
	trouble string // why it is not ready; "" for a ready pod
	ended   bool   // Succeeded or Failed: it runs nothing and goes when somebody deletes it
	leaving bool   // terminating
}

// String is the name, and why it is not ready.
func (p Pod) String() string {
	if p.trouble == "" {
		return p.name
	}
	return p.name + " (" + p.trouble + ")"
}

// PodTrouble says why a pod is not ready: terminating, the reason its container
// waits for, or its phase; "" for a ready pod.
func PodTrouble(obj *unstructured.Unstructured) string { return podOf(obj).trouble }

func podOf(obj *unstructured.Unstructured) Pod {
	phase := text(obj.Object, "status", "phase")
	p := Pod{
		name: obj.GetName(), labels: obj.GetLabels(),
		ended:   phase == "Succeeded" || phase == "Failed",
		leaving: obj.GetDeletionTimestamp() != nil,
	}
	for _, o := range obj.GetOwnerReferences() {
		if o.Controller != nil && *o.Controller {
			p.owner = o.UID
		}
	}
	ready, _ := ConditionOf(obj, "Ready")
	switch {
	case p.leaving:
		p.trouble = "terminating"
	case ready.Status != "True":
		p.trouble = podReason(obj, phase)
	}
	return p
}

// podReason looks for the most telling reason: a container that cannot start
// says more than "not ready", and a pod that finds no node says why.
func podReason(obj *unstructured.Unstructured, phase string) string {
	for _, list := range []string{"initContainerStatuses", "containerStatuses"} {
		containers, _, _ := unstructured.NestedSlice(obj.Object, "status", list)
		for _, c := range containers {
			m, _ := c.(map[string]any)
			if reason := text(m, "state", "waiting", "reason"); reason != "" && reason != "PodInitializing" && reason != "ContainerCreating" {
				return reason
			}
		}
	}
	if scheduled, found := ConditionOf(obj, "PodScheduled"); found && scheduled.Status == "False" {
		return strings.TrimPrefix(scheduled.Reason+": "+probe.OneLine(scheduled.Message), ": ")
	}
	if phase == "" || phase == "Running" {
		return "not ready"
	}
	return phase
}

// someOf lists names and bounds the list: a message must fit on a line even when
// a DaemonSet has a thousand pods.
func someOf(names []string) string {
	const most = 5
	names = slices.Sorted(slices.Values(names))
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
