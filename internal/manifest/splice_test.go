package manifest_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

const spliced = `# The site.
apiVersion: apps/v1
kind: Deployment   # of the site
metadata:
    name: "web"
    labels: {app: web, tier: 'front'}
    annotations: {}
    finalizers: []
spec:
    replicas: 3 # three
    paused:
    empty: # nothing yet
    message: 'it''s
      long'
    script: |
      echo one

    # below
    keep: |+
      x

    template:
      spec:
        "containers":
        - name: one
          args: [a, "b"]
        -   name: two
            env:
            - {name: A}
        tolerations:
          - key: x
`

// TestSetChangesOnlyTheLinesThatItMust shows, for each change, the lines that go
// and come. Where there are many, the object was written anew.
func TestSetChangesOnlyTheLinesThatItMust(t *testing.T) {
	full := map[string]any{"type": "RollingUpdate", "rollingUpdate": map[string]any{"maxSurge": "25%", "maxUnavailable": 0}}
	changes := []struct {
		value any
		path  []any
	}{
		{4, []any{"spec", "replicas"}},
		{"a: b", []any{"metadata", "name"}},
		{true, []any{"spec", "paused"}},
		{full, []any{"spec", "strategy"}},
		{1, []any{"spec", "strategy", "rollingUpdate", "maxSurge"}},
		{full, []any{"spec", "paused"}},
		{"x", []any{"spec", "empty", "a", "b"}},
		{"yes", []any{"metadata", "labels", "on"}},
		{"web-2", []any{"metadata", "labels", "app"}},
		{"2", []any{"metadata", "annotations", "argocd.argoproj.io/sync-wave"}},
		{"f", []any{"metadata", "finalizers", 0}},
		{"short", []any{"spec", "message"}},
		{[]any{"a", map[string]any{"b": "c", "d": []any{"e"}}, []any{}}, []any{"spec", "list"}},
		{"deep", []any{"spec", "template", "metadata", "name"}},
		{"c", []any{"spec", "template", "spec", "containers", 0, "args", 2}},
		{"image:1", []any{"spec", "template", "spec", "containers", 0, "image"}},
		{map[string]any{"name": "B", "value": "two\nlines\x01\u0085"}, []any{"spec", "template", "spec", "containers", 1, "env", 1}},
		{map[string]any{"name": "three", "ports": []any{map[string]any{"containerPort": 80}}}, []any{"spec", "template", "spec", "containers", 2}},
		{map[string]any{"key": "y"}, []any{"spec", "template", "spec", "tolerations", 1}},
		{"new", []any{"spec", "script"}},
		{"none", []any{"kind"}},
		{map[string]any{}, []any{"status"}},
		{nil, []any{"status", "x"}},
	}
	var out strings.Builder
	for _, c := range changes {
		changed, err := decodeOne(t, spliced).Set(c.value, c.path...)
		assert.NilError(t, err)
		text := string(encode(t, []manifest.Object{changed}))
		assert.DeepEqual(t, decodeOne(t, text).Fields(), changed.Fields())
		fmt.Fprintf(&out, "%s = %v\n%s", manifest.PathString(c.path...), c.value, difference(spliced, text))
	}
	golden.Assert(t, out.String(), "splice.want")
}

// difference is the lines that differ behind what two texts begin, and before
// what they end with alike.
func difference(before, after string) string {
	a, b := strings.SplitAfter(before, "\n"), strings.SplitAfter(after, "\n")
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) > 10 {
		return "written anew\n"
	}
	var out strings.Builder
	for _, line := range a {
		out.WriteString("- " + line)
	}
	for _, line := range b {
		out.WriteString("+ " + line)
	}
	return out.String()
}

// FuzzSet holds that a change of the text is the change of the object that the
// full parser's way makes, or has the same message.
func FuzzSet(f *testing.F) {
	f.Add([]byte(spliced), "replicas", "x")
	for _, data := range oddFiles(f) {
		f.Add(data, "name", "a: b")
	}
	f.Fuzz(func(t *testing.T, data []byte, key, text string) {
		fast, err := manifest.Decode(data, "in.yaml")
		if err != nil {
			return
		}
		full, err := (&manifest.Decoder{FullParser: true}).Decode(data, "in.yaml")
		assert.NilError(t, err)
		if len(strings.Join(asJSON(t, full), "")) > 4<<10 {
			return // aliases: each change is written and read many times, and the fuzzer takes seconds for a hang
		}
		values := []any{text, 7, nil, map[string]any{key: text, "b": []any{text}}, []any{map[string]any{key: true}, "x"}, map[string]any{}, manifest.Ordered{{"z", text}, {"b", manifest.Ordered{{"y", 1}, {"x", nil}}}, {"a", manifest.Ordered{}}}}
		for i, o := range fast {
			paths := [][]any{
				{key},
				{"spec", key},
				{"spec", "a", key},
				{"metadata", "labels", key},
				{"spec", 0},
				{"spec", 1, key},
				{"a"},
				{"a", 1},
				{"spec", "template", "spec", "containers", 1, key},
				{"spec", "template", "spec", "containers", 2},
			}
			for n, path := range paths {
				setBoth(t, o, full[i], values[n%len(values)], path)
				setBoth(t, o, full[i], values[(n+len(text))%len(values)], path)
			}
		}
	})
}

func setBoth(t *testing.T, fast, full manifest.Object, value any, path []any) {
	t.Helper()
	before := asJSON(t, []manifest.Object{fast})
	got, gotErr := fast.Set(value, path...)
	want, wantErr := full.Set(value, path...)
	assert.Equal(t, fmt.Sprint(gotErr), fmt.Sprint(wantErr))
	assert.DeepEqual(t, asJSON(t, []manifest.Object{got}), asJSON(t, []manifest.Object{want}))
	assert.DeepEqual(t, asJSON(t, []manifest.Object{fast}), before)
	if got.Text("kind") == "" {
		return // nobody reads it
	}
	if _, isList := got.Fields()["items"]; isList || gotErr != nil {
		return
	}
	if err := manifest.Encode(io.Discard, []manifest.Object{want}); err != nil {
		return // such as a number that YAML has no form for
	}
	roundTrip(t, []manifest.Object{got})
}
