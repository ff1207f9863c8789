package kube

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// A Condition is one entry of an object's status.conditions.
type Condition struct {
	Type, Status, Reason, Message string
	// Generation is the one that the condition speaks of; 0 where it does not say.
	Generation int64
}

// ConditionOf finds the condition of a type.
func ConditionOf(obj *unstructured.Unstructured, kind string) (Condition, bool) {
	list, _, _ := unstructured.NestedSlice(obj.Object, "status", "conditions")
	for _, entry := range list {
		m, ok := entry.(map[string]any)
		if !ok || text(m, "type") != kind {
			continue
		}
		generation, _, _ := unstructured.NestedInt64(m, "observedGeneration")
		return Condition{
			Type: kind, Status: text(m, "status"), Reason: text(m, "reason"),
			Message: text(m, "message"), Generation: generation,
		}, true
	}
	return Condition{}, false
}

// Stale reports whether the condition speaks of an older generation of obj.
func (c Condition) Stale(obj *unstructured.Unstructured) bool {
	return c.Generation != 0 && c.Generation < obj.GetGeneration()
}

// why is the reason and message between brackets, where there are any.
func (c Condition) why() string {
	switch {
	case c.Reason == "" && c.Message == "":
		return ""
	case c.Message == "":
		return " (" + c.Reason + ")"
	case c.Reason == "":
		return " (" + probe.OneLine(c.Message) + ")"
	}
	return " (" + c.Reason + ": " + probe.OneLine(c.Message) + ")"
}

// text is the string at a path of an object; "" where there is none.
func text(m map[string]any, path ...string) string {
	s, _, _ := unstructured.NestedString(m, path...)
	return s
}

// number is the whole number at a path, or otherwise where there is none.
func number(m map[string]any, otherwise int64, path ...string) int64 {
	n, found, err := unstructured.NestedInt64(m, path...)
	if !found || err != nil {
		return otherwise
	}
	return n
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
