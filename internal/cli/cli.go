// Package cli is the edge between a program and its process: arguments,
// environment, streams, the printing of the one error that ends a run, and exit
// codes.
//
// It knows cobra and problems with places; it knows no command, no policy and no
// probe. Output is for two readers: what a program makes goes to stdout and
// nothing else does; everything for people goes to stderr, in lower case and
// without a final period.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// Exit codes that both programs share. safesync-hook has more of its own.
const (
	ExitOK    = 0
	ExitNo    = 1 // a user's file is wrong, or a system says no
	ExitUsage = 2 // the command line is wrong
	ExitFault = 3 // the program or its machine is at fault
)

// An IO is what a process has: nothing of ours below a main function touches the
// process itself.
type IO struct {
	// Args are the arguments without the program's name.
	Args []string
	// Env returns a variable of the environment and whether it is set.
	Env            func(name string) (value string, ok bool)
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// An ExitError gives an error the exit code that it ends the process with.
type ExitError struct {
	Code int
	Err  error
}

// Error is the text of the error inside.
func (e *ExitError) Error() string { return e.Err.Error() }

// Unwrap returns the error inside.
func (e *ExitError) Unwrap() error { return e.Err }

// Exit returns err with an exit code; nil stays nil.
func Exit(code int, err error) error {
	if err == nil {
		return nil
	}
	return &ExitError{Code: code, Err: err}
}

// Usagef returns an error of the command line.
func Usagef(format string, args ...any) error {
	return Exit(ExitUsage, fmt.Errorf(format, args...))
}

// Quiet is an error that has been told already: only its exit code counts.
// diff uses it to say that there is a difference.
func Quiet(code int) error { return Exit(code, errQuiet) }

var errQuiet = errors.New("")

// Code is the exit code of err: the one it carries, else 1 for a problem of a
// user's file and 3 for everything else.
func Code(err error) int {
	if err == nil {
		return ExitOK
	}
	if e, ok := errors.AsType[*ExitError](err); ok {
		return e.Code
	}
	if _, ok := errors.AsType[diag.Problem](err); ok {
		return ExitNo
	}
	return ExitFault
}

// Main runs root with the arguments of std, prints its error to std.Stderr with
// root's name before each first line, and returns the exit code. Panics are not
// caught: they are bugs, and Go ends the process with 2.
func Main(ctx context.Context, std IO, root *cobra.Command) int {
	prepare(root, std)
	err := root.ExecuteContext(ctx)
	if err != nil && !errors.Is(err, errQuiet) {
		Print(std.Stderr, root.Name(), err)
	}
	return Code(err)
}

// prepare makes cobra leave the process, the streams and the wording to us.
func prepare(root *cobra.Command, std IO) {
	root.SetArgs(slices.Clone(std.Args))
	if root.RunE == nil {
		root.RunE = func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return Usagef("unknown command %q; see %s --help", args[0], cmd.Name())
			}
			return cmd.Help()
		}
		root.Args = cobra.ArbitraryArgs
	}
	root.SetIn(std.Stdin)
	root.SetOut(std.Stdout)
	root.SetErr(std.Stderr)
	root.InitDefaultCompletionCmd(std.Args...) // now, so that the walk below meets it
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
			err = wrongValue("--"+wrong.GetFlag().Name, wrong.GetFlag(), wrong.GetValue())
		}
		return Usagef("%w; see %s --help", err, cmd.CommandPath())
	})
	walk(root, func(cmd *cobra.Command) {
		if cmd.HasSubCommands() && !cmd.Runnable() {
			chooses(cmd)
		}
		if args := cmd.Args; args != nil {
			cmd.Args = func(cmd *cobra.Command, got []string) error {
				if err := args(cmd, got); err != nil {
					return Usagef("%w; see %s --help", tooMany(err), cmd.CommandPath())
				}
				return nil
			}
		}
		if run := cmd.RunE; run != nil {
			cmd.RunE = func(cmd *cobra.Command, args []string) error {
				if err := fromEnv(cmd.Flags(), std.Env); err != nil {
					return err
				}
				return run(cmd, args)
			}
		}
	})
}

// tooMany is in our words what cobra says of arguments.
func tooMany(err error) error {
	var want, got int
	if _, scanErr := fmt.Sscanf(err.Error(), "accepts at most %d arg(s), received %d", &want, &got); scanErr != nil {
		return err
	}
	return fmt.Errorf("want at most %d, got %d arguments", want, got)
}

// chooses makes a command that does nothing by itself want one of its own; cobra
// prints its help and calls that a success.
func chooses(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		var names []string
		for _, sub := range cmd.Commands() {
			names = append(names, sub.Name())
		}
		return Usagef("%s: want one of %s, got %q", cmd.Name(), strings.Join(names, ", "), args[0])
	}
}

// EnvName is the variable that stands in for a flag: SAFESYNC_DRY_RUN for
// --dry-run.
func EnvName(flag string) string {
	return "SAFESYNC_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// variables is the annotation that names a flag's variables.
const variables = "variables"

// Variables names the variables that stand in for a flag, strongest first,
// where EnvName alone is not all.
func Variables(flags *pflag.FlagSet, flag string, names ...string) {
	_ = flags.SetAnnotation(flag, variables, names) // the flag is ours: it exists
}

// fromEnv sets the flags that the command line does not give from their
// variables. An empty variable is one that is not set.
func fromEnv(flags *pflag.FlagSet, env func(string) (string, bool)) error {
	var problems []error
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed || f.Name == "help" {
			return
		}
		names := f.Annotations[variables]
		if names == nil {
			names = []string{EnvName(f.Name)}
		}
		for _, name := range names {
			value, _ := env(name)
			if value == "" {
				continue
			}
			if err := flags.Set(f.Name, value); err != nil {
				problems = append(problems, wrongValue(name, f, value))
			}
			return
		}
	})
	return Exit(ExitUsage, errors.Join(problems...))
}

// wrongValue is in our words what pflag says in those of the parser it uses.
func wrongValue(name string, f *pflag.Flag, value string) error {
	form := map[string]string{"duration": "a duration", "bool": "true or false", "int": "a whole number"}[f.Value.Type()]
	if form == "" {
		form = "a " + f.Value.Type()
	}
	return fmt.Errorf("%s: want %s, got %q", name, form, value)
}

func walk(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, sub := range cmd.Commands() {
		walk(sub, visit)
	}
}

// Print writes err for people: each problem that it holds, or each line of its
// text, with the program's name before it. Hints stand below, indented.
func Print(w io.Writer, name string, err error) {
	for line := range strings.SplitSeq(strings.TrimRight(err.Error(), "\n"), "\n") {
		if !strings.HasPrefix(line, "\t") {
			line = name + ": " + line
		}
		fmt.Fprintln(w, line)
	}
}
