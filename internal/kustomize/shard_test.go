package kustomize

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"gotest.tools/v3/assert"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/provenance"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
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
	_, err = j.sharded(func() (resmap.ResMap, error) { return krusty.MakeKustomizer(inKindOrder()).Run(j, j.root) })
	t.Log(err)
	return err == nil
}

// TestShardsChangeNothing holds that a build in shards has the objects of a build
// at once, in its order, and which fields are built so.
func TestShardsChangeNothing(t *testing.T) {
	const patch = "patches:\n- target: {kind: Deployment, name: 'web-[1-3].'}\n  patch: |\n    - {op: add, path: /spec/replicas, value: 3}\n- target: {kind: Nothing}\n  patch: |\n    - {op: remove, path: /spec}\n"
	tests := []struct {
		name, more string
		want       bool
	}{
		{"resources alone", "", true},
		{"changes to each object", patch + "labels:\n- pairs: {a: b}\n  includeSelectors: true\ncommonAnnotations: {c: d}\nimages:\n- {name: nginx, newTag: '2'}\n", true},
		{"a strategic patch", "patches:\n- target: {kind: Deployment}\n  patch: |\n    kind: Deployment\n    metadata: {name: any}\n    spec: {template: {spec: {containers: [{name: web, tty: true}, {name: other}]}}}\n", true},
		{"a namespace", "namespace: prod\n", true},
		{"a prefix", "namePrefix: p-\n", true},
		{"a generator", "configMapGenerator:\n- {name: c, literals: [a=b]}\n", true},
		{"a patch that must match", "patches:\n- patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: web-1, namespace: n1}\n    spec: {replicas: 2}\n", true},
		{"a patch with another name", "patches:\n- target: {name: web-1}\n  options: {allowNameChange: true}\n  patch: |\n    - {op: replace, path: /metadata/name, value: z}\n", true},
		{"a patch with another name for what has a label", "patches:\n- target: {name: web-1, labelSelector: a!=b}\n  patch: |\n    - {op: replace, path: /metadata/name, value: z}\n", false},
		{"a patch with the whole identity", "patches:\n- target: {name: web-1}\n  patch: |\n    - {op: replace, path: /metadata, value: {name: z, namespace: y}}\n", false},
		{"a label with the version of kustomize", "buildMetadata: [managedByLabel]\n", true},
		{"replicas, which must match", "replicas:\n- {name: web-1, count: 5}\n", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := manyFiles(t, tt.more)
			assert.Equal(t, isSharded(t, dir), tt.want)
			var out bytes.Buffer
			assert.NilError(t, Build(&out, Options{RepoRoot: dir, App: "."}))
			plain, err := krusty.MakeKustomizer(inKindOrder()).Run(filesys.MakeFsOnDisk(), dir)
			assert.NilError(t, err)
			text, err := plain.AsYaml()
			assert.NilError(t, err)
			want := strings.ReplaceAll(string(text), "kustomize-"+provenance.GetProvenance().Semver(), "kustomize-"+shipped)
			assert.DeepEqual(t, fieldsIn(t, out.Bytes()), fieldsIn(t, []byte(want)))
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
	assert.ErrorContains(t, Build(&bytes.Buffer{}, Options{RepoRoot: dir, App: "."}), `kustomization.yaml:71:3: resources[69]: want each object once, got Deployment "web-69" in "f00.yaml", which is in "f69.yaml" too`)

	for _, separator := range []string{"---x: 1", "--- x"} {
		dir = manyFiles(t, "")
		text := string(twice) + separator + "\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: behind\n"
		assert.NilError(t, os.WriteFile(filepath.Join(dir, "f00.yaml"), []byte(text), 0o600))
		assert.Assert(t, !isSharded(t, dir))
		assert.ErrorContains(t, Build(&bytes.Buffer{}, Options{RepoRoot: dir, App: "."}), "behind a ---")
	}
}

// FuzzShards holds that a build in shards has every byte of a build at once.
func FuzzShards(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		tree := newRandomTree(seed)
		parts, whole, why := bothWays(t, tree, func(*survey) {})
		if why == nil {
			assert.Equal(t, parts, whole, "%s", listing(tree.files))
		}
	})
}

// TestRandomTreesCanTellABuildApart holds that FuzzShards would see it if a shard
// had not all that its objects refer to, and that such a shard is refused.
func TestRandomTreesCanTellABuildApart(t *testing.T) {
	const trees = 160
	has, different, refused := map[string]int{}, 0, 0
	for seed := range uint64(trees) {
		parts, whole, why := bothWays(t, newRandomTree(seed), forgetReferences)
		if why != nil {
			continue
		}
		for what := range newRandomTree(seed).has {
			has[what]++
		}
		if parts == whole {
			continue
		}
		different++
		if parts, whole, why = bothWays(t, newRandomTree(seed), forgetNeeds); why != nil {
			refused++
		} else {
			assert.Equal(t, parts, whole)
		}
	}
	assert.Assert(t, different >= 5 && refused == different, "%d trees differ, %d were refused", different, refused)
	assert.Assert(t, len(has) >= 22, "features of what is built in shards: %v", has)
}

