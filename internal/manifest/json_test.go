package manifest_test

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// TestJSONKeepsTheDigitsOfLargeNumbers: the recogniser reads the first document,
// the full parser the second, which has an anchor.
func TestJSONKeepsTheDigitsOfLargeNumbers(t *testing.T) {
	const head = "apiVersion: v1\nkind: A\nmetadata:\n  name: a\nspec:\n"
	objects, err := manifest.Decode([]byte(head+"  big: 18446744073709551615\n---\n"+head+"  big: &big 18446744073709551615\n"), "in.yaml")
	assert.NilError(t, err)
	assert.Equal(t, strings.Count(string(encodeJSON(t, objects)), `"big":18446744073709551615}`), 2)
}
