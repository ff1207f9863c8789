package kube

import (
	"fmt"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// revisionLabel is on the pods of StatefulSets and DaemonSets.
const revisionLabel = "controller-revision-hash"

// statefulSet wants the pods from the partition on at the update revision, and
// every pod available. Without a partition that is all of them.
func (w *workload) statefulSet() (probe.Yes, error) {
	newest := text(w.object.Object, "status", "updateRevision")
	updatable := func(p Pod) bool { return p.labels[revisionLabel] == newest || w.held(p) }
	old, current := w.split(updatable, w.own)
	want, available := w.replicas(), w.status("availableReplicas")
	switch {
	case len(old) > 0 && w.strategy() == "OnDelete":
		return w.wait(leftovers(0, old)+"; updateStrategy is OnDelete: they stay until somebody deletes them", true)
	case len(old) > 0:
		return w.wait(leftovers(0, old)+notReady(current), false)
	case w.status("replicas") != want || int64(len(current)) != want:
		return w.wait(fmt.Sprintf("%d of %d pods exist%s", len(current), want, notReady(current)), false)
	case available < want:
		return w.wait(fmt.Sprintf("%d of %d replicas available%s", available, want, notReady(current)), false)
	}
	yes, err := w.done(want)
	if partition := w.partition(); partition > 0 {
		yes.Saw = fmt.Sprintf("%s: %d of %d replicas updated (partition %d), %d available", w.ref, max(want-partition, 0), want, partition, available)
	}
	return yes, err
}

func (w *workload) partition() int64 {
	return number(w.object.Object, 0, "spec", "updateStrategy", "rollingUpdate", "partition")
}

// held reports whether the partition keeps p at its old revision. The partition
// counts pods, from the first ordinal on.
func (w *workload) held(p Pod) bool {
	i := strings.LastIndexByte(p.name, '-')
	ordinal, err := strconv.ParseInt(p.name[i+1:], 10, 64)
	start := number(w.object.Object, 0, "spec", "ordinals", "start")
	return err == nil && w.strategy() != "OnDelete" && ordinal-start < w.partition()
}

// own reports whether the workload itself controls p.
func (w *workload) own(p Pod) bool { return p.owner == w.object.GetUID() }

func (w *workload) daemonSet() (probe.Yes, error) {
	newest := w.newestRevision()
	if newest == "" {
		return w.wait("has no ControllerRevision yet", false)
	}
	old, current := w.split(func(p Pod) bool { return p.labels[revisionLabel] == newest }, w.own)
	want := w.status("desiredNumberScheduled")
	updated, available := w.status("updatedNumberScheduled"), w.status("numberAvailable")
	switch {
	case len(old) > 0 && w.strategy() == "OnDelete":
		return w.wait(leftovers(0, old)+"; updateStrategy is OnDelete: they stay until somebody deletes them", true)
	case updated < want:
		return w.wait(fmt.Sprintf("%d of %d nodes updated%s%s", updated, want, notReady(current), beside(old)), false)
	case len(old) > 0:
		return w.wait(leftovers(0, old), false)
	case available < want:
		return w.wait(fmt.Sprintf("%d of %d nodes available%s", available, want, notReady(current)), false)
	}
	return w.done(want)
}

// newestRevision is the hash that the pods of the newest ControllerRevision
// carry.
func (w *workload) newestRevision() string {
	hash, highest := "", int64(-1)
	for i := range w.revisions {
		r := &w.revisions[i]
		n, _, _ := unstructured.NestedInt64(r.Object, "revision")
		if metav1.IsControlledBy(r, w.object) && n > highest {
			hash, highest = r.GetLabels()[revisionLabel], n
		}
	}
	return hash
}
