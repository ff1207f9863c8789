package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/install"
)

// memberLabel is at all Applications of a scenario that has others than the one
// with its name. Its value is that name.
const memberLabel = "safesync-scenario"

// shoal is how many of them share a repository. Argo CD sends a plugin the whole
// repository for each.
const shoal = 20

// fleet makes many Applications of one folder, or changes them all. Each has a
// folder of its own, in which the word NAME is its name. It waits until all are
// Synced, and tells how long that took and what it cost the sidecar.
func (c *scenario) fleet(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 {
		return errors.New("want a number and a folder")
	}
	many, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	if err := c.lay(ts.MkAbs(args[1]), many); err != nil {
		return err
	}
	revisions := map[string]bool{}
	for first := 0; first < many; first += shoal {
		revision, err := c.commitTo(filepath.Join(c.git, c.repository(first)), []string{filepath.Join(c.dir, c.repository(first))})
		if err != nil {
			return err
		}
		revisions[revision] = true
	}
	began := time.Now()
	for i := range many {
		if err := c.join(i); err != nil {
			return err
		}
	}
	asked := time.Now()
	var half time.Time
	err = c.poll(2*patience, "all to be Synced", func() (bool, error) {
		synced, err := c.synced(revisions)
		if synced >= many/2 && half.IsZero() {
			half = time.Now()
		}
		return synced == many, err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(ts.Stdout(), "%d applications asked for within %.0f s: half were Synced with the commit after %.0f s, all after %.0f s\n",
		many, asked.Sub(began).Seconds(), half.Sub(began).Seconds(), time.Since(began).Seconds())
	return c.cost(ts, began)
}

// lay writes a folder for each application.
func (c *scenario) lay(from string, many int) error {
	return fs.WalkDir(os.DirFS(from), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(from, path))
		for i := range many {
			folder := filepath.Join(c.dir, c.repository(i), c.member(i))
			err = errors.Join(err, os.MkdirAll(folder, 0o755),
				os.WriteFile(filepath.Join(folder, path), []byte(strings.ReplaceAll(string(text), "NAME", c.member(i))), 0o600))
		}
		return err
	})
}

func (c *scenario) member(i int) string { return fmt.Sprintf("%s-%03d", c.name, i) }

// repository is the one of a member, below the folder of repositories.
func (c *scenario) repository(i int) string { return fmt.Sprintf("%s/%d", c.name, i/shoal) }

// join creates one Application, or has Argo CD look at it again.
func (c *scenario) join(i int) error {
	_, err := c.applications().Patch(c.ctx, c.member(i), types.ApplyPatchType, fmt.Appendf(nil, `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: %[2]s
  namespace: argocd
  labels: {%[4]s: %[1]s}
  annotations: {argocd.argoproj.io/refresh: normal}
spec:
  project: default
  source: {repoURL: "file://%[3]s/%[5]s", targetRevision: main, path: app/%[2]s, plugin: {name: safesync}}
  destination: {server: "https://kubernetes.default.svc", namespace: %[1]s}
  syncPolicy: {automated: {}, syncOptions: [CreateNamespace=true]}
`, c.name, c.member(i), install.Repositories, memberLabel, c.repository(i)), metav1.PatchOptions{FieldManager: "scenario", Force: ptr(true)})
	return err
}

func ptr[T any](v T) *T { return &v }

// synced counts those that are Synced with one of the last commits.
func (c *scenario) synced(revisions map[string]bool) (count int, err error) {
	list, err := c.applications().List(c.ctx, metav1.ListOptions{LabelSelector: memberLabel + "=" + c.name})
	if err != nil {
		return 0, err
	}
	for _, item := range list.Items {
		text, err := item.MarshalJSON()
		if err != nil {
			return 0, err
		}
		var a app
		if err := json.Unmarshal(text, &a); err != nil {
			return 0, err
		}
		if a.Status.Sync.Status == "Synced" && revisions[a.Status.Sync.Revision] {
			count++
		}
	}
	return count, nil
}

// cost tells what the sidecar has taken since began.
func (c *scenario) cost(ts *testscript.TestScript, began time.Time) error {
	log, err := c.node.Command(c.ctx, "kubectl", "--namespace=argocd", "logs", "deployment/argocd-repo-server",
		"--container=safesync", "--since-time="+began.UTC().Format(time.RFC3339)).Output()
	if err != nil {
		return err
	}
	var took []float64
	for line := range strings.Lines(string(log)) {
		var call struct {
			Msg    string
			Method string `json:"grpc.method"`
			Time   string `json:"grpc.time_ms"`
		}
		if json.Unmarshal([]byte(line), &call) == nil && call.Msg == "finished call" && call.Method == "GenerateManifest" {
			ms, _ := strconv.ParseFloat(call.Time, 64)
			took = append(took, ms)
		}
	}
	if len(took) == 0 {
		return errors.New("the sidecar's log has no call of GenerateManifest")
	}
	slices.Sort(took)
	fmt.Fprintf(ts.Stdout(), "%d calls of the sidecar's GenerateManifest: median %.0f ms, 95 of 100 within %.0f ms, the longest %.0f ms\n",
		len(took), took[len(took)/2], took[len(took)*95/100], took[len(took)-1])
	id, err := c.containerID("argocd", "app.kubernetes.io/name=argocd-repo-server", "safesync")
	if err != nil {
		return err
	}
	peak, err := peakMemory(id)
	if err == nil {
		fmt.Fprintf(ts.Stdout(), "the sidecar's memory was %d MiB at its peak, with the files that the kernel keeps for it\n", peak>>20)
	}
	return err
}

// peakMemory is the most that a container has had, in bytes.
func peakMemory(id string) (int64, error) {
	for _, pattern := range []string{"/sys/fs/cgroup/memory/*/" + id + "/memory.max_usage_in_bytes", "/sys/fs/cgroup/*/" + id + "/memory.peak"} {
		found, _ := filepath.Glob(pattern)
		for _, file := range found {
			text, err := os.ReadFile(file)
			if err != nil {
				return 0, err
			}
			return strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		}
	}
	return 0, fmt.Errorf("no cgroup of the container %s tells its memory", id)
}
