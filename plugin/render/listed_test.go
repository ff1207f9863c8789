package render_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/kustomize"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/render"
)

// withoutProgram renders the kustomization in dir/app where no program for it can be had.
// Ok is false if one is needed.
func withoutProgram(t *testing.T, dir string) (objects []manifest.Object, ok bool) {
	t.Helper()
	root, err := os.OpenRoot(dir)
	assert.NilError(t, err)
	t.Cleanup(func() { root.Close() })
	objects, err = render.Dir(t.Context(), render.Request{
		Repo: root.FS(), RepoDir: dir, App: "app", Source: render.Source{Type: render.TypeKustomize},
	})
	if err != nil {
		assert.ErrorContains(t, err, "no renderer at")
	}
	return objects, err == nil
}

// asKustomize holds objects against what the program for kustomizations makes of the
// same directory: the same objects in the same order.
func asKustomize(t *testing.T, dir string, objects []manifest.Object) {
	t.Helper()
	var out bytes.Buffer
	assert.NilError(t, kustomize.Build(&out, kustomize.Options{RepoRoot: dir, App: "app"}))
	want, err := manifest.DecodeRendered(out.Bytes(), "app")
	assert.NilError(t, err)
	assert.DeepEqual(t, jsonOf(t, objects), jsonOf(t, want))
	for i, o := range objects {
		// The program names the kustomization where it did not find the object.
		if file := want[i].Origin().File; !strings.Contains(strings.ToLower(file), "kustomization") {
			assert.Equal(t, o.Origin().File, file)
		}
	}
}

func jsonOf(t *testing.T, objects []manifest.Object) (out []string) {
	t.Helper()
	for _, o := range objects {
		text, err := json.Marshal(o.Fields())
		assert.NilError(t, err)
		out = append(out, string(text))
	}
	return out
}

// written writes files into a new directory.
func written(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		assert.NilError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		assert.NilError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	return dir
}

// FuzzListed holds that whatever is rendered without the program is what the program
// makes of it. The trees are random, and each has some of what is odd.
func FuzzListed(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		dir := written(t, newListedTree(seed))
		if objects, ok := withoutProgram(t, dir); ok {
			asKustomize(t, dir, objects)
		}
	})
}

// TestSomeTreesAreListedAndSomeAreNot holds that the fuzzer compares something, and
// that its trees have what is refused.
func TestSomeTreesAreListedAndSomeAreNot(t *testing.T) {
	accepted := 0
	const trees = 200
	for seed := range uint64(trees) {
		if _, ok := withoutProgram(t, written(t, newListedTree(seed))); ok {
			accepted++
		}
	}
	assert.Assert(t, accepted > trees/3 && accepted < trees*9/10, "%d of %d", accepted, trees)
}

