// Package main_test runs the scenarios of testdata on a real cluster: Argo CD
// with the sidecar syncs applications from git, and the hooks run as pods.
//
// A scenario is a script of testscript. Its name is that of the Application, of
// its namespace and of its repository; all three are gone when it ends. Its first
// comment is the claim that it proves. Besides testscript's own commands it has
//
//	needs PART...         install what the cluster lacks, such as traefik; see needs_test.go
//	commit DIR...         commit the folders, laid over each other, as the application's directory
//	application [FILE]    create or change the Application; FILE is merged into the usual one
//	sync PHASE            sync the last commit, and want this phase of the operation at its end
//	start                 begin such a sync
//	finish PHASE [APP]    want this phase at the end of a sync that has begun; of another
//	                      Application, which is labelled safesync-scenario, at that of its first
//	refresh [hard]        have Argo CD compare with git, and tell how it finds the application
//	hook NAME             tell the exit code and the last words of a hook's newest pod
//	evict SELECTOR        evict the pods, as whoever drains the node does
//	kubectl ARG...        run kubectl, in the scenario's namespace
//	until PATTERN kubectl ARG...
//	until PATTERN refresh [hard]
//	                      do it until what it prints matches
//	ctr ARG...            run containerd's client
//	watch URL             ask a Service again and again; its host is SERVICE.NAMESPACE
//	watched               stop asking, and want that every answer was 200
//	restart PROGRAM       restart a program of the node, such as kube-apiserver
//	ordered [GAP]         want the lines of the last output to be times, each GAP after the one above it or more
//	crash NAMESPACE SELECTOR CONTAINER
//	                      end a container of the first such pod at once, and wait for the next one
//	planned FILE          want the retries of the last sync when FILE says, a plan as JSON
//	fleet N DIR           create or change N Applications of a folder, and tell how long that takes
//	seen PATTERN          want a match in the last output, and keep the line for docs/proof.md
//
// sync, finish and refresh print what Argo CD says, a line for the operation and
// one for each object, so that stdout and seen can look at it. The scripts in
// together/ run beside each other; those in alone/ one after the other, because
// they end or restart what all use, or measure.
package main_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"gotest.tools/v3/assert"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/image"
	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/install"
	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/node"
	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/proof"
)

// patience is how long any one thing may take that a scenario waits for. The
// longest is a sync with a failed backup and its retry: two minutes on two idle
// cores, more than four where others build on them.
const patience = 8 * time.Minute

// A suite is what all scenarios share: one cluster with Argo CD.
type suite struct {
	node     *node.Node
	install  *install.Installer
	api      dynamic.Interface
	programs string // folder of the project's programs
	git      string // folder of the repositories
	records  string // folder of what docs/proof.md is made of
	parts    []proof.Part
	machine  proof.Machine

	installed installed
}

func TestScenarios(t *testing.T) {
	if os.Getenv("SAFESYNC_CLUSTER") == "" {
		t.Skip("needs a cluster and root; make e2e-cluster sets SAFESYNC_CLUSTER=1 and brings it up")
	}
	s := open(t)
	s.installAhead(t)
	commands := s.commands()
	for _, group := range []string{"together", "alone"} {
		scripts, err := filepath.Glob(filepath.Join("testdata", group, "*.txtar"))
		assert.NilError(t, err)
		if group == "together" {
			t.Run(group, func(t *testing.T) { s.run(t, commands, scripts...) })
			continue
		}
		for _, script := range scripts {
			t.Run(group, func(t *testing.T) { s.run(t, commands, script) })
		}
	}
}

func (s *suite) run(t *testing.T, commands map[string]command, scripts ...string) {
	testscript.Run(t, testscript.Params{
		Files: scripts, Setup: s.setup, Cmds: commands, RequireUniqueNames: true,
	})
}

// open brings up the cluster and Argo CD, or finds them.
func open(t *testing.T) *suite {
	t.Helper()
	n, err := node.Open(os.Getenv, os.Stderr)
	assert.NilError(t, err)
	assert.NilError(t, n.Up(t.Context()))
	release, err := n.Hold() // a second run would take what this one has made
	assert.NilError(t, err)
	t.Cleanup(release)
	images := &image.Builder{
		Cache: image.Folder(n.Tools), Root: n.Checkout, Tool: n.Tool, Log: os.Stderr,
	}
	s := &suite{
		node:      n,
		install:   &install.Installer{Cluster: n, Images: images, Root: n.Checkout, Log: os.Stderr},
		programs:  images.Programs(image.Ours),
		installed: installed{parts: map[string]bool{}},
	}
	s.git, err = n.Folder("repositories")
	assert.NilError(t, err)
	s.records, err = n.Folder(proof.Folder)
	assert.NilError(t, err)
	assert.NilError(t, s.install.ArgoCD(t.Context(), s.git))
	s.parts = parts(n)
	s.machine, err = proof.ThisMachine()
	assert.NilError(t, err)
	config, err := clientcmd.BuildConfigFromFlags("", n.Kubeconfig())
	assert.NilError(t, err)
	config.Dial = n.Dial
	config.QPS, config.Burst = 100, 200 // by default all scenarios together would ask 5 times a second
	s.api, err = dynamic.NewForConfig(config)
	assert.NilError(t, err)
	return s
}

