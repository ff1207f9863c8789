package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	yamlv3 "go.yaml.in/yaml/v3"
	"gotest.tools/v3/assert"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
)

// action is what these tests read of action.yml.
type action struct {
	Inputs  map[string]struct{ Default string }
	Outputs map[string]struct{ Value string }
	Runs    struct{ Steps []actionStep }
}

type actionStep struct {
	ID, Name, If, Run string
	Env               map[string]string
}

func readAction(t *testing.T) action {
	t.Helper()
	text, err := os.ReadFile("../../action.yml")
	assert.NilError(t, err)
	var out action
	assert.NilError(t, yaml.Unmarshal(text, &out))
	return out
}

// TestTheWorkflowOfTheReadmeUsesWhatThereIs holds the workflow that people copy
// to the action: its inputs, and what they need.
func TestTheWorkflowOfTheReadmeUsesWhatThereIs(t *testing.T) {
	text, err := os.ReadFile("../../testdata/github/pull-request.yaml")
	assert.NilError(t, err)
	var workflow struct {
		Name, On    string
		Permissions map[string]string
		Jobs        map[string]struct {
			RunsOn string `yaml:"runs-on"`
			Steps  []struct {
				Uses string
				With map[string]any
			}
		}
	}
	strict := yamlv3.NewDecoder(bytes.NewReader(text)) // the other one reads the key "on" as true
	strict.KnownFields(true)
	assert.NilError(t, strict.Decode(&workflow))
	assert.Equal(t, workflow.On, "pull_request")
	assert.DeepEqual(t, workflow.Permissions, map[string]string{"contents": "read", "pull-requests": "write"})
	steps := workflow.Jobs["safesync"].Steps
	assert.Equal(t, len(steps), 2)
	assert.Equal(t, steps[0].With["fetch-depth"], 0)
	inputs := readAction(t).Inputs
	for name := range steps[1].With {
		_, ok := inputs[name]
		assert.Assert(t, ok, "the action has no input %s", name)
	}
	assert.Equal(t, steps[1].With["comment"], true)
}

// TestActionFailsOnAFinding runs the action's own script on a broken policy.
func TestActionFailsOnAFinding(t *testing.T) {
	repo := t.TempDir()
	writeFile(t, filepath.Join(repo, "apps/one/safesync.yaml"), "# +argocd:skip-file-rendering\napiVersion: safesync/v1alpha1\nkind: Policy\nhoks: []\n")
	cmd := step(t, repo, "Lint", "DIRECTORY=.", "FAIL_ON=error")
	out, err := cmd.CombinedOutput()
	assert.Error(t, err, "exit status 1")
	assert.Assert(t, strings.HasPrefix(string(out), "::error file=apps/one/safesync.yaml,line=4,col=1"), "%s", out)

	runStep(t, repo, "Lint", "DIRECTORY=.", "FAIL_ON=never")
}

// TestActionHasWhatItsStepsRead holds inputs, outputs and steps together.
func TestActionHasWhatItsStepsRead(t *testing.T) {
	act := readAction(t)
	used := map[string]bool{"comment": strings.Contains(stepNamed(t, "Comment").If, "inputs.comment == 'true'")}
	for _, s := range act.Runs.Steps {
		assert.Assert(t, !strings.Contains(s.Run, "${{"), "%s: what others write must come through env", s.Name)
		for _, value := range s.Env {
			if m := regexp.MustCompile(`^\$\{\{ inputs\.([a-z-]+) \}\}$`).FindStringSubmatch(value); m != nil {
				used[m[1]] = true
			}
		}
	}
	for name := range act.Inputs {
		assert.Assert(t, used[name], "no step reads the input %s", name)
	}
	assert.Equal(t, len(used), len(act.Inputs))
	for name, output := range act.Outputs {
		assert.Equal(t, output.Value, "${{ steps.plan.outputs."+name+" }}")
	}
}

