package kustomize

import (
	"fmt"
	"math/rand/v2"
	"path"
	"strings"
)

// A random tree of kustomizations, full of names that are also the names of others:
// the shapes that a build in shards must not change.
type randomTree struct {
	*rand.Rand
	files map[string]string
	// taken are the identities of objects, so that most trees can be built.
	taken map[string]bool
	// has counts what is in the tree.
	has map[string]int
}

func newRandomTree(seed uint64) *randomTree {
	t := &randomTree{Rand: rand.New(rand.NewPCG(seed, 1)), files: map[string]string{}, taken: map[string]bool{}, has: map[string]int{}}
	t.layer(".", 0, false)
	return t
}

func (t *randomTree) one(of ...string) string { return of[t.IntN(len(of))] }

// some is true once in n times.
func (t *randomTree) some(n int) bool { return t.IntN(n) == 0 }

func (t *randomTree) name() string {
	return t.one("a", "b", "c", "d", "e", "web", "db", "env", "prod", "n1", "default", "x", "w", "z", "p-a", "p-web", "a-s")
}
func (t *randomTree) namespace() string { return t.one("", "", "n1", "n2", "default", "prod") }

// layer writes a kustomization or a component with all that it leads to.
func (t *randomTree) layer(dir string, depth int, component bool) {
	var out strings.Builder
	if component {
		out.WriteString("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n")
	}
	var resources, components []string
	objects := 1 + t.IntN(8)
	if depth == 0 {
		objects += 4
	}
	for n := 0; n < objects; {
		file := fmt.Sprintf("f%d.yaml", n)
		var docs []string
		for range 1 + t.IntN(3) {
			if doc := t.object(); doc != "" {
				docs = append(docs, doc)
			}
			n++
		}
		if len(docs) > 0 {
			t.files[path.Join(dir, file)] = t.inLists(docs)
			resources = append(resources, file)
		}
	}
	for i := range 3 {
		if depth < 2 && t.some(3) {
			sub := fmt.Sprintf("d%d", i)
			if t.some(4) {
				t.layer(path.Join(dir, sub), depth+1, true)
				components = append(components, sub)
				t.has["components"]++
			} else {
				t.layer(path.Join(dir, sub), depth+1, false)
				resources = append(resources, sub)
				if t.some(2) && depth == 0 { // the same layer twice, under other names
					over := fmt.Sprintf("o%d", i)
					t.files[path.Join(dir, over, "kustomization.yaml")] = "namePrefix: o-\nresources: [../" + sub + "]\n"
					resources = append(resources, over)
					t.has["a layer twice"]++
				}
			}
		}
	}
	list(&out, "resources", resources)
	list(&out, "components", components)
	t.changes(&out, dir, depth)
	t.files[path.Join(dir, "kustomization.yaml")] = out.String()
}

// inLists writes documents to a file, some of them into a List.
func (t *randomTree) inLists(docs []string) string {
	kind := t.one("List", "List", "ThingList")
	if t.some(8) {
		t.has["a "+kind]++
		n := t.IntN(len(docs)) + 1
		items := ""
		for _, doc := range docs[:n] {
			items += "- " + strings.ReplaceAll(strings.TrimSpace(doc), "\n", "\n  ") + "\n"
		}
		docs = append([]string{"apiVersion: v1\nkind: " + kind + "\nitems:\n" + items}, docs[n:]...)
		if t.some(5) {
			docs[0] = "apiVersion: v1\nkind: List\nitems:\n- " + strings.ReplaceAll(strings.TrimSpace(docs[0]), "\n", "\n  ") + "\n"
		}
	}
	return strings.Join(docs, t.one("---\n", "---\n# next\n", "--- # more\n"))
}

func list(out *strings.Builder, field string, entries []string) {
	if len(entries) > 0 {
		fmt.Fprintf(out, "%s: [%s]\n", field, strings.Join(entries, ", "))
	}
}

