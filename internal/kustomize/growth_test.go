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

// writeApplications makes a kustomization of so many objects, one application to a
// file.
func writeApplications(tb testing.TB, objects int, more string) (dir string) {
	tb.Helper()
	dir = tb.TempDir()
	list := "resources:\n- shared.yaml\n"
	for n := range objects / 8 {
		file := fmt.Sprintf("app-%d.yaml", n)
		list += "- " + file + "\n"
		assert.NilError(tb, os.WriteFile(filepath.Join(dir, file), []byte(application(n)), 0o600))
	}
	assert.NilError(tb, os.WriteFile(filepath.Join(dir, "shared.yaml"), []byte("apiVersion: v1\nkind: Secret\nmetadata: {name: pull}\n"), 0o600))
	assert.NilError(tb, os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(list+more), 0o600))
	return dir
}

// shapes are kustomizations that change names, so that objects cannot be built
// each on its own.
var shapes = []struct{ name, more string }{
	{"namespace", "namespace: prod\n"},
	{"names", "namePrefix: p-\nnameSuffix: -s\n"},
	{"generator", "configMapGenerator:\n- {name: pull, literals: [a=b]}\nsecretGenerator:\n- {name: app-0-more, literals: [a=b]}\n"},
	{"patch", "namespace: prod\npatches:\n- patch: |\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: app-7}\n    spec: {replicas: 3}\n"},
	{"labels", "namespace: prod\nlabels:\n- {pairs: {team: blue}, includeSelectors: true}\nreplicas:\n- {name: app-7, count: 3}\n"},
}

// TestBuildingGrowsWithTheNumberOfObjects holds that four times as many objects take
// four times as many allocations. Kustomize makes some for each pair of objects that
// it compares, so that what grows with the square shows: it is sixteen times then.
func TestBuildingGrowsWithTheNumberOfObjects(t *testing.T) {
	const most = 4.6
	for _, shape := range shapes {
		few := allocations(t, writeApplications(t, 480, shape.more))
		many := allocations(t, writeApplications(t, 1920, shape.more))
		assert.Assert(t, many < most*few, "%s: %.0f allocations for 480 objects, %.0f for 1920", shape.name, few, many)
	}
}

// TestBuildingAtOnceGrowsWithTheSquare holds that the test above can see it.
func TestBuildingAtOnceGrowsWithTheSquare(t *testing.T) {
	const atOnce = "namespace: prod\nbuildMetadata: [transformerAnnotations]\n"
	few := allocations(t, writeApplications(t, 160, atOnce))
	many := allocations(t, writeApplications(t, 640, atOnce))
	assert.Assert(t, many > 8*few, "%.0f allocations for 160 objects, %.0f for 640", few, many)
}

func allocations(t *testing.T, dir string) float64 {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	assert.NilError(t, Build(io.Discard, Options{RepoRoot: dir, App: "."}))
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs - before.Mallocs)
}

// BenchmarkBuild is what docs/performance.md has of many objects.
func BenchmarkBuild(b *testing.B) {
	for _, shape := range shapes {
		for _, objects := range []int{504, 2000, 8000} {
			dir := writeApplications(b, objects, shape.more)
			b.Run(fmt.Sprintf("%s/%d", shape.name, objects), func(b *testing.B) {
				for b.Loop() {
					assert.NilError(b, Build(io.Discard, Options{RepoRoot: dir, App: "."}))
				}
			})
		}
	}
}
