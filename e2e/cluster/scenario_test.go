package main_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/install"
)

// A scenario is one script that runs.
type scenario struct {
	*suite
	ctx      context.Context
	name     string
	dir      string // where the script's files are
	began    time.Time
	revision string // of the last commit
	before   string // when the operation before the last one began
	lines    []string
	asking   *asking
	retries  retrial // of the last sync
}

func (c *scenario) applications() dynamic.ResourceInterface {
	return c.api.Resource(schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: "applications"}).Namespace("argocd")
}

func (c *scenario) namespaces() dynamic.ResourceInterface {
	return c.api.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"})
}

// poll asks until the answer is yes, an error comes or patience ends.
func (c *scenario) poll(patience time.Duration, what string, yes func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	for {
		ok, err := yes()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited %s for %s", patience, what)
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// commit lays folders over each other and commits the result.
func (c *scenario) commit(ts *testscript.TestScript, args []string) error {
	var folders []string
	for _, arg := range args {
		folders = append(folders, ts.MkAbs(arg))
	}
	var err error
	c.revision, err = c.commitTo(filepath.Join(c.git, c.name), folders)
	return err
}

// commitTo does so in a repository, and returns the revision.
func (c *scenario) commitTo(repository string, folders []string) (string, error) {
	if _, err := os.Stat(repository); err != nil {
		if err := c.run("git", "init", "--quiet", "--initial-branch=main", repository); err != nil {
			return "", err
		}
	}
	app := filepath.Join(repository, "app")
	if err := errors.Join(os.RemoveAll(app), os.MkdirAll(app, 0o755)); err != nil {
		return "", err
	}
	for _, folder := range folders {
		if err := c.run("cp", "-r", folder+"/.", app); err != nil {
			return "", err
		}
	}
	git := []string{"-C", repository, "-c", "user.name=scenario", "-c", "user.email=scenario@example.org"}
	if err := c.run("git", append(git, "add", "--all")...); err != nil {
		return "", err
	}
	if err := c.run("git", append(git, "commit", "--quiet", "--allow-empty", "--message=change")...); err != nil {
		return "", err
	}
	revision, err := exec.CommandContext(c.ctx, "git", "-C", repository, "rev-parse", "HEAD").Output()
	return strings.TrimSpace(string(revision)), err
}

// run runs a program of this machine.
func (c *scenario) run(name string, args ...string) error {
	if out, err := exec.CommandContext(c.ctx, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// application creates the Application, or merges a file into it.
func (c *scenario) application(ts *testscript.TestScript, args []string) error {
	usual := fmt.Sprintf(`
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: %[1]s, namespace: argocd}
spec:
  project: default
  source: {repoURL: "file://%[2]s/%[1]s", targetRevision: main, path: app, plugin: {name: safesync}}
  destination: {server: "https://kubernetes.default.svc", namespace: %[1]s}
  syncPolicy: {syncOptions: [CreateNamespace=true]}
`, c.name, install.Repositories)
	if err := c.apply([]byte(usual)); err != nil {
		return err
	}
	for _, file := range args {
		if err := c.merge(ts, file); err != nil {
			return err
		}
	}
	return nil
}

func (c *scenario) merge(ts *testscript.TestScript, file string) error {
	patch, err := yaml.YAMLToJSON([]byte(ts.ReadFile(file)))
	if err != nil {
		return err
	}
	_, err = c.applications().Patch(c.ctx, c.name, types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

func (c *scenario) apply(text []byte) error {
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(text, &object.Object); err != nil {
		return err
	}
	_, err := c.applications().Apply(c.ctx, c.name, object, metav1.ApplyOptions{FieldManager: "scenario", Force: true})
	return err
}

// refresh has Argo CD look again, and tells what it sees.
func (c *scenario) refresh(ts *testscript.TestScript, args []string) error {
	seen, err := c.look(args)
	fmt.Fprint(ts.Stdout(), seen)
	return err
}

// look returns what Argo CD sees when it is asked to.
func (c *scenario) look(args []string) (seen string, err error) {
	const asked = "argocd.argoproj.io/refresh"
	how := strings.Join(append(args, "normal")[:1], "")
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, asked, how)
	if _, err := c.applications().Patch(c.ctx, c.name, types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		return "", err
	}
	err = c.poll(patience, "the refresh", func() (bool, error) {
		app, err := c.get(c.name)
		if err != nil || app.Metadata.Annotations[asked] != "" {
			return false, err
		}
		seen = app.Status.String()
		return true, nil
	})
	return seen, err
}

// see wants a line in the last output and keeps it.
func (c *scenario) see(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return errors.New("want one pattern")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	if err != nil {
		return err
	}
	found := 0
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		if pattern.MatchString(line) {
			c.lines = append(c.lines, strings.TrimSpace(line))
			found++
		}
	}
	if found == 0 {
		return fmt.Errorf("no line matches %q in\n%s", args[0], ts.ReadFile("stdout"))
	}
	return nil
}

func (c *scenario) restart(_ *testscript.TestScript, args []string) error {
	for _, name := range args {
		if err := c.node.Restart(c.ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// until runs kubectl, or refreshes, again and again.
func (c *scenario) until(ts *testscript.TestScript, args []string) error {
	if len(args) < 2 {
		return errors.New("want a pattern, the word kubectl or refresh, and its arguments")
	}
	ask := map[string]func() (string, error){
		"refresh": func() (string, error) { return c.look(args[2:]) },
		"kubectl": func() (string, error) {
			out, err := c.node.Command(c.ctx, "kubectl", append([]string{"--namespace=" + c.name}, args[2:]...)...).CombinedOutput()
			if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
				err = nil // what kubectl does not like is in its output
			}
			return string(out), err
		},
	}[args[1]]
	pattern, err := regexp.Compile("(?m)" + args[0])
	if err != nil || ask == nil {
		return errors.Join(err, fmt.Errorf("want kubectl or refresh, got %s", args[1]))
	}
	var last string
	err = c.poll(patience/2, args[0], func() (bool, error) {
		var err error
		last, err = ask()
		return pattern.MatchString(last), err
	})
	fmt.Fprint(ts.Stdout(), last)
	return err
}

// get reads an Application.
func (c *scenario) get(name string) (app, error) {
	object, err := c.applications().Get(c.ctx, name, metav1.GetOptions{})
	if err != nil {
		return app{}, err
	}
	text, err := object.MarshalJSON()
	if err != nil {
		return app{}, err
	}
	var a app
	return a, json.Unmarshal(text, &a)
}