// TestThePluginIsCalledWhatWeTakeForIt holds the name by which plugin parameters
// are known to be ours.
func TestThePluginIsCalledWhatWeTakeForIt(t *testing.T) {
	text, err := os.ReadFile("../../plugin.yaml")
	assert.NilError(t, err)
	var config struct{ Metadata struct{ Name string } }
	assert.NilError(t, yaml.Unmarshal(text, &config))
	assert.Equal(t, config.Metadata.Name, lint.PluginName)
}

// TestPreCommitHooksAreCommands gives each hook's command line to the program's
// own parser.
func TestPreCommitHooksAreCommands(t *testing.T) {
	text, err := os.ReadFile("../../.pre-commit-hooks.yaml")
	assert.NilError(t, err)
	var hooks []struct {
		ID, Name, Language, Entry, Files string
		Args                             []string
	}
	assert.NilError(t, yaml.Unmarshal(text, &hooks))
	assert.Assert(t, len(hooks) > 0)
	for _, h := range hooks {
		words := append(strings.Fields(h.Entry), h.Args...)
		assert.Equal(t, words[0], "argocd-safesync")
		cmd, rest, err := root(cli.IO{}).Find(words[1:])
		assert.NilError(t, err)
		assert.Assert(t, cmd.Runnable(), h.Entry)
		assert.NilError(t, cmd.ParseFlags(rest))
	}
	files := regexp.MustCompile(hooks[0].Files)
	for _, name := range []string{"apps/web/safesync.yaml", "chart/templates/web.tpl", "chart/Chart.lock", "a.jsonnet"} {
		assert.Assert(t, files.MatchString(name), name)
	}
	assert.Assert(t, !files.MatchString("README.md"))
}

// A job is what GitHub gives to the steps of one: files to write to.
type job struct {
	t    *testing.T
	temp string
}

func newJob(t *testing.T) job {
	t.Helper()
	temp, err := filepath.EvalSymlinks(t.TempDir())
	assert.NilError(t, err)
	return job{t, temp}
}

// env is the environment of a step, with what it is given besides.
func (j job) env(more ...string) []string {
	j.t.Helper()
	out := []string{"RUNNER_TEMP=" + j.temp}
	for _, name := range []string{"output", "path", "summary"} {
		file := filepath.Join(j.temp, name)
		writeFile(j.t, file, "")
		variable := map[string]string{"output": "GITHUB_OUTPUT", "path": "GITHUB_PATH", "summary": "GITHUB_STEP_SUMMARY"}[name]
		out = append(out, variable+"="+file)
	}
	return append(out, more...)
}

func (j job) read(name string) string {
	j.t.Helper()
	text, err := os.ReadFile(filepath.Join(j.temp, name))
	assert.NilError(j.t, err)
	return string(text)
}

// step is the command of one of the action's steps, in repo, as GitHub starts a
// step with shell: bash.
func step(t *testing.T, repo, name string, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", stepNamed(t, name).Run)
	cmd.Dir = repo
	cmd.Env = slices.Concat(os.Environ(), []string{"SAFESYNC_CONFIG=" + noConfig(t)}, env)
	return cmd
}

func stepNamed(t *testing.T, name string) actionStep {
	t.Helper()
	steps := readAction(t).Runs.Steps
	i := slices.IndexFunc(steps, func(s actionStep) bool { return s.Name == name })
	assert.Assert(t, i >= 0, "no step %s", name)
	return steps[i]
}

func runStep(t *testing.T, repo, name string, env ...string) {
	t.Helper()
	out, err := step(t, repo, name, env...).CombinedOutput()
	assert.NilError(t, err, "%s", out)
}

// noConfig is a configuration that says nothing: whatever this machine has at
// the usual place must not count.
func noConfig(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	writeFile(t, file, "apiVersion: safesync/v1alpha1\nkind: Config\n")
	return file
}

func writeProgram(t *testing.T, name, text string) {
	t.Helper()
	assert.NilError(t, os.MkdirAll(filepath.Dir(name), 0o700))
	assert.NilError(t, os.WriteFile(name, []byte(text), 0o700))
}

func runGit(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.org"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	assert.NilError(t, err, "%s", out)
}
