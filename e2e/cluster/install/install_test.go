package install

import (
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"gotest.tools/v3/assert"
)

// root is the checkout.
func root(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../..")
	assert.NilError(t, err)
	return path
}

// images returns the names of all images in manifests, each once.
func images(manifests []byte) (names []string) {
	for _, found := range regexp.MustCompile(`(?m)^\s+(?:- )?image: (\S+)$`).FindAllSubmatch(manifests, -1) {
		names = append(names, string(found[1]))
	}
	slices.Sort(names)
	return slices.Compact(names)
}