// FuzzListedDocument is FuzzListed for one file with any text.
func FuzzListedDocument(f *testing.F) {
	for _, pattern := range []string{"../../internal/kustomize/testdata/*.txtar", "../../internal/manifest/testdata/shapes.txtar"} {
		names, err := filepath.Glob(pattern)
		assert.NilError(f, err)
		assert.Assert(f, len(names) > 0)
		for _, name := range names {
			archive, err := txtar.ParseFile(name)
			assert.NilError(f, err)
			for _, file := range archive.Files {
				f.Add(file.Data)
				f.Add(append([]byte("apiVersion: v1\nkind: Thing\nmetadata:\n  name: x\n  annotations:\n    a: b\n"), file.Data...))
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := written(t, map[string]string{"app/kustomization.yaml": "resources: [a.yaml]\n", "app/a.yaml": string(data)})
		if objects, ok := withoutProgram(t, dir); ok {
			asKustomize(t, dir, objects)
		}
	})
}

// A listedTree is a random tree of kustomizations that mostly list files.
type listedTree struct {
	*rand.Rand
	files map[string]string
	names int
	odd   int  // once in how many times there is something odd
	small bool // one object
}

func newListedTree(seed uint64) map[string]string {
	tree := &listedTree{Rand: rand.New(rand.NewPCG(seed, 7)), files: map[string]string{}}
	tree.odd = []int{5000, 1000, 200, 10}[tree.IntN(4)]
	tree.small = tree.odd == 10
	tree.layer("app", 0)
	return tree.files
}

func (t *listedTree) one(of ...string) string { return of[t.IntN(len(of))] }

// either is the usual, or seldom one of the others.
func (t *listedTree) either(usual string, odd ...string) string {
	if t.IntN(t.odd) == 0 {
		return t.one(odd...)
	}
	return usual
}

func (t *listedTree) layer(dir string, depth int) {
	var entries []string
	files, most := 1+t.IntN(4), 3
	if t.small {
		files, most, depth = 1, 1, 2
	}
	for n := range files {
		name := fmt.Sprintf("f%d.yaml", n)
		where := t.either("", "sub/", "../")
		docs := make([]string, 1+t.IntN(most))
		for i := range docs {
			docs[i] = t.object()
		}
		text := t.either("", "---\n", "# a file\n", "\n\n", "---\n---\n", "\uFEFF", "%YAML 1.1\n---\n") +
			strings.Join(docs, t.either("---\n", "---\n# next\n", "--- # more\n", "---\n---\n", "---\n# nothing\n---\n", "---   \n", "--- x\n", "...\n")) +
			t.either("", "---\n", "---", "# end\n", "\n\n", "...\n", "--- # end")
		if t.IntN(t.odd) == 0 {
			text = strings.TrimRight(text, "\n")
		}
		t.files[filepath.Join(dir, where+name)] = text
		entries = append(entries, t.either("", "./")+where+name+t.either("", "/", "x", "?ref=1"))
	}
	for n := range 2 {
		if depth < 2 && t.IntN(3) == 0 {
			sub := t.one(fmt.Sprintf("d%d", n), fmt.Sprintf("../base%d%d", depth, n))
			t.layer(filepath.Join(dir, sub), depth+1)
			entries = append(entries, sub+t.either("", "/", "/.", "/.."))
		}
	}
	t.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	if t.IntN(t.odd) == 0 {
		entries = append(entries, t.one(entries...))
	}
	head := t.one("", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", "kind: Kustomization\n")
	list := "resources: [" + strings.Join(entries, ", ") + "]\n"
	if t.IntN(2) == 0 {
		list = "resources:\n- " + strings.Join(entries, "\n# one more\n- ") + "\n"
	}
	t.files[filepath.Join(dir, t.either("kustomization.yaml", "kustomization.yml", "Kustomization"))] = head + list +
		t.either("", "namespace: n\n", "namePrefix: p-\n", "commonLabels: {a: b}\n", "metadata: {name: x}\n", "sortOptions: {order: fifo}\n", "buildMetadata: [originAnnotations]\n", "bases: []\n", "# the end\n", "images: []\n")
}

// object is a document, most with a name of its own.
func (t *listedTree) object() string {
	t.names++
	kinds := [][2]string{
		{"v1", "ConfigMap"},
		{"v1", "Secret"},
		{"v1", "Service"},
		{"apps/v1", "Deployment"},
		{"rbac.authorization.k8s.io/v1", "RoleBinding"},
		{"v1", "Namespace"},
		{"example.org/v1", "Namespace"},
		{"zz.example.org/v1", "Namespace"},
		{"admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"},
		{"example.org/v1beta1", "Thing"},
		{"example.org/v1", "Thing"},
		{"storage.k8s.io/v1", "StorageClass"},
		{"v1", "ServiceAccount"},
		{"rbac.authorization.k8s.io/v1", "ClusterRole"},
		{"apiextensions.k8s.io/v1", "CustomResourceDefinition"},
		{"batch/v1", "CronJob"},
		{"networking.k8s.io/v1", "Ingress"},
	}
	kind := kinds[t.IntN(len(kinds))]
	name := fmt.Sprintf("%s%d", t.one("a", "b-", "c.", "web-"), t.names)
	out := "apiVersion: " + t.either(kind[0], "''", "v1/", "1", "a/b/c") + "\nkind: " + t.either(kind[1], "List", "ThingList", "true", kind[1]+" # a comment", "'"+kind[1]+"'") + "\nmetadata:\n"
	if t.IntN(t.odd) > 0 {
		out += "  name: " + t.either(name, "same", "same", `"`+name+`"`, "123", "'123'", "null", "yes", "''") + "\n"
	} else {
		out += "  generateName: x-\n"
	}
	out += t.one("", "  namespace: n1\n", "  namespace: n2\n", "  namespace: default\n", "  namespace: "+t.either("n1-b", "''", "1", "null", "~")+"\n")
	if t.IntN(3) == 0 {
		out += "  labels:\n    a: " + t.scalar(4) + "\n"
	}
	if t.IntN(3) == 0 {
		out += "  annotations:\n    " + t.either("note", "config.kubernetes.io/local-config", "'1'", "'true'", "internal.config.kubernetes.io/previousNames", "kustomize.config.k8s.io/needs-hash", "config.kubernetes.io/origin") + ": " + t.scalar(4) + "\n    b: c\n"
	}
	out += t.either("", "  annotations: {}\n", "  labels: {}\n", "  creationTimestamp: null\n", "  annotations:\n", "  ownerReferences: []\n")
	return out + t.body()
}

func (t *listedTree) body() string {
	ref := t.either("{name: a1}", "a1", "[a1]", "{}", "null", "{name: {}}", "{other: a}", "'a1'", "[{name: a}, {}]", "[null]")
	bodies := []string{
		"data:\n  k: " + t.scalar(2) + "\n  'quoted': " + t.scalar(2) + "\n",
		"spec:\n  replicas: " + t.either("3", "03", "0x3", "3.0", "1_0", "+3", "3.5", "1e3", "-0", "12345678901234567890") + "\n  list:\n  - " + t.scalar(2) + "\n  -   a: " + t.scalar(6) + "\n      b: [1, x, 'y']\n",
		"subjects:\n- kind: ServiceAccount\n  name: a1\n" + t.either("  namespace: n1\n", "", "  namespace: null\n", "- {name: x}\n", "- a\n", "  namespace: 1\n") + "roleRef: " + ref + "\n",
		"spec:\n  template:\n    spec:\n      containers:\n      - name: x\n        env:\n        - name: E\n          value: " + t.scalar(10) + "\n          valueFrom:\n            configMapKeyRef: " + ref + "\n      volumes: " + t.either("[{name: v}]", "{}", "null", "x", "[]", "[null]") + "\n",
		"spec:\n  tls: " + ref + "\n  service: " + ref + "\n",
		"webhooks:\n- clientConfig:\n    service: " + ref + "\n",
		"",
		"rules:\n- resourceNames: " + ref + "\n",
		"parameters: " + ref + "\n",
		t.either("", "items: []\n", "items: {}\n", "items:\n"),
		"a:\n  " + t.either("b", "yes", "'yes'", "1", "'1'", "2001-01-01", "<<", "'<<'", "2001-01-01T00:00:00Z", "null", "'a b'") + ": " + t.scalar(2) + "\n" + t.either("", "  c:\n", "  c: ~\n"),
		"a: {b: c, d: " + t.either("e", "", "null", "{}", "[]", "yes", "1.50", "'x y'") + "}\nempty: {}\nnone: []\n",
		"a: " + t.scalar(0) + "\n",
	}
	return bodies[t.IntN(len(bodies))]
}

// scalar is a value for a key whose mapping is at a column.
func (t *listedTree) scalar(column int) string {
	indent := "\n" + strings.Repeat(" ", column+2)
	usual := t.one("text", "'quoted'", `"two words"`, "'yes'", "'010'", "|"+indent+"one"+indent+"two", "|-"+indent+"one", ">-"+indent+"folded"+indent+"text", "a plain"+indent+"text of lines", `"with \"escapes\" and \n lines"`,
		"|"+indent+"#!/bin/sh"+indent+"  set -e"+indent+"  x: {y}", "80:81", "v1.2", "1d", "10Gi", "https://a.b/c?d=e", "-x", "'a: b # c'", "*.example.org"[1:], "e1", "0 0 * * *", "''")
	return t.either(usual, "yes", "on", "010", "0o10", "1_000", "1e3", "2001-01-01", "2001-01-01 10:00:00", "2001-01-01T10:00:00Z", "12:30:45", "0x1F", "~", "null", ".5", "1.", "1.50", "-1", "+1", "True", "0b1", ".inf", "NaN", "=", "<<", "!!str 1",
		`"\x07"`, `"\u0085"`, `"\t tab"`, `" lead"`, `"trail "`, `"trail \n line"`, `"\n"`, `"\n\n"`, `"a\n\n\nb\n\n"`, `"\ta\n\tb"`, "|+"+indent+"keep"+indent, "|"+indent+" lead"[1:]+indent+indent[1:]+"x", "|"+indent+"trail "+indent+"x  ", "|"+indent+"a\ttab",
		"|2"+indent+" a", ">"+indent+"a"+"\n"+indent+"b", ">"+indent+"a", ">+"+indent+"a\n\n", ">"+indent+"  more", "|-"+indent+"a\n"+indent+"b\n\n", "'multi"+indent+"line'", "'multi\n"+indent+"line'", "plain\n"+indent+"par", "é ü", "日本", `"\u2028"`, `"\ud83d\ude00"`, "1234567e8", "0777", "a'b", `a"b`, "[a, b]", "{a: b}")
}
