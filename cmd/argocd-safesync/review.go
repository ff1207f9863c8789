package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/review"
)

// reviewing is what review is asked for.
type reviewing struct {
	dirs, plan   []string
	base, output string
}

func reviewCommand(std cli.IO) *cobra.Command {
	var (
		opts options
		want reviewing
	)
	cmd := &cobra.Command{
		Use:   "review --base REVISION [DIR...]",
		Short: "Name the applications that a branch changes, or plan each",
		Long: `Find every application with a policy below DIR (without it, the current directory), build each as it is and as it
was where this branch left the history of REVISION, and name those whose objects, or whose Application, differ: added,
changed, removed, policy removed, or no longer deployed, where no Application has its directory any more. So a change
counts wherever it is: in a base, in values, in an Application. One that cannot be built on one of the sides counts as
changed. A submodule counts where it is checked out: what it has is compared with what it had.

One that can be built on neither side is named as one that cannot be built, with the problem, if it may differ: the
problem or its Application does, or what git says has changed is below its directory, is the file that the problem is
in, or is a submodule that is not checked out and that the problem names.

Of an Application the whole spec counts, its finalizers, and the annotations of argoproj.io.

In Markdown there is the plan of each. With -o github it is at most 60,000 bytes long, for a comment on the pull request, and the
summary of the job, a file that the variable GITHUB_STEP_SUMMARY names, has what is longer.

An application's name, destination and plugin parameters come from the Applications that are written down in the same
repository, on each side from its own. A file of Applications that can be read no more is named, and what it said before
counts.

` + fromOthers,
		RunE: func(cmd *cobra.Command, args []string) error {
			want.dirs = args
			if len(args) == 0 {
				want.dirs = []string{"."}
			}
			return runReview(cmd.Context(), std, &opts, want)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&want.output, "output", "o", "text", "`form`: text, json, markdown or github")
	f.StringVar(&want.base, "base", "", "git `revision` that the branch is to be merged into")
	f.StringArrayVar(&want.plan, "plan", nil, "`directory` of an application to plan in any case; may be given again")
	all := pflag.NewFlagSet("review", pflag.ContinueOnError)
	opts.bind(all)
	for _, name := range append([]string{"app-name"}, lintFlags...) {
		f.AddFlag(all.Lookup(name))
	}
	completes(cmd, "output", "text", "json", "markdown", "github")
	cmd.ValidArgsFunction = directories
	f.Lookup("timeout").Usage = "give up on an application after this `duration`"
	f.Lookup("namespace").Usage = "destination `namespace` of applications that no Application names"
	f.Lookup("app-name").Usage = "`name` of an application that no Application names; without it, that of its directory"
	return cmd
}

func runReview(ctx context.Context, std cli.IO, opts *options, want reviewing) error {
	write, ok := reviewForms[want.output]
	if !ok {
		return cli.Usagef("--output: want text, json, markdown or github, got %q", want.output)
	}
	if want.base == "" && len(want.plan) == 0 {
		return cli.Usagef("want --base, the revision to compare with, or --plan, a directory to plan")
	}
	b, closeAll, err := openBranch(ctx, std, opts, want)
	if err != nil {
		return err
	}
	all, err := b.compareAll(ctx, std)
	if err := closeAll(err); err != nil {
		return err
	}
	if want.base != "" && len(b.apps) == 0 {
		fmt.Fprintf(std.Stderr, "argocd-safesync: no %s in %s, now or at %s: nothing to compare\n", policy.FileName, strings.Join(want.dirs, ", "), want.base)
	}
	return write(std, all)
}

var reviewForms = map[string]func(cli.IO, []review.Application) error{
	"text": func(std cli.IO, all []review.Application) error {
		if unread := review.Unread(all); unread != "" {
			fmt.Fprint(std.Stderr, "argocd-safesync: files of Applications cannot be read any more; what they said before counts:\n"+unread)
		}
		if problems := review.NotBuiltFor(all); problems != "" {
			fmt.Fprint(std.Stderr, "argocd-safesync: what can be built neither now nor as it was:\n"+problems)
		}
		_, err := io.WriteString(std.Stdout, review.Text(all))
		return err
	},
	"json": func(std cli.IO, all []review.Application) error {
		if all == nil {
			all = []review.Application{}
		}
		return writeJSON(std.Stdout, all)
	},
	"markdown": func(std cli.IO, all []review.Application) error {
		_, err := io.WriteString(std.Stdout, review.Markdown(all))
		return err
	},
	"github": func(std cli.IO, all []review.Application) error {
		if err := summarise(std, review.Summary(all)); err != nil {
			return err
		}
		_, err := io.WriteString(std.Stdout, review.Comment(all))
		return err
	},
}

// summarise adds a text to the summary of this step of a job on GitHub; elsewhere
// there is none.
func summarise(std cli.IO, text string) error {
	name, _ := std.Env("GITHUB_STEP_SUMMARY")
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("write the summary of the job: %w", err)
	}
	if _, err := io.WriteString(f, text); err != nil {
		_ = f.Close() // the first error says why
		return fmt.Errorf("write the summary of the job: %w", err)
	}
	return f.Close()
}
