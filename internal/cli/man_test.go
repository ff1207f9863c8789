package cli_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
)

func TestManualPages(t *testing.T) {
	for name, args := range map[string][]string{"man.roff": {"man"}, "man-work.roff": {"man", "work"}} {
		t.Run(name, func(t *testing.T) {
			out, errs, code := manual(t, args...)
			assert.Equal(t, code, cli.ExitOK, errs)
			golden.Assert(t, out, name)
		})
	}
}

func TestAManualPageOfNoCommandIsAMistake(t *testing.T) {
	out, errs, code := manual(t, "man", "wurk")
	assert.Equal(t, code, cli.ExitUsage)
	assert.Equal(t, out, "")
	assert.Equal(t, errs, "tool: unknown command \"wurk\"; see tool --help\n")
}

func manual(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	root := &cobra.Command{Use: "tool", Short: "Do things"}
	work := &cobra.Command{
		Use: "work [DIR]", Short: "Work on a directory", Long: "Work on DIR.\n\n.hidden files are left out, and a\\b is not read.",
		Example: "  tool work --fast here", RunE: func(*cobra.Command, []string) error { return nil },
	}
	work.Flags().BoolP("fast", "f", false, "do not wait")
	work.Flags().String("log", "out.log", "`file` for the log")
	root.AddCommand(work, cli.ManCommand())
	var out, errs bytes.Buffer
	std := cli.IO{
		Args: args, Env: func(string) (string, bool) { return "", false },
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
	}
	code = cli.Main(context.Background(), std, root)
	return out.String(), errs.String(), code
}
