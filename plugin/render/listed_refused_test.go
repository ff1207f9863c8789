package render_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
	"github.com/argocd-safesync/argocd-safesync/plugin/render"
)

// thing is an object that needs no program, and what stands before its spec.
const thing = "apiVersion: example.org/v1\nkind: Thing\nmetadata:\n  name: x\n"

// good is a tree that needs no program.
func good() map[string]string {
	return map[string]string{
		"app/kustomization.yaml":   "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- a.yaml\n- ../base\n- sub/b.yaml\n",
		"app/a.yaml":               thing + "spec: {size: 1.2.3, count: 3, run: true}\n",
		"app/none.yaml":            "# Nothing.\n",
		"app/sub/b.yaml":           "# Only a comment.\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: b\n  creationTimestamp: null\n",
		"base/kustomization.yml":   "resources:\n- c.yaml",
		"base/c.yaml":              "kind: Namespace\napiVersion: v1\nmetadata:\n  name: c\n  annotations:\n    note: text",
		"other/kustomization.yaml": "resources: [d.yaml]\n",
		"other/d.yaml":             strings.Replace(thing, "x", "d", 1),
		// What is in the way of an entry that could be a path too.
		"app/010":                               strings.Replace(thing, "x", "f", 1),
		"app/a@b.yaml":                          strings.Replace(thing, "x", "g", 1),
		"app/etc/h.yaml":                        strings.Replace(thing, "x", "h", 1),
		"app/github.com/o/n/kustomization.yaml": "resources: [i.yaml]\n",
		"app/github.com/o/n/i.yaml":             strings.Replace(thing, "x", "i", 1),
		"app/GitHub.com/o/n/kustomization.yaml": "resources: [i.yaml]\n",
		"app/GitHub.com/o/n/i.yaml":             strings.Replace(thing, "x", "i", 1),
		"app/x..y/kustomization.yaml":           "resources: [j.yaml]\n",
		"app/x..y/j.yaml":                       strings.Replace(thing, "x", "j", 1),
		"other.yaml":                            strings.Replace(thing, "x", "e", 1),
	}
}

func TestAKustomizationThatOnlyListsFilesNeedsNoProgram(t *testing.T) {
	dir := written(t, good())
	objects, ok := withoutProgram(t, dir)
	assert.Assert(t, ok)
	asKustomize(t, dir, objects)
	var where []string
	for _, o := range objects {
		where = append(where, o.Origin().String()+" "+o.Ref().String())
	}
	assert.DeepEqual(t, where, []string{"base/c.yaml:1:1 Namespace c", "app/sub/b.yaml:3:1 Service b", "app/a.yaml:1:1 Thing x"})
}

