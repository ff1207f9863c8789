package change_test

import (
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/plugin/change"
)

// TestSteady compares an object that has chance in it with what it was.
func TestSteady(t *testing.T) {
	const now, again = `apiVersion: v1
kind: Secret
metadata: {name: app, annotations: {sum: b1}}
data: {password: b2, user: root, b-only: x}
list: [{a: b3, b: 1}, two]
`, `apiVersion: v1
kind: Secret
metadata: {name: app, annotations: {sum: c1}}
data: {password: c2, user: root, c-only: x}
list: [{a: c3, b: 1}, two]
`
	for name, c := range map[string]struct {
		then string
		want int
	}{
		"only chance": {`apiVersion: v1
kind: Secret
metadata: {name: app, annotations: {sum: a1}}
data: {password: a2, user: root, c-only: x}
list: [{a: a3, b: 1}, two]
`, 0},
		"another value beside it": {`apiVersion: v1
kind: Secret
metadata: {name: app, annotations: {sum: a1}}
data: {password: a2, user: admin}
list: [{a: a3, b: 1}, two]
`, 1},
		"in a list": {`apiVersion: v1
kind: Secret
metadata: {name: app, annotations: {sum: a1}}
data: {password: a2, user: root}
list: [{a: a3, b: 2}, two]
`, 1},
		"a longer list": {`apiVersion: v1
kind: Secret
metadata: {name: app, annotations: {sum: a1}}
data: {password: a2, user: root}
list: [{a: a3, b: 1}, two, three]
`, 1},
		"a key that has come": {`apiVersion: v1
kind: Secret
metadata: {name: app, annotations: {sum: a1}}
data: {user: root}
list: [{a: a3, b: 1}, two]
`, 1},
		"a key that has gone": {`apiVersion: v1
kind: Secret
metadata: {name: app, labels: {x: y}, annotations: {sum: a1}}
data: {password: a2, user: root}
list: [{a: a3, b: 1}, two]
`, 1},
		"no mapping": {`apiVersion: v1
kind: Secret
metadata: {name: app, annotations: {sum: a1}}
data: none
list: [{a: a3, b: 1}, two]
`, 1},
		"new": {"", 1},
	} {
		t.Run(name, func(t *testing.T) {
			old, new := decode(t, c.then), decode(t, now)
			changes, err := change.Between(old, new)
			assert.NilError(t, err)
			assert.Equal(t, len(changes), 1)
			assert.Equal(t, len(change.Steady(changes, old, new, decode(t, again))), c.want)
			assert.Equal(t, len(change.Steady(changes, old, new, new)), 1)
		})
	}
}

// TestANameThatIsAnotherOneEachTimeIsNoAddition is about names that are chance.
func TestANameThatIsAnotherOneEachTimeIsNoAddition(t *testing.T) {
	named := func(name string) string {
		return "apiVersion: v1\nkind: Secret\nmetadata: {name: " + name + "}\n"
	}
	old, new := decode(t, named("a")), decode(t, named("b"))
	changes, err := change.Between(old, new)
	assert.NilError(t, err)
	left := change.Steady(changes, old, new, decode(t, named("c")))
	assert.Equal(t, len(left), 1)
	assert.Equal(t, left[0].What, change.Removed)
}
