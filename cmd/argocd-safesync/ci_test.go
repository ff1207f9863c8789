package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	yamlv3 "go.yaml.in/yaml/v3"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
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

	job := newJob(t)
	runStep(t, repo, "Plan", job.env("PLAN=apps/three apps/broken", "BASE=HEAD~1")...)
	got := regexp.MustCompile(`end-of-plan-\d+`).ReplaceAllString(job.read("output"), "end-of-plan")
	golden.Assert(t, strings.ReplaceAll(got, job.temp, "TEMP"), "action-plan.md")
	assert.Assert(t, strings.HasSuffix(got, "\nplan<<end-of-plan\n"+job.read("safesync-plan.md")+"end-of-plan\n"))
	assert.Equal(t, job.read("summary"), job.read("safesync-plan.md"))

	out, err := step(t, repo, "Plan", job.env("PLAN=", "BASE=nonsense")...).CombinedOutput()
	assert.Error(t, err, "exit status 1")
	assert.Equal(t, string(out), "::error::base: want a commit that this checkout has, got nonsense; give actions/checkout fetch-depth: 0\n")
}

// TestActionTakesNoDirectoryForAFlag plans a directory with the name of one.
func TestActionTakesNoDirectoryForAFlag(t *testing.T) {
	job := newJob(t)
	runStep(t, t.TempDir(), "Plan", job.env("PLAN=--help", "BASE=")...)
	assert.Equal(t, job.read("safesync-plan.md"), "### --help\n\n\n````\n--help: no such directory\n````\n\n")
}

// TestActionSaysWhatAPullRequestRemoves runs the script where a policy, an
// application, one below another and one at the root are gone.
func TestActionSaysWhatAPullRequestRemoves(t *testing.T) {
	repo := t.TempDir()
	for _, app := range []string{".", "apps/policy", "apps/whole", "apps/stays", "apps/stays/below", "apps/with \"quotes\" \u00e9"} {
		writeFile(t, filepath.Join(repo, app, "safesync.yaml"), quietHead+"allowEmpty: true\n")
	}
	writeFile(t, filepath.Join(repo, "apps/policy/note.txt"), "stays\n")
	runGit(t, repo, "init", "-q")
	runGit(t, repo, "add", "-A")
	runGit(t, repo, "commit", "-qm", "one")
	runGit(t, repo, "branch", "base")
	runGit(t, repo, "rm", "-q", "safesync.yaml", "apps/policy/safesync.yaml", "apps/whole/safesync.yaml", "apps/stays/below/safesync.yaml", "apps/with \"quotes\" \u00e9/safesync.yaml")
	runGit(t, repo, "commit", "-qm", "two")

	job := newJob(t)
	runStep(t, repo, "Plan", job.env("PLAN=", "BASE=base")...)
	golden.Assert(t, job.read("safesync-plan.md"), "action-removed.md")
	assert.Equal(t, job.read("summary"), job.read("safesync-plan.md"))
}

// TestActionPlansWithTheNameAndNamespaceThatItIsGiven runs the script for an
// application of which the repository has no Application.
func TestActionPlansWithTheNameAndNamespaceThatItIsGiven(t *testing.T) {
	repo := t.TempDir()
	writeFile(t, filepath.Join(repo, "app/safesync.yaml"), hookedPolicy)
	job := newJob(t)
	runStep(t, repo, "Plan", job.env("PLAN=app", "BASE=", "SAFESYNC_APP_NAME=web", "SAFESYNC_NAMESPACE=shop")...)
	assert.Assert(t, strings.Contains(job.read("safesync-plan.md"), "| ConfigMap web-safesync-record |"), job.read("safesync-plan.md"))
	assert.Assert(t, strings.Contains(job.read("safesync-plan.md"), " is in shop.\n"), job.read("safesync-plan.md"))
}

const hookedPolicy = quietHead + "hooks:\n- name: wait\n  phase: PostSync\n  steps:\n  - {name: wait, wait: 1s}\n"

// TestActionKeepsWhatIsTooLongForACommentInTheSummary plans more than a comment
// takes.
func TestActionKeepsWhatIsTooLongForACommentInTheSummary(t *testing.T) {
	repo := t.TempDir()
	var many strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&many, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a-name-that-takes-some-room-%d}\n", i)
	}
	writeFile(t, filepath.Join(repo, "big/many.yaml"), many.String())
	writeFile(t, filepath.Join(repo, "big/safesync.yaml"), quietPolicy)
	writeFile(t, filepath.Join(repo, "small/safesync.yaml"), quietHead+"allowEmpty: true\n")
	job := newJob(t)
	runStep(t, repo, "Plan", job.env("PLAN=big small", "BASE=")...)
	plan := job.read("safesync-plan.md")
	assert.Assert(t, strings.HasPrefix(plan, "### big\n\nToo long for a comment: see the summary of the job.\n\n### small\n"), plan[:min(len(plan), 500)])
	assert.Assert(t, strings.Contains(job.read("summary"), "a-name-that-takes-some-room-1499"))
}

