package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"
	"sigs.k8s.io/yaml"
)

// bin is where the programs are.
var bin string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "differential")
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(dir)
	bin = filepath.Join(dir, "bin")
	for module, packages := range map[string][]string{
		"../..":                 {"./cmd/argocd-safesync", "./cmd/safesync-render-..."},
		"../../tools/kustomize": {"sigs.k8s.io/kustomize/kustomize/v5"},
		"../../tools/helm":      {"helm.sh/helm/v4/cmd/helm"},
	} {
		command := exec.Command("go", append([]string{"build", "-o", bin + "/"}, packages...)...)
		command.Dir = module
		if out, err := command.CombinedOutput(); err != nil {
			return fail(fmt.Errorf("build %v of %s: %w\n%s", packages, module, err, out))
		}
	}
	if err := errors.Join(quiet(), os.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))); err != nil {
		return fail(err)
	}
	return m.Run()
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, "differential:", err)
	return 1
}

// An example is one application of testdata/apps.
type example struct {
	repo string
	application
}

// examples are the applications of testdata/apps by their names.
func examples(t *testing.T) map[string]example {
	t.Helper()
	files, err := filepath.Glob("../../testdata/apps/*/case.yaml")
	assert.NilError(t, err)
	found := map[string]example{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		assert.NilError(t, err)
		var described struct {
			Apps []struct{ Name, Namespace, Path string }
		}
		assert.NilError(t, yaml.Unmarshal(text, &described), file)
		for _, app := range described.Apps {
			found[filepath.Base(filepath.Dir(file))+"/"+app.Name] = example{filepath.Dir(file), application{app.Path, app.Name, app.Namespace}}
		}
	}
	assert.Assert(t, len(found) >= 40, "only %d examples", len(found))
	return found
}

// rendersNothing reports whether another source of the application is rendered
// instead, which Argo CD has no word for.
func rendersNothing(t *testing.T, policy string) bool {
	t.Helper()
	text, err := os.ReadFile(policy)
	if os.IsNotExist(err) {
		return false
	}
	assert.NilError(t, err)
	return strings.Contains(string(text), "\n  type: none")
}

// TestEveryExampleRendersAsInArgoCD is the promise that the plugin changes
// nothing of an application but what its policy asks for.
func TestEveryExampleRendersAsInArgoCD(t *testing.T) {
	for name, e := range examples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plain, asked := checkout(t, e.repo), checkout(t, e.repo)
			policy := filepath.Join(plain, e.path, policyName)
			if rendersNothing(t, policy) {
				t.Skip("another source of the application is rendered")
			}
			told, options, err := sourceOf(policy)
			assert.NilError(t, err)
			ours, ourErr := safesync(t.Context(), bin, plain, e.application, options)
			assert.NilError(t, os.Remove(policy))
			theirs, kind, theirErr := native(t.Context(), plain, e.application, told, t.TempDir())
			r := judge(ours, ourErr, theirs, theirErr, kind)
			assert.Equal(t, r.outcome, identical, "%s: %s", r.kind, r.note)
			assert.Assert(t, len(theirs) > 0, "nothing is rendered, so nothing is compared")

			changed, err := generate(t.Context(), bin, asked, e.application)
			assert.NilError(t, err)
			if kind == "Helm" {
				byIdentity(changed[:min(len(theirs), len(changed))])
			}
			assertOnlyAsked(t, changed, theirs)
		})
	}
}

// askedFor are the fields that a policy can change in an object of the
// application, by the kind of the object.
var askedFor = map[string][]string{
	"Deployment":     {"spec.strategy", "spec.minReadySeconds"},
	"StatefulSet":    {"spec.updateStrategy", "spec.minReadySeconds"},
	"DaemonSet":      {"spec.updateStrategy", "spec.minReadySeconds"},
	"Prometheus":     {"spec.updateStrategy", "spec.minReadySeconds"},
	"Pod":            {"metadata.annotations", "spec.activeDeadlineSeconds"}, // a chart's tests
	"Application":    {"spec.syncPolicy", "spec.source", "spec.sources"},
	"ApplicationSet": {"spec.template.spec.syncPolicy", "spec.template.spec.source", "spec.template.spec.sources"},
}

