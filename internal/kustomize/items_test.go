package kustomize

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"sigs.k8s.io/kustomize/kyaml/kio"
)

// TestCutItemsAreThoseOfTheList holds that what is cut out of a List is read as
// kustomize reads the List.
func TestCutItemsAreThoseOfTheList(t *testing.T) {
	const head, object = "apiVersion: v1\nkind: List\nitems:\n", "- apiVersion: v1\n  kind: Service\n  metadata: {name: web}\n"
	tests := []struct {
		name, text string
		want       int
	}{
		{"one", head + object, 1},
		{"items that stand deeper", head + "  " + strings.ReplaceAll(strings.TrimSpace(object), "\n", "\n  ") + "\n", 1},
		{"a dash far from its item", head + "-   apiVersion: v1\n    kind: Service\n    metadata:\n      name: web\n", 1},
		{"a dash on a line of its own", head + "-\n  apiVersion: v1\n  kind: Service\n  metadata:\n    name: web\n", 1},
		{"what kubectl puts behind them", head + object + object + "metadata:\n  resourceVersion: \"\"\n", 2},
		{"texts of several lines", head + object + "  data:\n    a: |\n      one\n\n        two\n   \n      three\n    b: >-\n      four\n      five\n    c: 'six\n\n      seven'\n" + object, 2},
		{"lists, comments and empty lines", head + "# first\n\n" + object + "  # inside\n  spec:\n\n    ports:\n    - {port: 80} # web\n    - port: 81\n      name: x\n", 1},
		{"a comment that stands too far to the left", head + object + "# left\n  spec: {a: b}\n", 0},
		{"other metadata", head + object + "metadata: {labels: {a: 1}}\n", 0},
		{"metadata that are none", head + object + "metadata: text\n", 0},
		{"a key of another one", head + object + "results: []\n", 0},
		{"a configuration", head + object + "functionConfig: {}\n", 0},
		{"an anchor", head + "- &one\n  apiVersion: v1\n  kind: Service\n  metadata: {name: web}\n", 0},
		{"nothing", head + "-\n" + object, 0},
		{"no List", strings.Replace(head, "List", "ServiceList", 1) + object, 0},
		{"no items", "apiVersion: v1\nkind: List\n", 0},
		{"text", "List", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			documents, ok := cutItems([]byte(tt.text))
			assert.Equal(t, ok, tt.want > 0)
			if !ok {
				return
			}
			nodes, err := kio.FromBytes([]byte(tt.text))
			assert.NilError(t, err)
			assert.Equal(t, len(documents), tt.want)
			assert.Equal(t, len(nodes), tt.want)
			for i, doc := range documents {
				again, err := parse(doc.text)
				assert.NilError(t, err)
				assert.Assert(t, sameNode(withoutComments(nodes[i].YNode()), again.YNode()), doc.text)
			}
		})
	}
}