// TestActionCountsWhatNeitherCommentNorSummaryTake plans so many applications,
// with a stand-in for the program, that not even their names have room.
func TestActionCountsWhatNeitherCommentNorSummaryTake(t *testing.T) {
	job := newJob(t)
	writeProgram(t, filepath.Join(job.temp, "bin", "argocd-safesync"), "#!/bin/bash\nprintf '%5000s\\n' plan\n")
	var dirs []string
	for i := range 250 {
		dirs = append(dirs, fmt.Sprintf("apps/%03d", i))
	}
	runStep(t, job.temp, "Plan", job.env("BASE=", "PLAN="+strings.Join(dirs, " "), "PATH="+filepath.Join(job.temp, "bin")+":"+os.Getenv("PATH"))...)

	plan, summary := job.read("safesync-plan.md"), job.read("summary")
	assert.Assert(t, len(plan) <= 60_000, "%d bytes", len(plan))
	assert.Assert(t, strings.Count(plan, "Too long for a comment") > 0)
	assert.Assert(t, strings.HasSuffix(plan, fmt.Sprintf("\n\n%d more: see the summary of the job.\n", 250-strings.Count(plan, "### "))), plan[len(plan)-300:])
	assert.Assert(t, len(summary) <= 1_000_100, "%d bytes", len(summary))
	assert.Assert(t, strings.HasSuffix(summary, fmt.Sprintf("\n\n%d more than a summary takes: see `argocd-safesync plan`.\n", 250-strings.Count(summary, "### "))), summary[len(summary)-300:])
}

// TestActionKeepsOneComment runs the script against a stand-in for gh that keeps
// the comments of a pull request in a file and asks jq, as gh asks its own.
func TestActionKeepsOneComment(t *testing.T) {
	testenv.Need(t, "jq")
	job := newJob(t)
	writeFile(t, filepath.Join(job.temp, "comments"), `[{"id": 1, "body": "somebody else's"}]`)
	writeProgram(t, filepath.Join(job.temp, "bin", "gh"), commentsOfGitHub)
	file := filepath.Join(job.temp, "plan.md")
	comment := func(plan string) (said string) {
		writeFile(t, file, plan)
		out, err := step(t, job.temp, "Comment", job.env("FILE="+file, "REPO=repos/o/r/issues", "NUMBER=7",
			"COMMENTS="+filepath.Join(job.temp, "comments"), "PATH="+filepath.Join(job.temp, "bin")+":"+os.Getenv("PATH"))...).CombinedOutput()
		assert.NilError(t, err, "%s", out)
		return string(out)
	}
	const own = `[{"id":1,"body":"somebody else's"},{"id":2,"body":"<!-- argocd-safesync -->\n%s\n"}]` + "\n"
	for _, push := range []struct{ plan, comments string }{
		{"", `[{"id": 1, "body": "somebody else's"}]`},
		{"one\n", fmt.Sprintf(own, "one")},
		{"two\n", fmt.Sprintf(own, "two")},
		{"", fmt.Sprintf(own, "No application directory changes. What applications read from elsewhere is not compared.")},
	} {
		assert.Equal(t, comment(push.plan), "")
		assert.Equal(t, job.read("comments"), push.comments)
	}

	assert.NilError(t, os.Remove(filepath.Join(job.temp, "comments")))
	assert.Equal(t, comment("three\n"), "::notice::The pull request has no new comment: gh: Resource not accessible 100%25 (HTTP 403) gh: and more; what is planned is in the summary of this job\n")
}

// commentsOfGitHub is gh as far as the action uses it. Without comments it fails,
// as for a token that may not read them, with what would end a command to GitHub.
const commentsOfGitHub = `#!/bin/bash
set -e
[ -e "$COMMENTS" ] || { printf 'gh: Resource not accessible 100%% (HTTP 403)\ngh: and more\n' >&2; exit 1; }
body() { file=${!#}; cat "${file#body=@}"; }
case "$*" in
"api --paginate repos/o/r/issues/7/comments --jq "*) jq -r "${!#}" "$COMMENTS"; exit ;;
"api --silent --method POST repos/o/r/issues/7/comments --field body=@"*) change='. + [{id: 2, body: $body}]' ;;
"api --silent --method PATCH repos/o/r/issues/comments/2 --field body=@"*) change='map(if .id == 2 then .body = $body else . end)' ;;
*) echo "gh $*" >&2; exit 2 ;;
esac
new=$(jq -c --rawfile body <(body "$@") "$change" "$COMMENTS")
echo "$new" > "$COMMENTS"
`

// TestActionRunsFromStartToEnd runs all of the action's own scripts one after the
// other, with the programs that the first of them builds.
func TestActionRunsFromStartToEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the programs")
	}
	repo, job := t.TempDir(), newJob(t)
	writeFile(t, filepath.Join(repo, "app/safesync.yaml"), hookedPolicy)
	source, err := filepath.Abs("../..")
	assert.NilError(t, err)
	runStep(t, repo, "Build", job.env("ACTION="+source)...)
	path := "PATH=" + strings.TrimSpace(job.read("path")) + ":/usr/bin:/bin"
	runStep(t, repo, "Plan", job.env(path, "PLAN=app", "BASE=", "SAFESYNC_NAMESPACE=shop")...)
	assert.Assert(t, strings.Contains(job.read("safesync-plan.md"), "Job wait"), job.read("safesync-plan.md"))
	runStep(t, repo, "Lint", job.env(path, "DIRECTORY=.", "FAIL_ON=warning")...)
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