// TestWhatTheProgramIsNeededFor holds each reason to leave a kustomization to
// kustomize: what is odd in a tree that is good without it.
func TestWhatTheProgramIsNeededFor(t *testing.T) {
	const kustomization = "app/kustomization.yaml"
	listing := func(entries ...string) string {
		return "resources:\n- a.yaml\n- " + strings.Join(entries, "\n- ") + "\n"
	}
	for name, change := range map[string][2]string{
		"another field":                        {kustomization, listing("../other") + "namespace: n\n"},
		"another field, which is empty":        {kustomization, listing("../other") + "namePrefix: ''\n"},
		"a field in another case":              {kustomization, "Resources: [a.yaml]\n"},
		"a component":                          {kustomization, "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [a.yaml]\n"},
		"a component without its version":      {kustomization, "kind: Component\nresources: [a.yaml]\n"},
		"another version":                      {kustomization, "apiVersion: kustomize.config.k8s.io/v1\nresources: [a.yaml]\n"},
		"nothing listed":                       {kustomization, "resources: []\n"},
		"no list":                              {kustomization, "resources: a.yaml\n"},
		"a field twice":                        {kustomization, "resources: [a.yaml]\nresources: [sub/b.yaml]\n"},
		"another document":                     {kustomization, "resources: [a.yaml]\n---\nresources: [sub/b.yaml]\n"},
		"an anchor":                            {kustomization, "resources: &all [a.yaml]\n"},
		"an entry that is no text":             {kustomization, listing("010")},
		"an entry on several lines":            {kustomization, listing("sub\n  - ../other")},
		"an address":                           {kustomization, listing("https://host.invalid/a.yaml")},
		"a repository":                         {kustomization, listing("github.com/o/n")},
		"a repository in capitals":             {kustomization, listing("GitHub.com/o/n")},
		"an account and a host":                {kustomization, listing("a@b.yaml")},
		"a query":                              {kustomization, listing("../other?ref=1")},
		"an absolute path":                     {kustomization, listing("/etc/h.yaml")},
		"a path with two points in a name":     {kustomization, listing("x..y")},
		"a path that goes back and forth":      {kustomization, listing("sub/../sub/b.yaml")},
		"a file that is not there":             {kustomization, listing("gone.yaml")},
		"a file that is taken for a directory": {kustomization, listing("sub/b.yaml/")},
		"a file above":                         {kustomization, listing("../other.yaml")},
		"a path outside of the repository":     {kustomization, listing("../../other")},
		"the directory itself":                 {kustomization, listing(".")},
		"the directory above":                  {kustomization, listing("..")},
		"a directory without a kustomization":  {kustomization, listing("sub")},
		"a directory twice":                    {kustomization, listing("../base", "../base")},
		"a file twice":                         {kustomization, listing("a.yaml")},
		"a circle":                             {"base/kustomization.yml", "resources: [../app]\n"},
		"two kustomizations":                   {"base/kustomization.yaml", "resources: [c.yaml]\n"},
		"another field below":                  {"base/kustomization.yml", "resources: [c.yaml]\nnamePrefix: p-\n"},
		"one that is empty":                    {"base/kustomization.yml", ""},
		"an empty file":                        {"app/a.yaml", ""},
		"no object at all":                     {kustomization, "resources: [none.yaml]\n"},

		"the end of a block without a line end": {"app/a.yaml", thing + "spec: |\n  text"},
		"a byte order mark":                     {"app/a.yaml", "\uFEFF" + thing},
		"line ends of Windows":                  {"app/a.yaml", strings.ReplaceAll(thing, "\n", "\r\n")},
		"bytes that are no text":                {"app/a.yaml", thing + "spec: {a: \xff}\n"},
		"JSON":                                  {"app/a.yaml", `{"apiVersion":"v1","kind":"Service","metadata":{"name":"x"}}`},
		"no YAML":                               {"app/a.yaml", thing + "spec: [\n"},
		"a bad marker":                          {"app/a.yaml", thing + "--- x\n" + thing},
		"the end of a document":                 {"app/a.yaml", thing + "...\n" + thing},
		"a directive":                           {"app/a.yaml", "%YAML 1.1\n---\n" + thing},
		"no version":                            {"app/a.yaml", strings.Replace(thing, "apiVersion: example.org/v1\n", "", 1)},
		"a version with two slashes":            {"app/a.yaml", strings.Replace(thing, "org/v1", "org/v1/v2", 1)},
		"a version without a group":             {"app/a.yaml", strings.Replace(thing, "example.org/v1", "/v1", 1)},
		"a kustomization as an object":          {"app/a.yaml", strings.Replace(thing, "example.org", "kustomize.config.k8s.io", 1)},
		"no kind":                               {"app/a.yaml", strings.Replace(thing, "kind: Thing\n", "", 1)},
		"a List":                                {"app/a.yaml", strings.Replace(thing, "Thing", "ThingList", 1)},
		"items":                                 {"app/a.yaml", thing + "items: []\n"},
		"an odd kind":                           {"app/a.yaml", strings.Replace(thing, "Thing", "A_Thing", 1)},
		"no metadata":                           {"app/a.yaml", "apiVersion: v1\nkind: Thing\n"},
		"no name":                               {"app/a.yaml", strings.Replace(thing, "name:", "generateName:", 1)},
		"a name that is a number":               {"app/a.yaml", strings.Replace(thing, "name: x", "name: 1", 1)},
		"a namespace that is a number":          {"app/a.yaml", thing + "  namespace: 1\n"},
		"an empty namespace":                    {"app/a.yaml", thing + "  namespace: ''\n"},
		"an identity twice":                     {"app/a.yaml", thing + "---\n" + thing},
		"one in the namespace default":          {"app/a.yaml", strings.Replace(thing+"---\n"+thing+"  namespace: default\n", "Thing", "Thing", 2)},
		"a kind that may have no namespaces":    {"app/a.yaml", thing + "  namespace: a\n---\n" + thing + "  namespace: b\n"},

		"labels that are no texts":              {"app/a.yaml", thing + "  labels: {a: 1}\n"},
		"no labels":                             {"app/a.yaml", thing + "  labels: {}\n"},
		"labels that are a list":                {"app/a.yaml", thing + "  labels: [a]\n"},
		"annotations that are no texts":         {"app/a.yaml", thing + "  annotations: {a: true}\n"},
		"no annotations":                        {"app/a.yaml", thing + "  annotations: {}\n"},
		"annotations that are a list":           {"app/a.yaml", thing + "  annotations: [a]\n"},
		"an annotation with a number for a key": {"app/a.yaml", thing + "  annotations: {'1': a}\n"},
		"an object for kustomize alone":         {"app/a.yaml", thing + "  annotations: {config.kubernetes.io/local-config: 'true'}\n"},
		"an annotation of kustomize's":          {"app/a.yaml", thing + "  annotations: {internal.config.kubernetes.io/needsHashSuffix: enabled}\n"},
		"an older annotation of kustomize's":    {"app/a.yaml", thing + "  annotations: {config.k8s.io/id: a}\n"},

		"a word of YAML 1.1":              {"app/a.yaml", thing + "spec: {a: yes}\n"},
		"an octal number":                 {"app/a.yaml", thing + "spec: {a: 010}\n"},
		"a number with an underscore":     {"app/a.yaml", thing + "spec: {a: 1_000}\n"},
		"a number with an exponent":       {"app/a.yaml", thing + "spec: {a: 1e3}\n"},
		"a number with a zero behind":     {"app/a.yaml", thing + "spec: {a: 1.50}\n"},
		"a very large number":             {"app/a.yaml", thing + "spec: {a: 1234567890123456789}\n"},
		"a date":                          {"app/a.yaml", thing + "spec: {a: 2001-01-01}\n"},
		"a date and a time":               {"app/a.yaml", thing + "spec: {a: 2001-01-01T10:00:00Z}\n"},
		"a date as a key":                 {"app/a.yaml", thing + "spec:\n  2001-01-01T10:00:00Z: a\n"},
		"an item without a value":         {"app/a.yaml", thing + "spec:\n- a\n-\n"},
		"a key for a merge":               {"app/a.yaml", thing + "spec:\n  '<<': {a: b}\n"},
		"a key twice":                     {"app/a.yaml", thing + "spec:\n  a: b\n  a: c\n"},
		"an alias":                        {"app/a.yaml", thing + "spec:\n  a: &a b\n  c: *a\n"},
		"a tag":                           {"app/a.yaml", thing + "spec: !!str 1\n"},
		"a control character":             {"app/a.yaml", thing + "spec: {a: \"\\x07\"}\n"},
		"a text that is folded into two":  {"app/a.yaml", thing + "spec: >\n  a\n\n  b\n"},
		"a block of one line and blanks":  {"app/a.yaml", thing + "spec:\n  a: |-\n    one\n  b: \"trailing \\n blanks\"\n"},
		"an empty annotation and a tab":   {"app/a.yaml", thing + "  annotations: {a: ''}\nspec: {b: \"\\ttab\"}\n"},
		"an annotation of lines and tabs": {"app/a.yaml", thing + "  annotations: {a: \" a\\nb\"}\n"},

		"a subject without a kind":              {"app/a.yaml", thing + "subjects:\n- name: a\n"},
		"a subject without a name":              {"app/a.yaml", thing + "subjects:\n- kind: ServiceAccount\n"},
		"a subject whose namespace is a number": {"app/a.yaml", thing + "subjects:\n- {kind: ServiceAccount, name: a, namespace: 1}\n"},
		"subjects that are no list":             {"app/a.yaml", thing + "subjects: {name: a}\n"},
		"a service without a name":              {"app/a.yaml", thing + "webhooks:\n- clientConfig:\n    service: {port: 1}\n"},
		"a text where a mapping belongs":        {"app/a.yaml", thing + "spec:\n  template: a\n"},
		"a null where a mapping belongs":        {"app/a.yaml", thing + "spec:\n  template:\n    spec:\n"},
	} {
		t.Run(name, func(t *testing.T) {
			files := good()
			files[change[0]] = change[1]
			_, ok := withoutProgram(t, written(t, files))
			assert.Assert(t, !ok)
		})
	}
}

