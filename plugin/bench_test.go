package plugin_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/plugin"
	"github.com/argocd-safesync/argocd-safesync/plugin/inject"
)

// benchmarkPolicy touches a third of the objects and adds a hook.
const benchmarkPolicy = `apiVersion: safesync/v1alpha1
kind: Policy
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

// plainApp is an application of files with three objects each: a Deployment, its
// Service and a ConfigMap of some kilobytes.
func plainApp(files int) fstest.MapFS {
	repo := fstest.MapFS{"app/safesync.yaml": {Data: []byte(benchmarkPolicy)}}
	line := "  key%d: " + strings.Repeat("x", 60) + "\n"
	for i := range files {
		var b strings.Builder
		fmt.Fprintf(&b, "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-%[1]d\n  labels: {app: web-%[1]d}\nspec:\n"+
			"  replicas: 2\n  selector:\n    matchLabels: {app: web-%[1]d}\n  template:\n    metadata:\n      labels: {app: web-%[1]d}\n"+
			"    spec:\n      containers:\n      - name: web\n        image: registry.example.org/web:1.0.%[1]d\n        ports:\n        - {containerPort: 8080}\n", i)
		fmt.Fprintf(&b, "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: web-%[1]d\nspec:\n  selector: {app: web-%[1]d}\n  ports:\n  - {port: 80}\n", i)
		fmt.Fprintf(&b, "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web-%d\ndata:\n", i)
		for k := range 100 {
			fmt.Fprintf(&b, line, k)
		}
		repo[fmt.Sprintf("app/web-%04d.yaml", i)] = &fstest.MapFile{Data: []byte(b.String())}
	}
	return repo
}

// BenchmarkGenerate is what Argo CD waits for at each refresh: a plain directory,
// from files to bytes, without starting a process. A file has three objects.
func BenchmarkGenerate(b *testing.B) {
	for _, files := range []int{4, 100, 1000} {
		b.Run(fmt.Sprintf("%dobjects", 3*files), func(b *testing.B) {
			dir, size := onDisk(b, plainApp(files))
			root, err := os.OpenRoot(dir)
			assert.NilError(b, err)
			defer root.Close()
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				_, err := plugin.Generate(context.Background(), plugin.Request{
					Repo: root.FS(), RepoDir: dir, App: "app",
					Env: inject.Env{App: "bench", Namespace: "shop", RunnerImage: "runner:test"},
				}, io.Discard)
				assert.NilError(b, err)
			}
		})
	}
}

// onDisk writes files into a directory of their own.
func onDisk(b *testing.B, files fstest.MapFS) (dir string, size int64) {
	b.Helper()
	dir = b.TempDir()
	assert.NilError(b, os.CopyFS(dir, files))
	for _, f := range files {
		size += int64(len(f.Data))
	}
	return dir, size
}
