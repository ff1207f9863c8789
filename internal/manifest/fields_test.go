package manifest_test

import (
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: edge
  labels: {app: web}
  annotations: {example.com/a.b: x}
spec:
  strategy: null
  replicas: 3
  containers:
  - {name: one}
  - {name: two}
`

func decodeOne(t *testing.T, text string) manifest.Object {
	t.Helper()
	objects, err := manifest.Decode([]byte(text), "web/app.yaml")
	assert.NilError(t, err)
	assert.Equal(t, len(objects), 1)
	return objects[0]
}

func TestRefIsReadFromTheFields(t *testing.T) {
	tests := []struct{ text, ref, groupKind string }{
		{deployment, "Deployment edge/web", "Deployment.apps"},
		{"{apiVersion: v1, kind: Namespace, metadata: {name: edge}}", "Namespace edge", "Namespace"},
		{"{apiVersion: a/b/c, kind: X}", "X ", "X"},
		{"{apiVersion: 1, kind: X, metadata: [name]}", "X ", "X"},
		{`{kind: X, metadata: {name: "a\n\e[31mb"}}`, `X "a\n\x1b[31mb"`, "X"},
	}
	for _, tt := range tests {
		ref := decodeOne(t, tt.text).Ref()
		assert.Equal(t, ref.String(), tt.ref)
		assert.Equal(t, ref.GroupKind(), tt.groupKind)
	}
	ref := decodeOne(t, deployment).Ref()
	assert.DeepEqual(t, ref, manifest.Ref{Group: "apps", Version: "v1", Kind: "Deployment", Namespace: "edge", Name: "web"})
	assert.Assert(t, ref.Is("apps", "Deployment"))
	assert.Assert(t, !ref.Is("", "Deployment"))
}

func TestGetFollowsKeysAndIndexes(t *testing.T) {
	o := decodeOne(t, deployment)
	assert.Equal(t, o.Text("spec", "containers", 1, "name"), "two")
	assert.Equal(t, o.Label("app"), "web")
	assert.Equal(t, o.Annotation("example.com/a.b"), "x")
	replicas, ok := o.Get("spec", "replicas")
	assert.Assert(t, ok)
	assert.Equal(t, replicas, int64(3))
	null, ok := o.Get("spec", "strategy")
	assert.Assert(t, ok)
	assert.Equal(t, null, nil)
	for _, path := range [][]any{
		{"spec", "containers", 2},
		{"spec", "containers", -1},
		{"spec", "containers", "0"},
		{"spec", 0},
		{"kind", "x"},
		{"spec", "replicas", "x"},
		{1.5},
	} {
		_, ok := o.Get(path...)
		assert.Assert(t, !ok, "%v", path)
		assert.Equal(t, o.Text(path...), "")
	}
	assert.Equal(t, o.Text("spec", "replicas"), "")
}

func TestSetChangesACopy(t *testing.T) {
	o := decodeOne(t, deployment)
	before := o.Fields()
	tests := []struct {
		name string
		path []any
	}{
		{"replaces", []any{"spec", "replicas"}},
		{"fills null with a mapping", []any{"spec", "strategy", "rollingUpdate", "maxSurge"}},
		{"makes mappings", []any{"spec", "template", "metadata", "labels", "a.b/c"}},
		{"replaces in a list", []any{"spec", "containers", 0, "name"}},
		{"appends to a list", []any{"spec", "containers", 2}},
		{"makes a list", []any{"spec", "volumes", 0, "name"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			changed, err := o.Set("new", tt.path...)
			assert.NilError(t, err)
			assert.Equal(t, changed.Text(tt.path...), "new")
			assert.DeepEqual(t, o.Fields(), before)
			assert.Equal(t, string(encode(t, []manifest.Object{o})), deployment)
			again := decodeOne(t, string(encode(t, []manifest.Object{changed})))
			assert.DeepEqual(t, again.Fields(), changed.Fields())
			assert.Equal(t, changed.Text("metadata", "name"), "web")
		})
	}
}

func TestSetSaysWhatIsInTheWay(t *testing.T) {
	o := decodeOne(t, "# an app\n"+deployment)
	tests := []struct {
		path []any
		want string
	}{
		{[]any{"kind", "x"}, `web/app.yaml:2:1: kind.x: Deployment edge/web: want it in a mapping, got it in text`},
		{[]any{"spec", "replicas", 0}, `web/app.yaml:2:1: spec.replicas[0]: Deployment edge/web: want it in a list, got it in a number`},
		{[]any{"spec", "containers", "x", "y"}, `web/app.yaml:2:1: spec.containers.x: Deployment edge/web: want it in a mapping, got it in a list`},
		{[]any{"spec", "containers", 3, "y"}, `web/app.yaml:2:1: spec.containers[3]: Deployment edge/web: want an index up to 2, got 3`},
		{[]any{"metadata", "annotations", "example.com/a.b", "x"}, `web/app.yaml:2:1: metadata.annotations["example.com/a.b"].x: Deployment edge/web: want it in a mapping, got it in text`},
		{[]any{"spec", true}, `web/app.yaml:2:1: spec[true]: Deployment edge/web: want a path of keys and indexes, got a bool`},
		{nil, `set a field of Deployment edge/web: want a path, got none`},
	}
	for _, tt := range tests {
		same, err := o.Set("new", tt.path...)
		assert.Error(t, err, tt.want)
		assert.DeepEqual(t, same.Fields(), o.Fields())
	}
}

func TestFieldsAreADeepCopy(t *testing.T) {
	o := decodeOne(t, deployment)
	fields := o.Fields()
	fields["spec"].(map[string]any)["containers"].([]any)[0].(map[string]any)["name"] = "changed"
	assert.Equal(t, o.Text("spec", "containers", 0, "name"), "one")
	assert.DeepEqual(t, manifest.Object{}.Fields(), map[string]any{})
}

func TestNewObjectsAreWritten(t *testing.T) {
	o := manifest.New(map[string]any{
		"kind": "Job", "apiVersion": "batch/v1",
		"metadata": map[string]any{"name": "x", "annotations": map[string]any{"wave": "-1", "yes": "yes"}},
		"spec":     map[string]any{"limit": 3, "args": []any{"a", "b: c"}},
	}, diag.Pos{File: "safesync.yaml", Line: 3, Col: 1})
	assert.Equal(t, o.Origin().String(), "safesync.yaml:3:1")
	assert.Equal(t, string(encode(t, []manifest.Object{o})), `apiVersion: batch/v1
kind: Job
metadata:
  annotations:
    wave: "-1"
    "yes": "yes"
  name: x
spec:
  args:
  - a
  - 'b: c'
  limit: 3
`)
	moved := o.WithOrigin(diag.Pos{File: "b.yaml"})
	assert.Equal(t, moved.Origin().File, "b.yaml")
	assert.Equal(t, o.Origin().File, "safesync.yaml")
}

func TestDecodeJSONWantsOneObject(t *testing.T) {
	tests := []struct{ in, want string }{
		{`{"kind":"A"} {"kind":"B"}`, "a.json:1:14: want one JSON object in the file, got more\n\thint: write one file for each object, or a List"},
		{``, "a.json:1:1: want a JSON object, got an empty file"},
		{`{"kind":"A"`, "a.json:1:12: want JSON: the file ends too early"},
		{"{\n  \"kind\": A}", "a.json:2:11: want JSON: invalid character 'A' looking for beginning of value"},
		{`[{"kind":"A"}]`, "a.json:1:1: want an object, got a list"},
		{`null`, "a.json:1:1: want an object, got null"},
		{`{"a":"b"}`, "a.json:1:1: want an object with a kind, got none"},
	}
	for _, tt := range tests {
		_, err := manifest.DecodeJSON([]byte(tt.in), "a.json")
		assert.Error(t, err, tt.want)
	}
	objects, err := manifest.DecodeJSON([]byte("\xef\xbb\xbf\n{\"kind\":\"List\",\"items\":[{\"kind\":\"A\",\"n\":2.0}]}\n"), "a.json")
	assert.NilError(t, err)
	assert.Equal(t, string(encode(t, objects)), "kind: A\n\"n\": 2\n")
	assert.Equal(t, objects[0].Origin().String(), "a.json:2:1")
}

func TestDecodeIsBounded(t *testing.T) {
	_, err := manifest.Decode(make([]byte, manifest.MaxBytes+1), "big.yaml")
	assert.Error(t, err, "big.yaml: want at most 100 MB, got more")
	many := make([]byte, 0, 2<<20)
	for range 100_001 {
		many = append(many, "{\"kind\":\"A\"}"...)
	}
	_, err = manifest.Decode(many, "many.yaml")
	assert.ErrorContains(t, err, "want at most 100000 objects, got more")
}

func TestRenderedDocumentsNameTheirSource(t *testing.T) {
	const stream = "---\n# Source: base/a.yaml\n# about a\nkind: A\n---\nkind: B\n---\n# Source: base/c.yaml\nkind: [\n"
	objects, err := manifest.DecodeRendered([]byte(stream), "app/kustomization.yaml")
	assert.Error(t, err, "base/c.yaml: want YAML: did not find expected node content")
	assert.Equal(t, len(objects), 2)
	assert.DeepEqual(t, objects[0].Origin(), diag.Pos{File: "base/a.yaml"})
	assert.DeepEqual(t, objects[1].Origin(), diag.Pos{File: "app/kustomization.yaml"})
	assert.Equal(t, string(encode(t, objects)), "# about a\nkind: A\n---\nkind: B\n")
}
