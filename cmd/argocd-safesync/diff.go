package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/change"
	"github.com/argocd-safesync/argocd-safesync/plugin/inject"
)

func diffCommand(std cli.IO) *cobra.Command {
	var opts options
	var output, base string
	cmd := &cobra.Command{
		Use:   "diff [DIR]",
		Short: "Show what the policy changes, or what changed since a revision",
		Long: `Compare the application in DIR, object by object, with and without its policy; with --base, compare what is
synced now with what was synced at that revision, which may be all there is of DIR.

The exit code is 1 where there is a difference, and so 2 where a file is wrong, as diff(1) has it.

` + fromApplications,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return showDiff(cmd.Context(), std, &opts, comparison{dir: argument(args), base: base, output: output})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "`form`: text, json or markdown")
	cmd.Flags().StringVar(&base, "base", "", "git `revision` to compare with")
	opts.bind(cmd.Flags())
	completes(cmd, "output", "text", "json", "markdown")
	cmd.ValidArgsFunction = directories
	return cmd
}

// A comparison is what diff is asked for.
type comparison struct{ dir, base, output string }

func showDiff(ctx context.Context, std cli.IO, opts *options, c comparison) error {
	write, ok := diffForms[c.output]
	if !ok {
		return cli.Usagef("--output: want text, json or markdown, got %q", c.output)
	}
	old, new, err := bothSides(ctx, std, opts, c)
	if err != nil {
		return trouble(err)
	}
	changes, err := change.Between(old, new)
	if err != nil {
		return err
	}
	if err := write(std, changes); err != nil {
		return err
	}
	if len(changes) > 0 {
		return cli.Quiet(cli.ExitNo)
	}
	return nil
}

// trouble is err with another exit code than that of a difference: a policy that
// is wrong must not pass for one that changes something.
func trouble(err error) error {
	if cli.Code(err) == cli.ExitNo {
		return cli.Exit(cli.ExitUsage, err)
	}
	return err
}

// bothSides returns the objects to compare. Without a base they come from one
// run: what Argo CD would render, and what the plugin makes of it.
func bothSides(ctx context.Context, std cli.IO, opts *options, c comparison) (old, new []manifest.Object, err error) {
	if c.base != "" && isGone(c.dir) {
		old, err = deleted(ctx, std, opts, c)
		return old, nil, err
	}
	now, env, err := build(ctx, std, opts, c.dir)
	if err != nil {
		return nil, nil, err
	}
	if c.base == "" {
		return now.Rendered, now.Objects, nil
	}
	then := *opts
	then.now = env
	old, err = atRevision(ctx, std, &then, c)
	return old, now.Objects, err
}

// deleted returns the objects of an application whose directory has gone since
// the base, and says that it has.
func deleted(ctx context.Context, std cli.IO, opts *options, c comparison) ([]manifest.Object, error) {
	then := *opts
	then.now = inject.Env{App: cmp.Or(opts.appName, filepath.Base(c.dir)), Namespace: opts.namespace}
	old, err := atRevision(ctx, std, &then, c)
	if err == nil {
		fmt.Fprintf(std.Stderr, "argocd-safesync: %s: deleted since %s\n", c.dir, c.base)
	}
	return old, err
}

var diffForms = map[string]func(cli.IO, []change.Change) error{
	"text": func(std cli.IO, changes []change.Change) error {
		_, err := io.WriteString(std.Stdout, change.Text(changes, colour(std)))
		return err
	},
	"markdown": func(std cli.IO, changes []change.Change) error {
		_, err := io.WriteString(std.Stdout, change.Markdown(changes))
		return err
	},
	"json": func(std cli.IO, changes []change.Change) error {
		if changes == nil {
			changes = []change.Change{}
		}
		return writeJSON(std.Stdout, changes)
	},
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
