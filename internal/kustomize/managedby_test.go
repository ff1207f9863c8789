package kustomize

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"sigs.k8s.io/kustomize/api/provenance"
)

// The version of this program is none of kustomize's.
func TestTheManagedByLabelHasTheVersionThatArgoCDShips(t *testing.T) {
	const object = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n"
	ours := "kustomize-" + provenance.GetProvenance().Semver()
	assert.Assert(t, ours != "kustomize-"+shipped)
	tests := []struct{ name, labels, kustomization, want string }{
		{"a new label", "", "buildMetadata: [managedByLabel]\n", "kustomize-v5.8.1"},
		{"a label of the object's own", "  labels: {app.kubernetes.io/managed-by: me}\n", "buildMetadata: [originAnnotations, managedByLabel]\n", "kustomize-v5.8.1"},
		{"without the option", "  labels: {app.kubernetes.io/managed-by: " + ours + "}\n", "namespace: web\n", ours},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			assert.NilError(t, os.WriteFile(filepath.Join(dir, "web.yaml"), []byte(object+tt.labels), 0o600))
			assert.NilError(t, os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte("resources: [web.yaml]\n"+tt.kustomization), 0o600))
			var out bytes.Buffer
			assert.NilError(t, Build(&out, Options{RepoRoot: dir, App: "."}))
			assert.Assert(t, strings.Contains(out.String(), "\n    app.kubernetes.io/managed-by: "+tt.want+"\n"), out.String())
		})
	}
}

func TestTheShippedVersionIsTheOneThatTheOutputIsComparedWith(t *testing.T) {
	mod, err := os.ReadFile("../../tools/kustomize/go.mod")
	assert.NilError(t, err)
	assert.Assert(t, strings.Contains(string(mod), "\tsigs.k8s.io/kustomize/kustomize/v5 "+shipped+" "))
}
