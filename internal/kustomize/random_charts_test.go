package kustomize

import (
	"fmt"
	"path"
	"strings"
)

// charts writes charts whose objects refer to others, and that others refer to.
func (t *randomTree) charts(out *strings.Builder, dir string) {
	t.has["charts"]++
	out.WriteString(t.one("", "helmGlobals: {chartHome: charts}\n") + "helmCharts:\n")
	for i := range 1 + t.IntN(2) {
		chart := fmt.Sprintf("web%d", i)
		fmt.Fprintf(out, "- {name: %s, releaseName: %s%s%s}\n", chart, t.name(), t.one("", "", ", namespace: n1"), t.one("", ", valuesInline: {ref: "+t.name()+"}"))
		at := path.Join(dir, "charts", chart)
		t.files[path.Join(at, "Chart.yaml")] = "apiVersion: v2\nname: " + chart + "\nversion: 1.0.0\n"
		t.files[path.Join(at, "values.yaml")] = "ref: " + t.name() + "\n"
		docs := []string{"apiVersion: example.org/v1\nkind: Thing\nmetadata:\n  name: {{ .Release.Name }}\n" + t.one("", "  annotations: {}\n", "  annotations: {a: b}\n  labels: {c: d}\n") +
			t.one("", "  namespace: {{ .Release.Namespace }}\n") + "spec: {ref: {{ .Values.ref }}}\n"}
		for range t.IntN(4) {
			if doc := t.object(); doc != "" {
				docs = append(docs, doc)
			}
		}
		t.files[path.Join(at, "templates", "all.yaml")] = t.inLists(docs)
	}
}
