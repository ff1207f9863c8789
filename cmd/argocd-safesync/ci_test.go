package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
)

// action is what these tests read of action.yml.
type action struct {
	Inputs  map[string]struct{ Default string }
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Steps []struct {
			ID, Name, Run string
			Env           map[string]string
		}
	}
}

func readAction(t *testing.T) action {
	t.Helper()
	text, err := os.ReadFile("../../action.yml")
	assert.NilError(t, err)
	var out action
	assert.NilError(t, yaml.Unmarshal(text, &out))
	return out
}

// TestActionPlansWhatAPullRequestChanges runs the action's own script in a
// repository where one application has changed and two others are named.
func TestActionPlansWhatAPullRequestChanges(t *testing.T) {
	repo := t.TempDir()
	for _, app := range []string{"apps/one", "apps/two", "apps/three"} {
		writeFile(t, filepath.Join(repo, app, "safesync.yaml"), quietPolicy)
		writeFile(t, filepath.Join(repo, app, "config.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\n")
	}
	writeFile(t, filepath.Join(repo, "apps/broken/safesync.yaml"), "apiVersion: safesync/v1alpha1\nkind: Policy\nhoks: []\n")
	writeFile(t, filepath.Join(repo, "README.md"), "no application\n")
	runGit(t, repo, "init", "-q")
	runGit(t, repo, "add", "-A")
	runGit(t, repo, "commit", "-qm", "one")
	writeFile(t, filepath.Join(repo, "apps/two/below/note.txt"), "changed\n")
	writeFile(t, filepath.Join(repo, "README.md"), "changed\n")
	runGit(t, repo, "add", "-A")
	runGit(t, repo, "commit", "-qm", "two")

	output := filepath.Join(t.TempDir(), "output")
	writeFile(t, output, "")
	runStep(t, repo, "Plan", "PLAN=apps/three apps/broken", "BASE=HEAD~1", "GITHUB_OUTPUT="+output, "RUNNER_TEMP="+t.TempDir())
	got, err := os.ReadFile(output)
	assert.NilError(t, err)
	golden.Assert(t, regexp.MustCompile(`end-of-plan-\d+`).ReplaceAllString(string(got), "end-of-plan"), "action-plan.md")
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
	used := map[string]bool{}
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
	assert.Equal(t, act.Outputs["plan"].Value, "${{ steps.plan.outputs.plan }}")
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

// step is the command of one of the action's steps, in repo.
func step(t *testing.T, repo, name string, env ...string) *exec.Cmd {
	t.Helper()
	steps := readAction(t).Runs.Steps
	for _, s := range steps {
		if s.Name == name {
			// As GitHub starts a step with shell: bash.
			cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", s.Run)
			cmd.Dir = repo
			cmd.Env = slices.Concat(os.Environ(), env, []string{"SAFESYNC_CONFIG=" + noConfig(t)})
			return cmd
		}
	}
	t.Fatalf("no step %s", name)
	return nil
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

func runGit(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.org"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	assert.NilError(t, err, "%s", out)
}
