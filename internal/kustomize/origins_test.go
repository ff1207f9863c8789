package kustomize

import (
	"testing"

	"gotest.tools/v3/assert"
	"sigs.k8s.io/kustomize/kyaml/resid"
)

func TestOriginsAreFoundInTheLinesOfFiles(t *testing.T) {
	o := origins{fallback: "kustomization.yaml"}
	o.add("a.yaml", []byte("kind: Deployment\nmetadata:\n  labels:\n    name: no\n  name: web\nspec:\n  name: neither\n---\nmetadata:\r\n  name: \"web-api\"\r\nkind: Deployment\r\n"))
	o.add("b.yml", []byte("metadata:\n  # its name\n  name: web # the site\nkind: Service\n---\nkind: Deployment\nmetadata:\n  name: web\n"))
	o.add("c.txt", []byte("kind: Secret\nmetadata:\n  name: web\n"))
	tests := []struct{ kind, name, want string }{
		{"Deployment", "web", "a.yaml"},
		{"Deployment", "prod-web-v2", "a.yaml"},
		{"Deployment", "web-api", "a.yaml"},
		{"Deployment", "other", "kustomization.yaml"},
		{"Secret", "web", "kustomization.yaml"},
	}
	for _, tt := range tests {
		id := resid.NewResId(resid.Gvk{Kind: tt.kind}, tt.name)
		assert.Equal(t, o.of(id), tt.want, "%v", tt)
	}
}
