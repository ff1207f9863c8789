package cli_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// program is a small program with everything that Main deals with.
func program(fail error) *cobra.Command {
	root := &cobra.Command{Use: "prog", Short: "Be an example"}
	work := &cobra.Command{Use: "work", Args: cobra.NoArgs}
	wait := work.Flags().Duration("max-wait", time.Second, "how long")
	work.RunE = func(cmd *cobra.Command, _ []string) error {
		cmd.PrintErrln("waited", *wait)
		return fail
	}
	look := &cobra.Command{Use: "look", Args: cobra.MaximumNArgs(1), RunE: func(*cobra.Command, []string) error { return nil }}
	root.AddCommand(work, look, cli.VersionCommand())
	return root
}

func TestMainPrintsOneErrorAndReturnsItsCode(t *testing.T) {
	var problems diag.List
	problems.Add(diag.Pos{File: "a.yaml", Line: 1, Col: 2, Path: "x"}.Problemf("want text, got 1").WithHint("quote it"))
	problems.Add(diag.Pos{File: "b.yaml"}.Problemf("want a mapping, got nothing"))
	cases := []struct {
		name   string
		args   string
		fail   error
		env    map[string]string
		code   int
		stderr string
	}{
		{name: "done", args: "work", stderr: "waited 1s\n"},
		{name: "problems", args: "work", fail: problems.Err(), code: 1, stderr: "waited 1s\nprog: a.yaml:1:2: x: want text, got 1\n\thint: quote it\nprog: b.yaml: want a mapping, got nothing\n"},
		{name: "fault", args: "work", fail: errors.New("disk full"), code: 3, stderr: "waited 1s\nprog: disk full\n"},
		{name: "a code of its own", args: "work", fail: cli.Exit(4, errors.New("late")), code: 4, stderr: "waited 1s\nprog: late\n"},
		{name: "told already", args: "work", fail: cli.Quiet(1), code: 1, stderr: "waited 1s\n"},
		{name: "unknown command", args: "wrk", code: 2, stderr: "prog: unknown command \"wrk\"; see prog --help\n"},
		{name: "unknown flag", args: "work --fast", code: 2, stderr: "prog: unknown flag: --fast; see prog work --help\n"},
		{name: "bad value", args: "work --max-wait=x", code: 2, stderr: "prog: --max-wait: want a duration, got \"x\"; see prog work --help\n"},
		{name: "arguments where none go", args: "work now", code: 2, stderr: "prog: unknown command \"now\" for \"prog work\"; see prog work --help\n"},
		{name: "more arguments than there may be", args: "look a b", code: 2, stderr: "prog: want at most 1, got 2 arguments; see prog look --help\n"},
		{name: "unknown shell", args: "completion nosh", code: 2, stderr: "prog: completion: want one of bash, fish, powershell, zsh, got \"nosh\"\n"},
		{name: "arguments after a shell", args: "completion bash now", code: 2, stderr: "prog: unknown command \"now\" for \"prog completion bash\"; see prog completion bash --help\n"},
		{name: "a flag from the environment", args: "work", env: map[string]string{"SAFESYNC_MAX_WAIT": "5s"}, stderr: "waited 5s\n"},
		{name: "the command line wins", args: "work --max-wait=2s", env: map[string]string{"SAFESYNC_MAX_WAIT": "5s"}, stderr: "waited 2s\n"},
		{name: "a bad variable", args: "work", env: map[string]string{"SAFESYNC_MAX_WAIT": "x"}, code: 2, stderr: "prog: SAFESYNC_MAX_WAIT: want a duration, got \"x\"\n"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			code := cli.Main(t.Context(), cli.IO{
				Args: strings.Fields(tc.args), Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
				Env: func(name string) (string, bool) { v, ok := tc.env[name]; return v, ok },
			}, program(tc.fail))
			assert.Equal(t, stderr.String(), tc.stderr)
			assert.Equal(t, code, tc.code)
			assert.Equal(t, stdout.String(), "")
		})
	}
}

func TestHelpGoesToStdout(t *testing.T) {
	for _, args := range []string{"", "--help", "work --help", "completion", "completion bash", "version"} {
		var stdout, stderr strings.Builder
		code := cli.Main(t.Context(), cli.IO{
			Args: strings.Fields(args), Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
			Env: func(string) (string, bool) { return "", false },
		}, program(nil))
		assert.Equal(t, code, 0, "%q: %s", args, stderr.String())
		assert.Equal(t, stderr.String(), "")
		assert.Assert(t, stdout.Len() > 0, "%q prints nothing", args)
	}
}

func TestExitKeepsNil(t *testing.T) {
	assert.NilError(t, cli.Exit(2, nil))
	assert.Equal(t, cli.Code(nil), 0)
}