// TestSymlinksAreLeftToTheProgram holds that a way through a symlink is never gone:
// where it leads is what counts for kustomize.
func TestSymlinksAreLeftToTheProgram(t *testing.T) {
	for name, link := range map[string][2]string{
		"a file":          {"app/a.yaml", "../other.yaml"},
		"a directory":     {"base", "other"},
		"a kustomization": {"app/kustomization.yaml", "../other/kustomization.yaml"},
		"on the way":      {"app/sub", "../other"},
		"the application": {"app", "other"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := written(t, good())
			at := filepath.Join(dir, link[0])
			assert.NilError(t, os.RemoveAll(at))
			assert.NilError(t, os.Symlink(link[1], at))
			_, ok := withoutProgram(t, dir)
			assert.Assert(t, !ok)
		})
	}
}

// TestEditsAreLeftToTheProgram holds that what Argo CD would change is changed.
func TestEditsAreLeftToTheProgram(t *testing.T) {
	dir := written(t, good())
	root, err := os.OpenRoot(dir)
	assert.NilError(t, err)
	defer root.Close()
	_, err = render.Dir(t.Context(), render.Request{
		Repo: root.FS(), RepoDir: dir, App: "app",
		Source: render.Source{Kustomize: render.Kustomize{Edits: renderer.Edits{NamePrefix: "p-"}}},
	})
	assert.ErrorContains(t, err, "no renderer at")
}