// parts are what every scenario runs on.
func parts(n *node.Node) []proof.Part {
	const standIn = "its own program, in an image on Debian 12 that is not the vendor's"
	return []proof.Part{
		{Name: "Kubernetes", Version: n.Version("kubelet"), Form: "one node: API server, controllers, scheduler, kubelet, kube-proxy; containerd and runc of Debian"},
		{Name: "Argo CD", Version: n.Version("argocd"), Form: "core-install.yaml; " + standIn},
		{Name: "CloudNative-PG", Version: n.Version("cnpg-manager"), Form: "its release's manifests; its own program, in an image that is not the vendor's"},
		{Name: "Barman Cloud plugin", Version: n.Version("barman-manager"), Form: "its manifests, with certificates that are not cert-manager's; its own program, in an image that is not the vendor's"},
		{Name: "PostgreSQL and Barman", Version: "15 and 3.4", Form: "packages of Debian 12"},
		{Name: "MinIO", Version: n.Version("minio"), Form: standIn},
		{Name: "argocd-safesync", Version: "of this commit", Form: "the last stage of the Dockerfile; deploy/kustomize"},
	}
}

type key struct{}

// setup makes a scenario of a script, and clears away what an earlier run left.
func (s *suite) setup(env *testscript.Env) error {
	script := filepath.Base(env.WorkDir)
	name := strings.TrimPrefix(script, "script-")
	c := &scenario{suite: s, name: name, began: time.Now(), dir: env.WorkDir}
	c.ctx = context.Background() // a script's own time is that of the test
	env.Values[key{}] = c
	env.Setenv("APP", name)
	env.Setenv("ARGOCD_APP_NAME", name)
	env.Setenv("ARGOCD_APP_NAMESPACE", name)
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("PATH", s.programs+string(filepath.ListSeparator)+env.Getenv("PATH"))
	env.Defer(func() { c.end(env.T()) })
	return c.clear()
}

// A command of a script.
type command = func(ts *testscript.TestScript, neg bool, args []string)

// commands are those of the list above.
func (s *suite) commands() map[string]command {
	verbs := map[string]func(c *scenario, ts *testscript.TestScript, args []string) error{
		"needs":       (*scenario).needs,
		"commit":      (*scenario).commit,
		"application": (*scenario).application,
		"sync":        (*scenario).sync,
		"start":       (*scenario).start,
		"finish":      (*scenario).finish,
		"refresh":     (*scenario).refresh,
		"hook":        (*scenario).hook,
		"until":       (*scenario).until,
		"watch":       (*scenario).watch,
		"watched":     (*scenario).watched,
		"evict":       (*scenario).evict,
		"restart":     (*scenario).restart,
		"ordered":     (*scenario).ordered,
		"crash":       (*scenario).crash,
		"planned":     (*scenario).planned,
		"fleet":       (*scenario).fleet,
		"seen":        (*scenario).see,
		"kubectl":     program("kubectl"),
		"ctr":         program("ctr"),
	}
	commands := map[string]command{}
	for name, verb := range verbs {
		commands[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			c := ts.Value(key{}).(*scenario)
			err := verb(c, ts, args)
			switch {
			case err != nil && !neg:
				c.dump(ts)
				ts.Fatalf("%s: %v", name, err)
			case err == nil && neg:
				c.dump(ts)
				ts.Fatalf("%s: went well, and was not meant to", name)
			}
		}
	}
	return commands
}

// program runs a program in the cluster; its output is the command's.
func program(name string) func(*scenario, *testscript.TestScript, []string) error {
	return func(c *scenario, ts *testscript.TestScript, args []string) error {
		if name == "kubectl" {
			args = append([]string{"--namespace=" + c.name}, args...)
		}
		cmd := c.node.Command(c.ctx, name, args...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = ts.Getenv("PWD"), ts.Stdout(), ts.Stderr()
		if cmd.Dir == "" {
			cmd.Dir = c.dir
		}
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", strings.Join(args, " "), err)
		}
		return nil
	}
}
