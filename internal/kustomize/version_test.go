package kustomize

import (
	"os"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// TestTheLibraryIsThatOfArgoCD holds the library against the program that Argo CD
// ships, which e2e and the benchmarks build: v0.21.2 no longer labels
// volumeClaimTemplates, and finds other images.
func TestTheLibraryIsThatOfArgoCD(t *testing.T) {
	for _, module := range []string{"sigs.k8s.io/kustomize/api", "sigs.k8s.io/kustomize/kyaml"} {
		assert.Equal(t, required(t, "../../go.mod", module), required(t, "../../tools/kustomize/go.mod", module))
	}
}

// required is the version of a module in a go.mod.
func required(t *testing.T, file, module string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	assert.NilError(t, err)
	for line := range strings.Lines(string(data)) {
		if fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require ")); len(fields) > 1 && fields[0] == module {
			return fields[1]
		}
	}
	t.Fatalf("no %s in %s", module, file)
	return ""
}
