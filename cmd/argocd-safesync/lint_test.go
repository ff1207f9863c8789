package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/plugin"
	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
)

const ruleCases = "../../testdata/lint"

// TestEveryRuleHasABadAndAGoodCase runs lint over testdata/lint: what it says of
// the bad one is in bad.txt, and of the good one it says nothing at all.
func TestEveryRuleHasABadAndAGoodCase(t *testing.T) {
	known := map[string]bool{}
	for _, rule := range lint.Rules() {
		known[rule.Name] = true
		t.Run(rule.Name, func(t *testing.T) {
			dir := filepath.Join(ruleCases, rule.Name)
			said, code := lintCase(t, dir, "bad")
			assert.Assert(t, strings.Contains(said, "["+rule.Name+"]"), said)
			assert.Assert(t, strings.Contains(said, ": "+rule.Severity.String()+": "), "want a finding of severity %s\n%s", rule.Severity, said)
			assert.Equal(t, code, cli.ExitNo)
			want, err := filepath.Abs(filepath.Join(dir, "bad.txt"))
			assert.NilError(t, err)
			golden.Assert(t, said, want)

			said, code = lintCase(t, dir, "good")
			assert.Assert(t, strings.HasSuffix(said, ": 0 errors, 0 warnings, 0 notes\n"), said)
			assert.Equal(t, code, cli.ExitOK)
		})
	}
	entries, err := os.ReadDir(ruleCases)
	assert.NilError(t, err)
	for _, e := range entries {
		assert.Assert(t, known[e.Name()], "testdata/lint/%s is the case of no rule", e.Name())
	}
}

// lintCase lints a case: a repository of its own, or a file with objects, which
// gets a policy that asks for nothing.
func lintCase(t *testing.T, dir, name string) (said string, code int) {
	t.Helper()
	repo := filepath.Join(dir, name)
	if text, err := os.ReadFile(repo + ".yaml"); err == nil {
		repo = t.TempDir()
		writeFile(t, filepath.Join(repo, name+".yaml"), string(text))
		writeFile(t, filepath.Join(repo, "safesync.yaml"), quietPolicy)
	}
	return runProgram(t, "lint", "--fail-on", "warning", "--repo-root", repo, repo)
}

const (
	quietHead   = "# +argocd:skip-file-rendering\napiVersion: safesync/v1alpha1\nkind: Policy\n"
	quietPolicy = quietHead + "record: false\n"
)

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	assert.NilError(t, os.MkdirAll(filepath.Dir(name), 0o750))
	assert.NilError(t, os.WriteFile(name, []byte(text), 0o600))
}

// runProgram runs the program itself, with its renderers, and returns
// what it prints and its exit code.
func runProgram(t *testing.T, args ...string) (stdout string, code int) {
	t.Helper()
	cmd := exec.Command(programFile(t), args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if cmd.ProcessState == nil {
		assert.NilError(t, err)
	}
	assert.Equal(t, errs.String(), "")
	return out.String(), cmd.ProcessState.ExitCode()
}

// built is where the programs are, made by the first test that wants them and
// removed by TestMain.
var built = sync.OnceValues(func() (string, error) {
	dir := programsDir()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", dir, ".", "../safesync-render-helm", "../safesync-render-kustomize")
	if out, err := cmd.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("build the programs: %w\n%s", err, out)
	}
	return dir, nil
})

func programsDir() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("safesync-programs-%d", os.Getpid()))
}

func programFile(t *testing.T) string {
	t.Helper()
	dir, err := built()
	assert.NilError(t, err)
	return filepath.Join(dir, "argocd-safesync")
}

func TestProgressIsOneLineThatGoesAwayAndIsPaintedAtTicks(t *testing.T) {
	tick, done := make(chan time.Time), make(chan struct{})
	go func() {
		defer close(done)
		done <- struct{}{}
		tick <- time.Time{}
		done <- struct{}{}
		done <- struct{}{}
		tick <- time.Time{}
	}()
	var out bytes.Buffer
	progress(&out, tick, done, 3)
	assert.Equal(t, out.String(), "\r1 of 3 applications\r3 of 3 applications\r\x1b[K")
}

func TestProgressWithoutATickShowsNothing(t *testing.T) {
	done := make(chan struct{}, 1)
	done <- struct{}{}
	close(done)
	var out bytes.Buffer
	progress(&out, nil, done, 1)
	assert.Equal(t, out.String(), "")
}

// A locked file system has a directory that cannot be read.
type locked struct {
	fs.FS
	name string
}

func (l locked) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == l.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return fs.ReadDir(l.FS, name)
}

func TestADirectoryThatCannotBeReadIsAFindingAmongOthers(t *testing.T) {
	repo, err := filepath.EvalSymlinks(t.TempDir())
	assert.NilError(t, err)
	writeFile(t, filepath.Join(repo, "open", "safesync.yaml"), quietPolicy)
	writeFile(t, filepath.Join(repo, "shut", "safesync.yaml"), quietPolicy)
	f := &field{scan: newScan(t.Context(), cli.IO{}), req: plugin.Request{Repo: locked{os.DirFS(repo), "shut"}, RepoDir: repo}}
	assert.NilError(t, f.find(repo, repo))
	assert.DeepEqual(t, f.apps, []string{"open"})
	report, faults := f.report(nil, nil)
	assert.Equal(t, faults, 0)
	assert.Equal(t, report.Text(false), "shut: error: want a readable directory: permission denied [generate]\n1 application: 1 error, 0 warnings, 0 notes\n")
}
