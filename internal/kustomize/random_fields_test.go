package kustomize

import (
	"fmt"
	"path"
	"strings"
)

// configurations writes a file that names more fields, or types that do.
func (t *randomTree) configurations(out *strings.Builder, dir string) {
	if t.some(4) {
		t.has["crds"]++
		out.WriteString("crds: [types.json]\n")
		t.files[path.Join(dir, "types.json")] = t.types()
		return
	}
	text := ""
	section := func(name, entries string) {
		if t.some(3) {
			t.has[name+" of a configuration"]++
			text += name + ":\n" + entries
		}
	}
	referrer := t.one("path: spec/ref, kind: Thing", "path: spec/ref, kind: Thing", "path: spec/ref", "path: data/x, kind: ConfigMap", "path: stringData/x", "path: spec")
	section("nameReference", fmt.Sprintf("- {kind: %s, fieldSpecs: [{%s}]}\n", t.one("Deployment", "ConfigMap", "Secret", "Service", "Thing", "ServiceAccount, version: v1"), referrer))
	section("namePrefix", "- {path: spec/ref, kind: Thing}\n"+t.one("", "- {path: metadata/name}\n"))
	section("nameSuffix", "- {path: spec/ref, kind: Thing}\n")
	section("namespace", "- {path: spec/ref, kind: Thing}\n"+t.one("", "- {path: metadata/namespace, create: true}\n", "- {path: spec/in, kind: Thing, create: true}\n"))
	section("commonLabels", "- {path: spec/labels, create: true, kind: Thing}\n")
	section("labels", "- {path: spec/labels, create: true, kind: Thing}\n")
	section("commonAnnotations", "- {path: spec/labels, create: true, kind: Thing}\n")
	section("replicas", "- {path: spec/count, create: true, kind: Thing}\n")
	section("varReference", "- {path: spec/ref, kind: Thing}\n")
	if text == "" {
		text = "templateLabels:\n- {path: spec/more, create: true, kind: Thing}\n"
	}
	out.WriteString("configurations: [fields.yaml]\n")
	t.files[path.Join(dir, "fields.yaml")] = text
}

// types are those of a custom resource that refers to another object.
func (t *randomTree) types() string {
	mark := t.one(
		`"x-kubernetes-object-ref-api-version": "v1", "x-kubernetes-object-ref-kind": "`+t.one("ConfigMap", "Service", "Secret")+`", "x-kubernetes-object-ref-name-key": "ref"`,
		`"x-kubernetes-label-selector": ""`, `"x-kubernetes-annotation": ""`, `"type": "object"`)
	return `{"org.example.v1.Thing": {"Schema": {"properties": {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}, "spec": {` + mark + `}}}, "Dependencies": []}}`
}
