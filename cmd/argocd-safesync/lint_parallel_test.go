package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// companion is a renderer that prints an object only once another one has
// started: two of them end well only if they run at the same time.
const companion = `#!/bin/sh
: > %[1]q/$$
for _ in $(seq 100); do
	if [ "$(ls %[1]q | wc -l)" -ge 2 ]; then
		printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-%%s}\n' $$
		exit 0
	fi
	sleep 0.1
done
rm %[1]q/$$ # it has not been one for the next
echo "no other renderer has started" >&2
exit 1
`

// TestApplicationsAreRenderedAtTheSameTime judges and compares two applications
// whose renderers wait for each other.
func TestApplicationsAreRenderedAtTheSameTime(t *testing.T) {
	repo := t.TempDir()
	for _, app := range []string{"one", "two"} {
		writeFile(t, filepath.Join(repo, app, "safesync.yaml"), quietPolicy)
		writeFile(t, filepath.Join(repo, app, "kustomization.yaml"), "resources: []\n")
	}
	runGit(t, repo, "init", "-q")
	runGit(t, repo, "add", "-A")
	runGit(t, repo, "commit", "-qm", "one")
	for _, c := range []struct{ args, want string }{
		{"lint", "2 applications: 0 errors, 0 warnings, 0 notes\n"},
		{"review --plan one --plan two", "same\tone\nsame\ttwo\n"},
	} {
		t.Run(c.args, func(t *testing.T) {
			assert.Equal(t, atTheSameTime(t, repo, c.args), c.want)
		})
	}
}

// atTheSameTime runs the program in repo, on two cores, with companions for
// renderers.
func atTheSameTime(t *testing.T, repo, args string) (stdout string) {
	t.Helper()
	dir, started := t.TempDir(), t.TempDir()
	program := filepath.Join(dir, "argocd-safesync")
	text, err := os.ReadFile(programFile(t))
	assert.NilError(t, err)
	writeProgram(t, program, string(text)) // a link would lead to the real renderers
	writeProgram(t, filepath.Join(dir, "safesync-render-kustomize"), fmt.Sprintf(companion, started))
	cmd := exec.Command(program, strings.Fields(args)...)
	cmd.Dir = repo
	cmd.Env = append(cmd.Environ(), "GOMAXPROCS=2")
	out, err := cmd.Output()
	assert.NilError(t, err, "%s", out)
	return string(out)
}
