package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"
)

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
	writeFile(t, filepath.Join(repo, "apps/two/config.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata: {a: b}\n")
	writeFile(t, filepath.Join(repo, "README.md"), "changed\n")
	runGit(t, repo, "add", "-A")
	runGit(t, repo, "commit", "-qm", "two")

	job := newJob(t)
	runStep(t, repo, "Plan", job.env("DIRECTORY=.", "PLAN=apps/three apps/broken", "BASE=HEAD~1")...)
	got := regexp.MustCompile(`end-of-plan-\d+`).ReplaceAllString(job.read("output"), "end-of-plan")
	golden.Assert(t, strings.ReplaceAll(got, job.temp, "TEMP"), "action-plan.md")
	assert.Assert(t, strings.HasSuffix(got, "\nplan<<end-of-plan\n"+job.read("safesync-plan.md")+"end-of-plan\n"))
	assert.Equal(t, job.read("summary"), job.read("safesync-plan.md"))

	out, err := step(t, repo, "Plan", job.env("DIRECTORY=.", "PLAN=", "BASE=nonsense")...).CombinedOutput()
	assert.Error(t, err, "exit status 2")
	assert.Equal(t, string(out), "argocd-safesync: --base nonsense: no such revision\n")
}

// TestActionTakesNoDirectoryForAFlag plans a directory with the name of one.
func TestActionTakesNoDirectoryForAFlag(t *testing.T) {
	job := newJob(t)
	runStep(t, t.TempDir(), "Plan", job.env("DIRECTORY=.", "PLAN=--help", "BASE=")...)
	assert.Equal(t, job.read("safesync-plan.md"), "### --help\n\nThere is no such directory.\n\n")
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
	runStep(t, repo, "Plan", job.env("DIRECTORY=.", "PLAN=", "BASE=base")...)
	golden.Assert(t, job.read("safesync-plan.md"), "action-removed.md")
	assert.Equal(t, job.read("summary"), job.read("safesync-plan.md"))
}

// TestActionPlansWithTheNameAndNamespaceThatItIsGiven runs the script for an
// application of which the repository has no Application.
func TestActionPlansWithTheNameAndNamespaceThatItIsGiven(t *testing.T) {
	repo := t.TempDir()
	writeFile(t, filepath.Join(repo, "app/safesync.yaml"), hookedPolicy)
	job := newJob(t)
	runStep(t, repo, "Plan", job.env("DIRECTORY=.", "PLAN=app", "BASE=", "SAFESYNC_APP_NAME=web", "SAFESYNC_NAMESPACE=shop")...)
	assert.Assert(t, strings.Contains(job.read("safesync-plan.md"), "| ConfigMap web-safesync-record |"), job.read("safesync-plan.md"))
	assert.Assert(t, strings.Contains(job.read("safesync-plan.md"), " is in shop.\n"), job.read("safesync-plan.md"))
}

// TestActionJudgesEachDirectory also of a list in lines, as YAML makes them.
func TestActionJudgesEachDirectory(t *testing.T) {
	repo, job := t.TempDir(), newJob(t)
	writeFile(t, filepath.Join(repo, "good/safesync.yaml"), quietHead+"allowEmpty: true\n")
	writeFile(t, filepath.Join(repo, "broken/safesync.yaml"), quietHead+"hoks: []\n")
	runGit(t, repo, "init", "-q")
	out, err := step(t, repo, "Lint", job.env("DIRECTORY=good\nbroken\n", "FAIL_ON=error")...).CombinedOutput()
	assert.Error(t, err, "exit status 1")
	assert.Assert(t, strings.HasPrefix(string(out), "::error file=broken/safesync.yaml,line=4,"), string(out))
}

const hookedPolicy = quietHead + "hooks:\n- name: wait\n  phase: PostSync\n  steps:\n  - {name: wait, wait: 1s}\n"

// TestActionRunsFromStartToEnd runs all of the action's own scripts one after the
// other, with the programs that the first of them builds, where a base outside of
// the application has changed.
func TestActionRunsFromStartToEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the programs")
	}
	repo, job := t.TempDir(), newJob(t)
	writeFile(t, filepath.Join(repo, "app/safesync.yaml"), hookedPolicy)
	writeFile(t, filepath.Join(repo, "app/kustomization.yaml"), "resources: [../base]\n")
	writeFile(t, filepath.Join(repo, "base/kustomization.yaml"), "resources: [config.yaml]\n")
	writeFile(t, filepath.Join(repo, "base/config.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\n")
	runGit(t, repo, "init", "-q")
	runGit(t, repo, "add", "-A")
	runGit(t, repo, "commit", "-qm", "one")
	writeFile(t, filepath.Join(repo, "base/config.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata: {a: b}\n")
	source, err := filepath.Abs("../..")
	assert.NilError(t, err)
	runStep(t, repo, "Build", job.env("ACTION="+source)...)
	path := "PATH=" + strings.TrimSpace(job.read("path")) + ":/usr/bin:/bin"
	runStep(t, repo, "Plan", job.env(path, "DIRECTORY=.", "PLAN=", "BASE=HEAD", "SAFESYNC_NAMESPACE=shop")...)
	plan := job.read("safesync-plan.md")
	assert.Assert(t, strings.HasPrefix(plan, "### app\n\nWhat differs: ConfigMap config (changed).\n"), plan)
	assert.Assert(t, strings.Contains(plan, "Job wait"), plan)
	runStep(t, repo, "Lint", job.env(path, "DIRECTORY=.", "FAIL_ON=warning")...)
}
