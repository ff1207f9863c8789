package syncfail

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

var configMaps = kube.Kind{APIVersion: "v1", Name: "ConfigMap", Plural: "configmaps"}

// Keys of the ConfigMap, and who owns them. Other hooks of the application keep
// theirs beside them.
const (
	keyRevision = "sync-fail.revision"
	keyFailed   = "sync-fail.failed"
	owner       = "safesync-hook/sync-fail"
)

// A state is what runs before this one have reported.
type state struct {
	revision string   // the last one that was posted about
	failed   []string // UIDs of the hooks that had failed then
}

// known reads the state; it is empty before the first failure.
func (r *reporter) known(ctx context.Context) (state, error) {
	obj, err := r.get(ctx, r.ref())
	if obj == nil || err != nil {
		return state{}, err
	}
	data, _, _ := unstructured.NestedStringMap(obj.Object, "data") // a ConfigMap has text only
	return state{revision: data[keyRevision], failed: strings.Fields(data[keyFailed])}, nil
}

// remember writes down what was reported.
func (r *reporter) remember(ctx context.Context) error {
	return r.API.Apply(ctx, r.ref(), &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{
			"name":   r.Step.ConfigMap,
			"labels": map[string]any{"app.kubernetes.io/managed-by": "safesync-hook"},
		},
		"data": map[string]any{
			keyRevision: r.found.known.revision,
			keyFailed:   strings.Join(r.found.failed, " "),
		},
	}}, owner)
}

func (r *reporter) ref() kube.Ref { return configMaps.At(r.API.Namespace(), r.Step.ConfigMap) }
