package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// ManCommand prints manual pages, for those who package a program. It is hidden,
// because everybody else has --help.
func ManCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "man [COMMAND]",
		Short:  "Print a manual page in roff: that of a command, or of the program",
		Hidden: true,
		Args:   cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			about, _, err := cmd.Root().Find(args)
			if err != nil || len(args) > 0 && about == cmd.Root() {
				return Usagef("unknown command %q; see %s --help", args[0], cmd.Root().Name())
			}
			_, err = io.WriteString(cmd.OutOrStdout(), Man(about))
			return err
		},
	}
}

// Man is the manual page of a command, in roff.
func Man(cmd *cobra.Command) string {
	var out strings.Builder
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
	fmt.Fprintf(&out, ".TH %q 1\n.SH NAME\n%s \\- %s\n", strings.ToUpper(name), roff(name), roff(cmd.Short))
	use := cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		use = cmd.CommandPath() + " COMMAND"
	}
	fmt.Fprintf(&out, ".SH SYNOPSIS\n.B %s\n", roff(use))
	if cmd.Long != "" {
		out.WriteString(".SH DESCRIPTION\n" + strings.ReplaceAll(roff(cmd.Long), "\n\n", "\n.PP\n") + "\n")
	}
	if flags := cmd.LocalFlags(); flags.HasAvailableFlags() {
		out.WriteString(".SH OPTIONS\n")
		flags.VisitAll(func(f *pflag.Flag) { out.WriteString(manFlag(f)) })
	}
	if cmd.Example != "" {
		out.WriteString(".SH EXAMPLES\n.nf\n" + roff(cmd.Example) + "\n.fi\n")
	}
	out.WriteString(manCommands(cmd))
	if cmd.HasParent() {
		fmt.Fprintf(&out, ".SH SEE ALSO\n.BR %s (1)\n", roff(strings.ReplaceAll(cmd.Parent().CommandPath(), " ", "-")))
	}
	return out.String()
}

// manFlag is one flag, as its help tells it.
func manFlag(f *pflag.Flag) string {
	value, usage := pflag.UnquoteUsage(f)
	head := "\\fB" + roff("--"+f.Name) + "\\fR"
	if f.Shorthand != "" {
		head = "\\fB" + roff("-"+f.Shorthand) + "\\fR, " + head
	}
	if value != "" {
		head += " \\fI" + roff(value) + "\\fR"
	}
	if f.DefValue != "" && f.DefValue != "[]" && f.DefValue != "false" {
		usage += " (default " + f.DefValue + ")"
	}
	return ".TP\n" + head + "\n" + roff(usage) + "\n"
}

// manCommands lists what is below a command.
func manCommands(cmd *cobra.Command) string {
	var out strings.Builder
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			fmt.Fprintf(&out, ".TP\n\\fB%s\\fR\n%s\n", roff(sub.UseLine()), roff(sub.Short))
		}
	}
	if out.Len() == 0 {
		return ""
	}
	return ".SH COMMANDS\n" + out.String()
}

// roff is text that roff prints as it is.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
