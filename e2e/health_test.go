package e2e_test

import (
	"os"
	"strings"
	"testing"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"gotest.tools/v3/assert"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestCNPGHealthIsReadByArgoCD runs the health check that the documentation
// gives people with Argo CD's own interpreter.
func TestCNPGHealthIsReadByArgoCD(t *testing.T) {
	text, err := os.ReadFile("../deploy/health/cnpg.yaml")
	assert.NilError(t, err)
	patches, err := kube.SplitYAML(text)
	assert.NilError(t, err)
	script, found, err := unstructured.NestedString(patches[0].Object, "data", "resource.customizations.health.postgresql.cnpg.io_Cluster")
	assert.NilError(t, err)
	assert.Assert(t, found)

	for name, tc := range map[string]struct {
		annotation, phase, reason string
		want                      string
	}{
		"healthy":            {phase: "Cluster in healthy state", want: "Healthy: Cluster in healthy state"},
		"new":                {want: "Progressing: the operator has not looked at it yet"},
		"switchover":         {phase: "Switchover in progress", want: "Progressing: Switchover in progress"},
		"configuration":      {phase: "Applying configuration", want: "Progressing: Applying configuration"},
		"of a later version": {phase: "Doing something new", reason: "because", want: "Progressing: Doing something new: because"},
		"supervised":         {phase: "Waiting for user action", want: "Suspended: Waiting for user action"},
		"full":               {phase: "Not enough disk space", want: "Degraded: Not enough disk space"},
		"hibernated":         {annotation: "cnpg.io/hibernation=on", phase: "Cluster in healthy state", want: "Suspended: hibernated"},
		"left alone":         {annotation: "cnpg.io/reconciliationLoop=disabled", phase: "Failing over", want: "Suspended: the operator is told to leave it alone"},
	} {
		t.Run(name, func(t *testing.T) {
			health, err := lua.VM{}.ExecuteHealthLua(cnpgCluster(tc.annotation, tc.phase, tc.reason), script)
			assert.NilError(t, err)
			assert.Equal(t, string(health.Status)+": "+health.Message, tc.want)
		})
	}
}

// cnpgCluster is a Cluster with what the health check looks at; "" is left out.
func cnpgCluster(annotation, phase, reason string) *unstructured.Unstructured {
	meta := map[string]any{"name": "pg"}
	if key, value, ok := strings.Cut(annotation, "="); ok {
		meta["annotations"] = map[string]any{key: value}
	}
	out := map[string]any{"apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": meta}
	status := map[string]any{}
	if phase != "" {
		status["phase"] = phase
	}
	if reason != "" {
		status["phaseReason"] = reason
	}
	if len(status) > 0 {
		out["status"] = status
	}
	return &unstructured.Unstructured{Object: out}
}