// forgetNeeds leaves what objects refer to out of their shards.
func forgetNeeds(s *survey) {
	for _, from := range s.sources {
		from.needs, from.values = nil, nil
	}
}

// forgetReferences does so, and that there are references.
func forgetReferences(s *survey) {
	forgetNeeds(s)
	s.renamed = renamed{}
}

// TestShardsHaveWhatTheirObjectsReferTo builds each case of testdata/shards one
// object at a time. They come out as at once, and would not without the objects
// that they refer to.
func TestShardsHaveWhatTheirObjectsReferTo(t *testing.T) {
	cases, err := filepath.Glob("testdata/shards/*.txtar")
	assert.NilError(t, err)
	assert.Assert(t, len(cases) >= 18)
	for _, name := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			tree := savedTree(t, name)
			parts, whole, why := bothWays(t, tree, func(*survey) {})
			assert.NilError(t, why)
			assert.Equal(t, parts, whole)
			parts, whole, why = bothWays(t, tree, forgetReferences)
			assert.Assert(t, why != nil || parts != whole, "nothing refers to another object")
			_, _, why = bothWays(t, tree, forgetNeeds)
			assert.Assert(t, why != nil)
		})
	}
}

// TestShardsKnowWhichNamespacesWereThere holds that a reference with a namespace has
// in its shard what decides whether that is a former or a present one.
func TestShardsKnowWhichNamespacesWereThere(t *testing.T) {
	tree := savedTree(t, filepath.Join("testdata", "shards", "namespace-of-others.txtar"))
	forget := func(s *survey) {
		for _, from := range s.sources {
			from.needs = slices.DeleteFunc(from.needs, func(needed *source) bool { return needed.file.path == "other.yaml" })
		}
	}
	_, _, why := bothWays(t, tree, forget)
	assert.ErrorIs(t, why, errAtOnce)
	parts, whole, why := bothWays(t, tree, func(s *survey) {
		forget(s)
		s.renamed.homes = nil
	})
	assert.NilError(t, why)
	assert.Assert(t, parts != whole)
}

func savedTree(t *testing.T, name string) *randomTree {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	assert.NilError(t, err)
	tree := randomTree{files: map[string]string{}}
	for _, f := range archive.Files {
		tree.files[f.Name] = string(f.Data)
	}
	return &tree
}

// TestShardsHaveThePartsWithConfigurations holds that a layer with configurations
// is in every shard, because they count for other layers too.
func TestShardsHaveThePartsWithConfigurations(t *testing.T) {
	for _, name := range []string{"configuration-of-a-base", "configuration-of-a-component"} {
		tree := savedTree(t, filepath.Join("testdata", "shards", name+".txtar"))
		parts, whole, why := bothWays(t, tree, func(s *survey) { s.fields.layers = nil })
		assert.Assert(t, why != nil || parts != whole, name)
	}
}

// bothWays builds a tree in small shards, after something was done to its survey,
// and at once. Why is what kept it from the former.
func bothWays(t *testing.T, tree *randomTree, do func(*survey)) (parts, whole string, why error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range tree.files {
		at := filepath.Join(dir, name)
		assert.NilError(t, os.MkdirAll(filepath.Dir(at), 0o755))
		assert.NilError(t, os.WriteFile(at, []byte(text), 0o600))
	}
	j, err := newJail(Options{RepoRoot: dir, App: ".", Charts: &renderer.Charts{Program: HelmRenderer}})
	assert.NilError(t, err)
	defer j.close()
	defer quiet()()
	options := inKindOrder()
	undo, err := j.allowCharts(options.PluginConfig)
	assert.NilError(t, err)
	defer undo()
	build := func() (resmap.ResMap, error) { return krusty.MakeKustomizer(options).Run(j, j.root) }
	taken, why := j.survey(0)
	if why != nil {
		return "", "", why
	}
	do(taken)
	objects, why := j.inShards(taken, taken.shards(1), build)
	if why != nil {
		return "", "", why
	}
	j.edited = nil
	atOnce, err := j.atOnce(build)
	if err != nil {
		return texts(objects), err.Error(), nil
	}
	return texts(objects), texts(atOnce), nil
}

func texts(objects []object) string {
	var out strings.Builder
	for _, o := range objects {
		out.WriteString("---\n" + string(o.text))
	}
	return out.String()
}

func listing(files map[string]string) string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		out.WriteString("-- " + name + " --\n" + files[name])
	}
	return out.String()
}
