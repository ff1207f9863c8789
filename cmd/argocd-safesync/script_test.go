package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"gotest.tools/v3/golden"
)

// TestMain lets the scripts run this test binary as if it were the program.
func TestMain(m *testing.M) {
	testscript.Main(withPrograms{m}, map[string]func(){"argocd-safesync": func() { os.Exit(run()) }})
}

// withPrograms removes what built has made.
type withPrograms struct{ *testing.M }

func (m withPrograms) Run() int {
	defer os.RemoveAll(programsDir())
	return m.M.Run()
}

// TestScripts runs the program as Argo CD and people do: a directory, an
// environment, and what comes out on stdout and stderr. After every refusal
// stdout is empty.
func TestScripts(t *testing.T) { runScripts(t, "generate") }

// TestLintScripts does the same for lint, on whole repositories.
func TestLintScripts(t *testing.T) { runScripts(t, "lint") }

// TestRenderScripts does the same for what the renderers see, with the programs as
// they are built.
func TestRenderScripts(t *testing.T) { runScripts(t, "render", filepath.Dir(programFile(t))) }

// runScripts finds programs in these directories first.
func runScripts(t *testing.T, folder string, programs ...string) {
	t.Helper()
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script/" + folder,
		UpdateScripts:       golden.FlagUpdate(),
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		RequireUniqueNames:  true,
		// Whatever this machine has at the usual place must not count.
		Setup: func(env *testscript.Env) error {
			env.Setenv("SAFESYNC_CONFIG", env.Getenv("WORK")+"/config.yaml")
			env.Setenv("PATH", strings.Join(slices.Concat(programs, []string{env.Getenv("PATH")}), string(os.PathListSeparator)))
			return os.WriteFile(env.Getenv("WORK")+"/config.yaml", []byte("apiVersion: safesync/v1alpha1\nkind: Config\n"), 0o600)
		},
	})
}

// exits runs a program and wants this exit code of it.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program [args...]")
	}
	code := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		code = strconv.Itoa(exit.ExitCode())
	}
	if code != args[0] {
		ts.Fatalf("want exit code %s, got %s", args[0], code)
	}
}
