package kustomize

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"gotest.tools/v3/assert"
)

// schemas are the styles in which schemas are written.
var schemas = []string{
	"type: object\nproperties:\n  spec: {type: object, x-kubernetes-int-or-string: true}\n  note:\n    description: |-\n      several\n\n      lines\n    type: string\n",
	"description: >-\n  folded\n  lines\ntype: object\n",
	"'type': \"object\"\nrequired:\n- spec\n- \"yes\"\nminimum: 010\nmaximum: 1e3\ndefault: 2001-01-01\nnullable: yes\nnothing:\nempty: {}\nnone: []\n",
	"description: a text\n  of two lines # and a comment\n# another\ntype: object\n",
	"description: |+\n  kept\n\ntype: object\n",
	"description: |-\n  one line\nmaximum: 18446744073709551615\nminimum: -1\nflag: TRUE\n\"on\": ~\nempty: \"\"\nflow: {a: , b: [c, {d: 1}]}\n",
	"items:\n  - - a\n    - b\n  - c: d\n    e: 'it''s'\n",
}

// crd is a definition with a schema in each of two versions, large enough to hide.
func crd(name, schema string) string {
	indented := strings.ReplaceAll("\n"+strings.TrimSuffix(schema, "\n"), "\n", "\n          ")
	indented = strings.ReplaceAll(indented, "          \n", "\n")
	version := "  - name: %s\n    schema:\n      openAPIV3Schema: # of it" + indented + "\n          padding: " + strings.Repeat("x", worthHiding) + "\n    served: true\n"
	return "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: " + name + "\nspec:\n  group: example.org\n  versions:\n" +
		fmt.Sprintf(version, "v1") + fmt.Sprintf(version, "v2") + "  conversion: {strategy: None}\n"
}

// TestHiddenSchemasComeBack builds kustomizations with schemas hidden and in sight.
func TestHiddenSchemasComeBack(t *testing.T) {
	for name, c := range map[string]struct {
		kustomization string
		hides         bool
	}{
		"resources":         {"", true},
		"labels":            {"labels:\n- pairs: {a: b}\n  includeSelectors: true\nnamespace: shop\nnamePrefix: a-\nimages:\n- {name: x, newTag: v2}\n", true},
		"patch of others":   {"patches:\n- target: {kind: Deployment}\n  patch: |\n    - {op: add, path: /spec/paused, value: true}\n", true},
		"patch of any":      {"patches:\n- target: {name: a.*}\n  patch: |\n    - {op: add, path: /spec/x, value: true}\n", false},
		"patch of all":      {"patches:\n- target: {kind: .*}\n  patch: |\n    - {op: add, path: /spec/x, value: true}\n", false},
		"patch of schemas":  {"patches:\n- target: {kind: CustomResourceDefinition}\n  patch: |\n    - {op: remove, path: /spec/versions/0/schema/openAPIV3Schema/padding}\n", false},
		"patch by its name": {"patches:\n- patch: |\n    apiVersion: apiextensions.k8s.io/v1\n    kind: CustomResourceDefinition\n    metadata: {name: a0}\n    spec: {scope: Namespaced}\n", false},
		"labels anywhere":   {"labels:\n- pairs: {a: b}\n  fields:\n  - {path: spec/versions/schema/openAPIV3Schema/l, create: true}\n", false},
		"a file of its own": {"configMapGenerator:\n- name: x\n  files: [crds.yaml]\n", false},
		"replacements":      {"replacements:\n- source: {kind: CustomResourceDefinition, name: a0, fieldPath: spec.group}\n  targets:\n  - select: {kind: CustomResourceDefinition}\n    fieldPaths: [spec.versions.0.schema.openAPIV3Schema.padding]\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var text strings.Builder
			for i, schema := range schemas {
				text.WriteString("---\n" + crd(fmt.Sprintf("a%d", i), schema))
			}
			write := func(name, text string) {
				assert.NilError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
			}
			write("crds.yaml", text.String())
			write("app.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec: {}\n")
			write("kustomization.yaml", "resources: [crds.yaml, app.yaml]\n"+c.kustomization)
			opts := Options{RepoRoot: dir, App: "."}
			j, err := newJail(opts)
			assert.NilError(t, err)
			defer j.close()
			j.hide()
			assert.Equal(t, j.hidden != nil, c.hides)

			var got, want bytes.Buffer
			assert.NilError(t, Build(&got, opts))
			opts.InSight = true
			assert.NilError(t, Build(&want, opts))
			assert.Equal(t, got.String(), want.String())
			assert.Assert(t, strings.Count(got.String(), "padding") >= len(schemas))
		})
	}
}

