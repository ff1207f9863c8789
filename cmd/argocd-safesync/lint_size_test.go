package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// manyApps is how many applications a large repository has, and maxMemory what
// judging them may take, in KiB.
const (
	manyApps  = 1000
	maxMemory = 300 << 10
)

// TestAThousandApplicationsFitIntoMemory judges them with one core and with all:
// the report is the same, and there is room for it on a small CI machine.
func TestAThousandApplicationsFitIntoMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("judges a thousand applications")
	}
	repo := t.TempDir()
	for i := range manyApps {
		dir := filepath.Join(repo, "apps", fmt.Sprintf("app-%04d", i))
		writeFile(t, filepath.Join(dir, "safesync.yaml"), fmt.Sprintf(generatedPolicy, i))
		writeFile(t, filepath.Join(dir, "web.yaml"), generatedObjects(i))
	}
	one := lintMany(t, repo, 1)
	assert.Equal(t, one, lintMany(t, repo, runtime.NumCPU()))
	assert.Assert(t, bytes.HasSuffix([]byte(one), []byte("1000 applications: 0 errors, 1000 warnings, 0 notes\n")), tail(one))
}

// lintMany runs the program on a number of cores.
func lintMany(t *testing.T, repo string, cores int) (stdout string) {
	t.Helper()
	cmd := exec.Command(programFile(t), "lint", "--repo-root", repo, repo)
	cmd.Env = append(cmd.Environ(), fmt.Sprintf("GOMAXPROCS=%d", cores))
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	start := time.Now()
	assert.NilError(t, cmd.Run(), errs.String())
	took := time.Since(start)
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if ok && runtime.GOOS == "linux" { // elsewhere it is not in KiB
		t.Logf("%d cores: %d MiB, %s, of which %s on a core", cores, usage.Maxrss>>10, took, cmd.ProcessState.UserTime())
		assert.Assert(t, usage.Maxrss < maxMemory, "%d cores: want less than %d KiB, got %d", cores, maxMemory, usage.Maxrss)
	}
	return out.String()
}

func tail(text string) string { return text[max(0, len(text)-500):] }

const generatedPolicy = `# +argocd:skip-file-rendering
apiVersion: safesync/v1alpha1
kind: Policy
rollout:
- match: {kind: Deployment}
  maxSurge: 1
  maxUnavailable: 0
hooks:
- name: answers-%04d
  phase: PostSync
  steps:
  - name: front
    http: {url: "http://web.shop.svc/"}
`

// generatedObjects are those of one application: what a small chart renders, and
// one mistake.
func generatedObjects(i int) string {
	ns := fmt.Sprintf("shop-%04d", i)
	text := fmt.Sprintf(`apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  namespace: %s
  annotations: {argocd.argoproj.io/hook: PreSync}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: migrate, image: "registry.example.org/migrate:1"}]
`, ns)
	for n := range 20 {
		text += fmt.Sprintf(`---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-%[1]d
  namespace: %[2]s
  labels: {app.kubernetes.io/name: web, app.kubernetes.io/instance: web-%[1]d}
spec:
  replicas: 3
  selector:
    matchLabels: {app: web-%[1]d}
  template:
    metadata:
      labels: {app: web-%[1]d}
    spec:
      serviceAccountName: web
      containers:
      - name: web
        image: registry.example.org/web:1.%[1]d.0
        ports:
        - {name: http, containerPort: 8080}
        readinessProbe:
          httpGet: {path: /ready, port: http}
        resources:
          requests: {cpu: 100m, memory: 64Mi}
---
apiVersion: v1
kind: Service
metadata:
  name: web-%[1]d
  namespace: %[2]s
spec:
  selector: {app: web-%[1]d}
  ports:
  - {name: http, port: 80, targetPort: http}
`, n, ns)
	}
	return text
}
