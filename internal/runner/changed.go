package runner

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

var configMaps = kube.Kind{APIVersion: "v1", Name: "ConfigMap", Plural: "configmaps"}

// doIfChanged does the steps unless the hook has succeeded for this state of the
// application. When it is not known what it last succeeded for, it does them:
// only the permission to ask must be there, because without it nobody would ever
// know.
func (r *run) doIfChanged(ctx context.Context, c hookspec.Changed, steps []step) (Report, error) {
	last, err := r.lastSuccess(ctx, c)
	switch {
	case errors.Is(err, probe.ErrDenied):
		return newReport(steps), &Failure{Code: ExitDenied, Err: errors.New(r.clean("permission refused: " + err.Error()))}
	case err != nil:
		r.env.Log.Warn("cannot tell what this hook last succeeded for, so it runs", "reason", r.clean(err.Error()))
	case last == c.Digest:
		return unchanged(steps, c.Digest), nil
	}
	report, err := r.do(ctx, steps)
	if err != nil {
		return report, err
	}
	if err := r.remember(ctx, c); err != nil {
		report.Warnings = append(report.Warnings, r.clean("the next sync runs this hook again: "+err.Error()))
	}
	return report, nil
}

// unchanged is the report of a run that had nothing to do.
func unchanged(steps []step, digest string) Report {
	report := newReport(steps)
	for i := range report.Steps {
		report.Steps[i].Result = Skipped
	}
	report.Skipped = "the application is what it was when this hook last succeeded (" + short(digest) + ")"
	return report
}

// short is enough of a digest to compare by eye.
func short(digest string) string {
	const most = len("sha256:") + 12
	return digest[:min(len(digest), most)]
}

// lastSuccess is the digest that the hook last succeeded for; empty for none.
func (r *run) lastSuccess(ctx context.Context, c hookspec.Changed) (string, error) {
	api, err := r.kube()
	if err != nil {
		return "", fmt.Errorf("reach the Kubernetes API%w", err)
	}
	obj, err := api.Get(ctx, configMaps.At(api.Namespace(), c.ConfigMap))
	if _, absent := kube.Absent(err); absent {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	digest, _, err := unstructured.NestedString(obj.Object, "data", c.Key)
	return digest, err
}

// remember writes down what the hook has succeeded for. Each hook owns its own
// key.
func (r *run) remember(ctx context.Context, c hookspec.Changed) error {
	api, err := r.kube()
	if err != nil {
		return fmt.Errorf("reach the Kubernetes API%w", err)
	}
	ref := configMaps.At(api.Namespace(), c.ConfigMap)
	return api.Apply(ctx, ref, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{
			"name":   c.ConfigMap,
			"labels": map[string]any{"app.kubernetes.io/managed-by": "safesync-hook"},
		},
		"data": map[string]any{c.Key: c.Digest},
	}}, "safesync-hook/"+c.Key)
}
