package kustomize

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// manyFiles is a kustomization of 70 files with two objects each.
func manyFiles(t *testing.T, more string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	list := "resources:\n"
	for i := range 70 {
		name := fmt.Sprintf("f%02d.yaml", 69-i)
		list += "- " + name + "\n"
		text := fmt.Sprintf("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-%[1]d\n  namespace: n%[2]d\nspec:\n  template:\n    spec:\n      containers:\n      - {name: web, image: nginx:1.0}\n---\n"+
			"apiVersion: example.org/v%[2]d\nkind: [Namespace, Thing, ConfigMap][%[3]d]\nmetadata:\n  name: x-%[1]d\n", i, i%3, i%3)
		text = strings.Replace(text, fmt.Sprintf("[Namespace, Thing, ConfigMap][%d]", i%3), []string{"Namespace", "Thing", "ConfigMap"}[i%3], 1)
		assert.NilError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(list+more), 0o600))
	return dir
}

// isSharded reports whether the kustomization in dir is built in shards.
func isSharded(t *testing.T, dir string) bool {
	t.Helper()
	j, err := newJail(Options{RepoRoot: dir, App: "."})
	assert.NilError(t, err)
	defer j.close()
	_, ok := j.sharded(func() (resmap.ResMap, error) { return krusty.MakeKustomizer(inKindOrder()).Run(j, j.root) })
	return ok
}

// TestShardsChangeNothing holds that a build in shards has the objects of a build
// at once, in its order, and that what concerns more than one object is not built
// in shards.
func TestShardsChangeNothing(t *testing.T) {
	const patch = "patches:\n- target: {kind: Deployment, name: 'web-[1-3].'}\n  patch: |\n    - {op: add, path: /spec/replicas, value: 3}\n- target: {kind: Nothing}\n  patch: |\n    - {op: remove, path: /spec}\n"
	tests := []struct {
		name, more string
		want       bool
	}{
		{"resources alone", "", true},
		{"changes to each object", patch + "labels:\n- pairs: {a: b}\n  includeSelectors: true\ncommonAnnotations: {c: d}\nimages:\n- {name: nginx, newTag: '2'}\n", true},
		{"a strategic patch", "patches:\n- target: {kind: Deployment}\n  patch: |\n    kind: Deployment\n    metadata: {name: any}\n    spec: {template: {spec: {containers: [{name: web, tty: true}, {name: other}]}}}\n", true},
		{"a namespace", "namespace: prod\n", false},
		{"a prefix", "namePrefix: p-\n", false},
		{"a generator", "configMapGenerator:\n- {name: c, literals: [a=b]}\n", false},
		{"a patch that must match", "patches:\n- patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web-1, namespace: n1}\n    spec: {replicas: 2}\n", false},
		{"a patch with another name", "patches:\n- target: {name: web-1}\n  options: {allowNameChange: true}\n  patch: |\n    - {op: replace, path: /metadata/name, value: z}\n", false},
		{"replicas, which must match", "replicas:\n- {name: web-1, count: 5}\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := manyFiles(t, tt.more)
			assert.Equal(t, isSharded(t, dir), tt.want)
			var out bytes.Buffer
			assert.NilError(t, Build(&out, Options{RepoRoot: dir, App: "."}))
			plain, err := krusty.MakeKustomizer(inKindOrder()).Run(filesys.MakeFsOnDisk(), dir)
			assert.NilError(t, err)
			want, err := plain.AsYaml()
			assert.NilError(t, err)
			assert.DeepEqual(t, fieldsIn(t, out.Bytes()), fieldsIn(t, want))
		})
	}
}

func fieldsIn(t *testing.T, stream []byte) (out []string) {
	t.Helper()
	objects, err := manifest.Decode(stream, "stream")
	assert.NilError(t, err)
	for _, o := range objects {
		text, err := json.Marshal(o.Fields())
		assert.NilError(t, err)
		out = append(out, string(text))
	}
	return out
}

// TestShardsLeaveMessagesToTheWhole holds that what is wrong is said as without
// shards, with the place in the user's own file.
func TestShardsLeaveMessagesToTheWhole(t *testing.T) {
	dir := manyFiles(t, "- gone.yaml\n")
	assert.Error(t, Build(&bytes.Buffer{}, Options{RepoRoot: dir, App: "."}),
		`kustomization.yaml:72:3: resources[70]: want a file or a directory, got "gone.yaml", which does not exist`)

	dir = manyFiles(t, "")
	twice, err := os.ReadFile(filepath.Join(dir, "f00.yaml"))
	assert.NilError(t, err)
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "f69.yaml"), twice, 0o600))
	assert.Assert(t, !isSharded(t, dir))
	assert.ErrorContains(t, Build(&bytes.Buffer{}, Options{RepoRoot: dir, App: "."}), "may not add resource with an already registered id: Deployment.v1.apps/web-69.n0")
}
