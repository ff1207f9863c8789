package kustomize

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// application is eight objects of one application that refer to each other, and to
// an account that all applications share.
func application(n int) string {
	name := fmt.Sprintf("app-%d", n)
	return strings.NewReplacer("NAME", name).Replace(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
  labels: {app: NAME}
spec:
  replicas: 2
  selector: {matchLabels: {app: NAME}}
  template:
    metadata:
      labels: {app: NAME}
    spec:
      serviceAccountName: NAME
      imagePullSecrets: [{name: pull}]
      containers:
      - name: main
        image: registry.example.org/NAME:1.0
        envFrom:
        - configMapRef: {name: NAME}
        - secretRef: {name: NAME}
        resources:
          requests: {cpu: 10m, memory: 64Mi}
---
apiVersion: v1
kind: Service
metadata:
  name: NAME
spec:
  selector: {app: NAME}
  ports:
  - {name: http, port: 80, targetPort: 8080}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: NAME
data:
  config: |
    listen: 8080
    upstream: app-0
---
apiVersion: v1
kind: Secret
metadata:
  name: NAME
stringData: {key: value}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: NAME
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: NAME
rules:
- {apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: [NAME]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: NAME
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: NAME}
subjects:
- {kind: ServiceAccount, name: NAME}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: NAME
spec:
  rules:
  - host: NAME.example.org
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: NAME, port: {name: http}}}}
`)
}

// A shape is what a kustomization of many objects has beside its resources.
type shape struct {
	name, more string
	// fields is the file fields.yaml.
	fields string
	// list is whether all objects are in one List, and not one application in a file;
	// chart is whether a chart makes them.
	list, chart bool
}

// write makes a kustomization of so many objects.
func (s shape) write(tb testing.TB, objects int) (dir string) {
	tb.Helper()
	dir = tb.TempDir()
	files := map[string]string{"shared.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: pull}\n", "fields.yaml": s.fields}
	list, all := "resources:\n- shared.yaml\n", "apiVersion: v1\nkind: List\nitems:\n"
	for n := range objects / 8 {
		if s.chart {
			break
		}
		if s.list {
			for object := range strings.SplitSeq(application(n), "---\n") {
				all += "- " + strings.ReplaceAll(object, "\n", "\n  ") + "\n"
			}
			continue
		}
		file := fmt.Sprintf("app-%d.yaml", n)
		files[file] = application(n)
		list += "- " + file + "\n"
	}
	if s.list {
		files["all.yaml"] = all
		list += "- all.yaml\n"
	}
	if s.chart {
		files["charts/web/Chart.yaml"] = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
		files["charts/web/values.yaml"] = fmt.Sprintf("applications: %d\n", objects/8)
		files["charts/web/templates/all.yaml"] = "{{- range until (int .Values.applications) }}\n---\n" + strings.ReplaceAll(application(0), "app-0", "app-{{ . }}") + "{{- end }}\n"
		list += "helmCharts: [{name: web}]\n"
	}
	files["kustomization.yaml"] = list + s.more
	for name, text := range files {
		at := filepath.Join(dir, name)
		assert.NilError(tb, os.MkdirAll(filepath.Dir(at), 0o755))
		assert.NilError(tb, os.WriteFile(at, []byte(text), 0o600))
	}
	return dir
}

// shapes are kustomizations that change names, so that objects cannot be built
// each on its own.
var shapes = []shape{
	{name: "namespace", more: "namespace: prod\n"},
	{name: "names", more: "namePrefix: p-\nnameSuffix: -s\n"},
	{name: "generator", more: "configMapGenerator:\n- {name: pull, literals: [a=b]}\nsecretGenerator:\n- {name: app-0-more, literals: [a=b]}\n"},
	{name: "patch", more: "namespace: prod\npatches:\n- patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: app-7}\n    spec: {replicas: 3}\n"},
	{name: "labels", more: "namespace: prod\nlabels:\n- {pairs: {team: blue}, includeSelectors: true}\nreplicas:\n- {name: app-7, count: 3}\n"},
	{name: "all", more: "namespace: prod\nnamePrefix: p-\nconfigMapGenerator:\n- {name: settings, literals: [a=b]}\n"},
	{name: "list", more: "namespace: prod\n", list: true},
	{name: "chart", more: "namespace: prod\nnamePrefix: p-\n", chart: true},
	{
		name: "configuration", more: "namePrefix: p-\nconfigurations: [fields.yaml]\n",
		fields: "nameReference:\n- kind: Service\n  fieldSpecs:\n  - {path: data/upstream, kind: ConfigMap}\n",
	},
}

// TestBuildingGrowsWithTheNumberOfObjects holds that four times as many objects take
// four times as many allocations. Kustomize makes some for each pair of objects that
// it compares, so that what grows with the square shows: it is sixteen times then.
func TestBuildingGrowsWithTheNumberOfObjects(t *testing.T) {
	const most = 4.6
	for _, shape := range shapes {
		few := allocations(t, shape.write(t, 480))
		many := allocations(t, shape.write(t, 1920))
		assert.Assert(t, many < most*few, "%s: %.0f allocations for 480 objects, %.0f for 1920", shape.name, few, many)
	}
}

// TestBuildingAtOnceGrowsWithTheSquare holds that the test above can see it.
func TestBuildingAtOnceGrowsWithTheSquare(t *testing.T) {
	atOnce := shape{more: "namespace: prod\nbuildMetadata: [transformerAnnotations]\n"}
	few := allocations(t, atOnce.write(t, 160))
	many := allocations(t, atOnce.write(t, 640))
	assert.Assert(t, many > 8*few, "%.0f allocations for 160 objects, %.0f for 640", few, many)
}

// TestAListTakesLittleMoreMemoryThanFiles holds that its objects are cut out of its
// text: the nodes of the whole took 1.7 times as much.
func TestAListTakesLittleMoreMemoryThanFiles(t *testing.T) {
	const objects, most = 1920, 1.2
	_, files := allocated(t, shape{more: "namespace: prod\n"}.write(t, objects))
	_, list := allocated(t, shape{more: "namespace: prod\n", list: true}.write(t, objects))
	assert.Assert(t, list < most*files, "%.0f bytes, where files take %.0f", list, files)
}

func allocations(t *testing.T, dir string) float64 {
	t.Helper()
	number, _ := allocated(t, dir)
	return number
}

// allocated is what a build takes of memory, the number of pieces and their size.
func allocated(t *testing.T, dir string) (number, bytes float64) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	assert.NilError(t, Build(io.Discard, Options{RepoRoot: dir, App: ".", Charts: &renderer.Charts{Program: HelmRenderer}}))
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs - before.Mallocs), float64(after.TotalAlloc - before.TotalAlloc)
}

// BenchmarkBuild is what docs/performance.md has of many objects.
func BenchmarkBuild(b *testing.B) {
	for _, shape := range shapes {
		for _, objects := range []int{504, 2000, 8000} {
			dir := shape.write(b, objects)
			b.Run(fmt.Sprintf("%s/%d", shape.name, objects), func(b *testing.B) {
				for b.Loop() {
					assert.NilError(b, Build(io.Discard, Options{RepoRoot: dir, App: ".", Charts: &renderer.Charts{Program: HelmRenderer}}))
				}
			})
		}
	}
}
