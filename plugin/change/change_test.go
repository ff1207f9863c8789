package change_test

import (
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/change"
)

const before = `apiVersion: v1
kind: ConfigMap
metadata: {name: same}
data: {b: "2", a: "1"} # order and style are no difference
---
apiVersion: v1
kind: ConfigMap
metadata: {name: changed, namespace: ns}
data: {text: "with a fence:\n` + "```" + `\n"}
---
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
metadata: {name: newer-api}
---
apiVersion: v1
kind: Secret
metadata: {name: gone}
`

const after = `apiVersion: v1
kind: ConfigMap
metadata:
  name: same
data:
  a: "1"
  b: "2"
---
apiVersion: v1
kind: Secret
metadata: {name: "new<b>"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: changed, namespace: ns}
data: {text: "first, and replaced"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: changed, namespace: ns}
data: {text: "with a fence:\n` + "```" + `\nand more"}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: newer-api}
`

func TestBetween(t *testing.T) {
	changes, err := change.Between(decode(t, before), decode(t, after))
	assert.NilError(t, err)
	golden.Assert(t, change.Text(changes, false), "changes.txt")
	golden.Assert(t, change.Text(changes, true), "colour.txt")
	golden.Assert(t, change.Markdown(changes), "changes.md")
}

func TestNoChange(t *testing.T) {
	changes, err := change.Between(decode(t, before), decode(t, before))
	assert.NilError(t, err)
	assert.Equal(t, len(changes), 0)
	assert.Equal(t, change.Text(changes, true), "")
}

func decode(t *testing.T, text string) []manifest.Object {
	t.Helper()
	objects, err := manifest.Decode([]byte(text), "test.yaml")
	assert.NilError(t, err)
	return objects
}
