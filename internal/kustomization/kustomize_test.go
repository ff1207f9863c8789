package kustomization

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// TestReferencesAreThoseOfKustomize holds the fields against the configuration that
// kustomize has built in, which none of its packages tells.
func TestReferencesAreThoseOfKustomize(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kustomize/api").Output()
	assert.NilError(t, err)
	source, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "internal", "konfig", "builtinpluginconsts", "namereference.go"))
	assert.NilError(t, err)
	paths := regexp.MustCompile(`(?m)path: (\S+)$`).FindAllStringSubmatch(string(source), -1)
	assert.Assert(t, len(paths) > 100)
	refer := references()
	for _, path := range paths {
		// Annotations are texts, which fits.
		assert.Assert(t, refer.has(path[1]) || strings.HasPrefix(path[1], "metadata/annotations/"), path[1])
	}
}

// TestOrderIsThatOfKustomize holds the order of objects against a build, for all kinds
// that have a place of their own, groups and namespaces that are parts of others, and
// any order before.
func TestOrderIsThatOfKustomize(t *testing.T) {
	kinds := slices.Concat(first, last, []string{"Thing", "Ingress", "Job", "Alpha"})
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		var docs []string
		for n := range 60 {
			group := []string{"", "", "apps/", "apps.example/", "a/", "a-b/", "z/"}[r.IntN(7)]
			kind := kinds[r.IntN(len(kinds))]
			if r.IntN(4) == 0 {
				kind = "Namespace"
			}
			doc := fmt.Sprintf("apiVersion: %s%s\nkind: %s\nmetadata:\n  name: %s%d\n", group, []string{"v1", "v1beta1", "v2"}[r.IntN(3)], kind, []string{"x", "x-", "x.", "y"}[r.IntN(4)], n)
			if namespace := []string{"", "a", "a-b", "a0", "default"}[r.IntN(5)]; namespace != "" {
				doc += "  namespace: " + namespace + "\n"
			}
			docs = append(docs, doc)
		}
		text := strings.Join(docs, "---\n")
		objects, err := manifest.Decode([]byte(text), "a.yaml")
		assert.NilError(t, err)
		assert.Assert(t, Order(objects))
		assert.DeepEqual(t, idsOf(objects), idsOf(built(t, text)))
	}
}

// built is what kustomize makes of one file.
func built(t *testing.T, text string) []manifest.Object {
	t.Helper()
	files := filesys.MakeFsInMemory()
	assert.NilError(t, files.WriteFile("/app/a.yaml", []byte(text)))
	assert.NilError(t, files.WriteFile("/app/kustomization.yaml", []byte("resources: [a.yaml]\n")))
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionUnspecified
	all, err := krusty.MakeKustomizer(options).Run(files, "/app")
	assert.NilError(t, err)
	out, err := all.AsYaml()
	assert.NilError(t, err)
	objects, err := manifest.Decode(out, "built")
	assert.NilError(t, err)
	return objects
}

func idsOf(objects []manifest.Object) (ids []string) {
	for _, o := range objects {
		ids = append(ids, fmt.Sprint(o.Ref()), o.Ref().Group)
	}
	return ids
}

// TestKindsOfNamespacesAreInOne holds that kustomize takes none of these kinds for one
// that no namespace has.
func TestKindsOfNamespacesAreInOne(t *testing.T) {
	for kind := range namespaced {
		for _, version := range []string{"v1", "apps/v1", "batch/v1", "rbac.authorization.k8s.io/v1", "networking.k8s.io/v1", "policy/v1", "autoscaling/v2", "example.org/v1"} {
			assert.Assert(t, !openapi.IsCertainlyClusterScoped(yaml.TypeMeta{APIVersion: version, Kind: kind}), kind)
		}
	}
}