// TestMessagesAreOfTheFilesAsTheyAre: what is wrong is said with everything in sight.
func TestMessagesAreOfTheFilesAsTheyAre(t *testing.T) {
	dir := t.TempDir()
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte("resources: [crds.yaml]\n"), 0o600))
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "crds.yaml"), []byte(crd("a", schemas[0])+"---\na: [\n"), 0o600))
	message := func(inSight bool) string {
		return Build(&bytes.Buffer{}, Options{RepoRoot: dir, App: ".", InSight: inSight}).Error()
	}
	assert.Equal(t, message(false), message(true))
}

// TestAWordOfAUserIsNoSchema: the word that stands for a schema is in another object.
func TestAWordOfAUserIsNoSchema(t *testing.T) {
	dir := t.TempDir()
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte("resources: [crds.yaml, a.yaml]\n"), 0o600))
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "crds.yaml"), []byte(crd("a", schemas[0])), 0o600))
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "a.yaml"), []byte("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: "+hiddenWord+"0\n"), 0o600))
	var out bytes.Buffer
	assert.NilError(t, Build(&out, Options{RepoRoot: dir, App: "."}))
	assert.Assert(t, strings.Contains(out.String(), "a: "+hiddenWord+"0\n"))
	assert.Assert(t, strings.Contains(out.String(), "several"))
}

// FuzzHide holds that a document with its schemas hidden and put back is the one
// that the library's parser reads, as nodes or as what the emitter writes of them.
func FuzzHide(f *testing.F) {
	for _, schema := range schemas {
		f.Add(strings.ReplaceAll(crd("a", schema), strings.Repeat("x", worthHiding), "x"))
	}
	f.Fuzz(func(t *testing.T, text string) {
		h := &hidden{schemas: map[string]schema{}}
		without := h.document(nil, []byte(text))
		if len(h.schemas) == 0 || strings.Contains(text, hiddenWord) {
			assert.Equal(t, string(without) == text || strings.Contains(text, hiddenWord), true)
			return
		}
		var got, want yaml.Node
		assert.NilError(t, yaml.Unmarshal([]byte(text), &want))
		assert.NilError(t, yaml.Unmarshal(without, &got))
		if h.schemas[hiddenWord+"0"].text == nil {
			h.show(&got)
			sameNodes(t, &got, &want)
			return
		}
		hiding, all := emitter{hidden: h}, emitter{}
		assert.Assert(t, all.entries(want.Content[0], 0))
		assert.Assert(t, hiding.entries(got.Content[0], 0))
		assert.Equal(t, hiding.out.String(), all.out.String())
		assert.Assert(t, !strings.Contains(hiding.out.String(), hiddenWord))
	})
}

func sameNodes(t *testing.T, got, want *yaml.Node) {
	t.Helper()
	say := func(n *yaml.Node) string {
		return fmt.Sprintf("%d %d %s %q %d", n.Kind, n.Style, n.Tag, n.Value, len(n.Content))
	}
	assert.Equal(t, say(got), say(want))
	for i := range got.Content {
		sameNodes(t, got.Content[i], want.Content[i])
	}
}