// changes writes what a layer does to its objects.
func (t *randomTree) changes(out *strings.Builder, dir string, depth int) {
	field := func(name string, n int, text string) {
		if t.some(n) {
			t.has[name]++
			out.WriteString(text + "\n")
		}
	}
	field("namespace", 4, "namespace: "+t.one("n1", "prod", "web"))
	field("namePrefix", 5, "namePrefix: "+t.one("p-", "q-"))
	field("nameSuffix", 6, "nameSuffix: "+t.one("-s", "-t"))
	field("commonLabels", 6, "commonLabels: {app: "+t.name()+"}")
	field("labels", 6, "labels:\n- {pairs: {tier: "+t.name()+"}, includeSelectors: "+t.one("true", "false")+", includeTemplates: "+t.one("true", "false")+"}")
	field("commonAnnotations", 6, "commonAnnotations: {"+t.one("note", "nginx.ingress.kubernetes.io/auth-secret")+": "+t.name()+"}")
	field("images", 6, "images:\n- {name: nginx, newName: web, newTag: '2'}")
	field("buildMetadata", 8, "buildMetadata: ["+t.one("originAnnotations", "originAnnotations", "transformerAnnotations")+", managedByLabel]")
	field("sortOptions", 8, "sortOptions: {order: "+t.one("fifo", "legacy", "legacy, legacySortOptions: {orderFirst: [Role, Secret], orderLast: [Namespace]}")+"}")
	field("patchesJson6902", 12, "patchesJson6902:\n- target: {version: v1, kind: Service, name: "+t.one(".*", "web", "a|b")+"}\n  patch: |\n    - {op: add, path: /metadata/labels, value: {j: "+t.name()+"}}")
	field("replacements", 5, "replacements:\n- source: {kind: "+t.one("ConfigMap, fieldPath: data.x", "Service", "Deployment", "ServiceAccount")+", name: "+t.one("a", "b", "web", "db")+"}\n  targets:\n  - {select: {kind: Deployment}, fieldPaths: ["+t.one("metadata.annotations.copied", "spec.template.spec.serviceAccountName")+"], options: {create: true}}")
	field("replicas", 30, "replicas:\n- {name: "+t.name()+", count: 3}")
	behaviour := "create"
	if depth < 1 && t.some(4) {
		behaviour = t.one("merge", "replace")
	}
	generator := fmt.Sprintf(":\n- {name: %s, behavior: %s, literals: [k=%s]%s}\n- {name: %s, literals: [a=b]}", t.name(), behaviour, t.name(),
		t.one("", ", options: {disableNameSuffixHash: true}", ", namespace: n1"), t.one("env", "gen", "conf"))
	field("configMapGenerator", 4, "configMapGenerator"+generator)
	field("secretGenerator", 8, "secretGenerator"+generator)
	field("generatorOptions", 8, "generatorOptions: {labels: {g: h}}")
	if t.some(6) {
		t.configurations(out, dir)
	}
	if t.some(8) {
		t.charts(out, dir)
	}
	var patches []string
	if t.some(6) {
		t.has["a strategic patch with a target"]++
		patches = append(patches, "- target: {kind: "+t.one("Deployment", "ServiceAccount|Role")+"}\n  patch: |\n    kind: any\n    metadata: {name: any, annotations: {patched: "+t.name()+"}}\n")
	}
	if t.some(6) {
		t.has["a JSON patch"]++
		patches = append(patches, "- target: {kind: "+t.one("Deployment", "ServiceAccount", "Service|Role")+", name: "+t.one(".*", "web", "a|b")+"}\n  patch: |\n    - {op: add, path: /metadata/labels, value: {j: "+t.name()+"}}\n")
	}
	if t.some(6) {
		t.has["a patch that renames"]++
		patches = append(patches, t.renaming())
	}
	if t.some(4) {
		patches = append(patches, t.untargeted(dir)...)
	}
	if len(patches) > 0 {
		out.WriteString("patches:\n" + strings.Join(patches, ""))
	}
}

// renaming is a patch that changes what an object is known by.
func (t *randomTree) renaming() string {
	target := t.one("kind: ServiceAccount, name: "+t.name(), "kind: ConfigMap|Secret, name: '[w-z].*'", "kind: Service, name: web, namespace: "+t.one("default", "n1|prod"), "kind: Thing, group: example.org, version: v1, name: '.'")
	change := t.one("path: /metadata/name, value: "+t.name()+"-new", "path: /metadata/name, value: "+t.name(), "path: /metadata/namespace, value: "+t.one("n1", "prod"), "path: /apiVersion, value: example.org/v2")
	return "- target: {" + target + "}\n  patch: |\n    - {op: " + t.one("replace", "add") + ", " + change + "}\n    - {op: add, path: /metadata/labels, value: {renamed: here}}\n"
}

// untargeted makes patches that must find an object that is there.
func (t *randomTree) untargeted(dir string) (patches []string) {
	var known []string
	for id := range t.taken {
		if strings.HasPrefix(id, "apps/v1|Deployment|") || strings.HasPrefix(id, "v1|ServiceAccount|") {
			known = append(known, id)
		}
	}
	if len(known) == 0 {
		return nil
	}
	t.has["a patch without a target"]++
	docs := ""
	for range 1 + t.IntN(2) {
		parts := strings.Split(leastOf(known, t.IntN(len(known))), "|")
		more := t.one("", "$patch: delete\n", "spec: {template: {spec: {serviceAccountName: "+t.name()+"}}}\n")
		if parts[1] != "Deployment" && strings.HasPrefix(more, "spec") {
			more = "imagePullSecrets: [{name: " + t.name() + "}]\n"
		}
		if docs != "" {
			docs += "---\n"
		}
		docs += fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: %s%s, labels: {patched: here}}\n%s", parts[0], parts[1], parts[3], namespaceField(parts[2]), more)
	}
	if t.some(2) {
		t.files[path.Join(dir, "patch.yaml")] = docs
		return []string{"- path: patch.yaml\n"}
	}
	return []string{"- patch: |\n    " + strings.ReplaceAll(strings.TrimSpace(docs), "\n", "\n    ") + "\n"}
}
