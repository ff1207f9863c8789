package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
)

const referenceHead = `<!-- Made from the program's own help by ` + "`make golden`" + `. -->

# Commands

Each flag has a variable too: ` + "`SAFESYNC_FAIL_ON`" + ` for ` + "`--fail-on`" + `. A flag is stronger than its variable. Where Argo CD
has a variable of its own, the flag's text names it. [One table](../README.md#exit-codes) has the exit codes.

Two more are for your machine: ` + "`completion SHELL`" + ` prints what bash, fish, powershell or zsh needs to complete
commands and flags, and ` + "`man [COMMAND]`" + ` a manual page in roff.
`

// TestCommandsReference holds docs/commands.md to what the program says.
func TestCommandsReference(t *testing.T) {
	var page strings.Builder
	page.WriteString(referenceHead)
	for _, cmd := range commands() {
		page.WriteString("\n## " + cmd.Name() + "\n\n```\n" + help(t, cmd.Name()) + "```\n")
	}
	file, err := filepath.Abs("../../docs/commands.md")
	assert.NilError(t, err)
	golden.Assert(t, page.String(), file)
}

// TestReadmeListsEveryCommand holds the table of README.md to the program.
func TestReadmeListsEveryCommand(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	assert.NilError(t, err)
	for _, cmd := range commands() {
		assert.Assert(t, bytes.Contains(readme, []byte("\n| [`"+cmd.Name())), "README.md has no row for %s", cmd.Name())
	}
}

// commands are those that people see.
func commands() []*cobra.Command {
	return slices.DeleteFunc(root(cli.IO{}).Commands(), func(cmd *cobra.Command) bool { return cmd.Hidden })
}

// help is what the program prints about one of its commands.
func help(t *testing.T, name string) string {
	t.Helper()
	var out, errs bytes.Buffer
	std := cli.IO{
		Args: []string{name, "--help"}, Env: func(string) (string, bool) { return "", false },
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
	}
	assert.Equal(t, cli.Main(t.Context(), std, root(std)), cli.ExitOK, errs.String())
	return out.String()
}