// assertOnlyAsked wants the application's own objects to be the same but for
// fields that a policy can change, and every other object to be a hook, or the
// record of the policy.
func assertOnlyAsked(t *testing.T, got, native []object) {
	t.Helper()
	assert.Assert(t, len(got) >= len(native), "%d objects, Argo CD has %d", len(got), len(native))
	for i, want := range native {
		kind, _ := want["kind"].(string)
		for _, field := range askedFor[kind] {
			without(want, strings.Split(field, "."))
			without(got[i], strings.Split(field, "."))
		}
		assert.Equal(t, cmp.Diff(want, got[i]), "", "object %d, %s", i, want)
	}
	for _, added := range got[len(native):] {
		meta := added["metadata"].(map[string]any)
		annotations, _ := meta["annotations"].(map[string]any)
		isRecord := added["kind"] == "ConfigMap" && strings.HasSuffix(meta["name"].(string), "safesync-record")
		assert.Check(t, isRecord || annotations["argocd.argoproj.io/hook"] != nil, "%s is neither a hook nor a record", added)
	}
}

// without removes a field.
func without(fields map[string]any, path []string) {
	for _, key := range path[:len(path)-1] {
		fields, _ = fields[key].(map[string]any)
	}
	delete(fields, path[len(path)-1])
}

// What Argo CD refuses must not pass as an application with fewer objects.
// Every folder of testdata/refused is an application.
func TestBothRefuse(t *testing.T) {
	dirs, err := filepath.Glob("testdata/refused/*")
	assert.NilError(t, err)
	assert.Assert(t, len(dirs) > 10)
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			_, err := os.Stat(filepath.Join(dir, "app"))
			assert.NilError(t, err, "without an application everybody refuses")
			r := compare(t.Context(), bin, checkout(t, dir), application{"app", "app", "ns"}, t.TempDir())
			assert.Equal(t, r.outcome, bothFail, "%s: %s", r.kind, r.note)
			t.Log(r.note)
		})
	}
}

// A policy is read as the program reads it: n is a text.
func TestASourceIsToldAsTheProgramReadsIt(t *testing.T) {
	file := filepath.Join(t.TempDir(), policyName)
	assert.NilError(t, os.WriteFile(file, []byte("source: {helm: {parameters: [{name: n, value: y}]}}\n"), 0o600))
	told, policy, err := sourceOf(file)
	assert.NilError(t, err)
	assert.DeepEqual(t, told.source.Helm.Parameters, []v1alpha1.HelmParameter{{Name: "n", Value: "y"}})
	assert.Assert(t, strings.Contains(string(policy), `name: "n"`), string(policy))
}

// A tree in which nothing could differ would prove nothing.
func TestADifferenceIsSeen(t *testing.T) {
	one := []object{{"apiVersion": "v1", "kind": "A", "metadata": map[string]any{"name": "x"}}}
	other := []object{{"kind": "A", "metadata": map[string]any{"name": "y"}}}
	refused := fmt.Errorf("no")
	for _, tt := range []struct {
		ours, theirs     []object
		ourErr, theirErr error
		want             outcome
	}{
		{one, one, nil, nil, identical},
		{one, other, nil, nil, differs},
		{one, nil, nil, nil, differs},
		{nil, nil, refused, refused, bothFail},
		{nil, one, refused, nil, onlySafesync},
		{one, nil, nil, refused, onlyArgoCD},
		{nil, []object{{"kind": "A"}}, refused, nil, noCluster},
	} {
		r := judge(tt.ours, tt.ourErr, tt.theirs, tt.theirErr, "")
		assert.Equal(t, r.outcome, tt.want)
		assert.Equal(t, r.note == "", tt.want == identical)
	}
}

func TestATreeIsShownAsATable(t *testing.T) {
	tree := t.TempDir()
	for name, text := range map[string]string{
		"good/a.yaml":   "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
		"broken/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n",
		"none/a.txt":    "",
	} {
		assert.NilError(t, os.MkdirAll(filepath.Dir(filepath.Join(tree, name)), 0o755))
		assert.NilError(t, os.WriteFile(filepath.Join(tree, name), []byte(text), 0o600))
	}
	var out strings.Builder
	differ, err := compareTree(t.Context(), &out, bin, tree)
	assert.NilError(t, err)
	assert.Assert(t, !differ)
	assert.Assert(t, strings.Contains(out.String(), "broken"), out.String())
	assert.Assert(t, strings.Contains(out.String(), "     1 identical\n     0 differs\n     1 both fail\n"), out.String())
}

// checkout copies a repository.
func checkout(t *testing.T, from string) string {
	t.Helper()
	repo := t.TempDir()
	assert.NilError(t, copyTree(repo, from))
	return repo
}
