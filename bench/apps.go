package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// policyText edits every Deployment and Application, and adds a hook with its
// permissions.
const policyText = `apiVersion: safesync/v1alpha1
kind: Policy
retry: {limit: 5, backoff: {duration: 10s, factor: 2, maxDuration: 3m}}
rollout:
- match: {kind: Deployment}
  maxSurge: 1
  maxUnavailable: 0
hooks:
- name: check
  phase: PostSync
  steps:
  - {name: web, http: {url: http://web.shop.svc/}}
`

const emptyPolicy = "apiVersion: safesync/v1alpha1\nkind: Policy\n"

// namespace moves every object, so that kustomize looks for references to each.
const namespace = "namespace: shop\n"

// patches do with kustomize what policyText does to the objects that are there.
const patches = `patches:
- target: {kind: Deployment}
  patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: any}
    spec:
      strategy:
        type: RollingUpdate
        rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
- target: {kind: Application}
  patch: |
    - op: add
      path: /spec/syncPolicy/retry
      value: {limit: 5, backoff: {duration: 10s, factor: 2, maxDuration: 3m}}
`

// sizes are the corpora by name: objects, and objects in a file.
var sizes = map[string][2]int{"small": {12, 1}, "medium": {300, 3}, "large": {5000, 6}}

// makeApps writes every application that is measured below dir.
func makeApps(dir string) error {
	for name, size := range sizes {
		for _, form := range []struct{ name, policy, kustomization string }{
			{"plain", policyText, ""},
			{"asis", emptyPolicy, ""},
			{"kust", emptyPolicy, "\n"},
			{"kustpolicy", policyText, "\n"},
			{"kustpatch", emptyPolicy, patches},
			{"kustnamespace", emptyPolicy, namespace},
		} {
			app := filepath.Join(dir, form.name, name)
			if err := makeApp(app, newCorpus(size[0], size[1]), form.policy, form.kustomization); err != nil {
				return err
			}
		}
	}
	if err := makeApp(filepath.Join(dir, "kustnamespace", "tenth"), newCorpus(sizes["large"][0]/10, sizes["large"][1]), emptyPolicy, namespace); err != nil {
		return err
	}
	if err := makeCRDs(filepath.Join(dir, "crds")); err != nil {
		return err
	}
	if err := makeChart(filepath.Join(dir, "chart")); err != nil {
		return err
	}
	if err := makeInflated(filepath.Join(dir, "inflated")); err != nil {
		return err
	}
	for _, objects := range []int{5000, 50000} {
		if err := makeStream(dir, objects); err != nil {
			return err
		}
	}
	return nil
}

func makeApp(dir string, c corpus, policy, kustomization string) error {
	names, err := c.write(dir)
	if err != nil {
		return err
	}
	if kustomization != "" {
		text := "resources:\n- " + strings.Join(names, "\n- ") + "\n" + kustomization
		if err := writeFile(filepath.Join(dir, "kustomization.yaml"), text); err != nil {
			return err
		}
	}
	return writeFile(filepath.Join(dir, "safesync.yaml"), policy)
}

// makeCRDs writes ten large definitions and a kustomization with a label.
func makeCRDs(dir string) error {
	c := newCorpus(0, 1)
	var names []string
	for i := range 10 {
		name := fmt.Sprintf("crd-%d.yaml", i)
		names = append(names, name)
		if err := writeFile(filepath.Join(dir, name), c.crd(fmt.Sprintf("thing%d", i))); err != nil {
			return err
		}
	}
	text := "resources:\n- " + strings.Join(names, "\n- ") + "\nlabels:\n- pairs: {team: a}\n"
	if err := writeFile(filepath.Join(dir, "kustomization.yaml"), text); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, "safesync.yaml"), emptyPolicy)
}

// makeChart writes a chart of fifty templates with helpers and ten definitions.
func makeChart(dir string) error {
	files := map[string]string{
		"Chart.yaml":             "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
		"values.yaml":            "replicas: 2\nlabels: {team: a, tier: web}\n",
		"safesync.yaml":          emptyPolicy,
		".helmignore":            "safesync.yaml\n",
		"templates/_helpers.tpl": "{{- define \"shop.labels\" -}}\napp.kubernetes.io/managed-by: {{ .Release.Service }}\n{{ toYaml .Values.labels }}\n{{- end -}}\n",
	}
	for i := range 50 {
		files[fmt.Sprintf("templates/app-%02d.yaml", i)] = fmt.Sprintf("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}-%d\n  labels:\n    {{- include \"shop.labels\" . | nindent 4 }}\nspec:\n  replicas: {{ .Values.replicas }}\n  selector:\n    matchLabels: {app: a%[1]d}\n  template:\n    metadata:\n      labels: {app: a%[1]d}\n    spec:\n      containers:\n      {{- range $n := until 3 }}\n      - name: c{{ $n }}\n        image: {{ printf \"registry.example.org/shop:%%d\" $n | quote }}\n      {{- end }}\n", i)
	}
	c := newCorpus(0, 1)
	for i := range 2 {
		files[fmt.Sprintf("crds/crd-%d.yaml", i)] = c.crd(fmt.Sprintf("thing%d", i))
	}
	for name, text := range files {
		if err := writeFile(filepath.Join(dir, name), text); err != nil {
			return err
		}
	}
	return nil
}

// makeInflated writes a kustomization with that chart.
func makeInflated(dir string) error {
	if err := makeChart(filepath.Join(dir, "charts", "shop")); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, "kustomization.yaml"), "helmCharts:\n- {name: shop, releaseName: bench}\n"+namespace); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, "safesync.yaml"), emptyPolicy+"source: {kustomize: {enableHelm: true}}\n")
}

// makeStream writes a stream for standard input, and the empty directory that it
// is rendered for.
func makeStream(dir string, objects int) error {
	c := newCorpus(objects, 1)
	var text strings.Builder
	for i := range objects {
		text.WriteString("---\n" + c.object(i))
	}
	app := filepath.Join(dir, "stream")
	if err := writeFile(filepath.Join(app, "safesync.yaml"), policyText); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, fmt.Sprintf("stream-%d.yaml", objects)), text.String())
}
