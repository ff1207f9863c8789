package main

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/plugin"
	"github.com/argocd-safesync/argocd-safesync/plugin/inject"
	"github.com/argocd-safesync/argocd-safesync/plugin/plan"
)

func planCommand(std cli.IO) *cobra.Command {
	var opts options
	var output string
	cmd := &cobra.Command{
		Use:   "plan [DIR | -]",
		Short: "Show what Argo CD will do with an application: phases, waves, hooks, retries",
		Long: `Show what Argo CD will do with the application in DIR (without it, the current directory): phases, waves, hooks,
retries. With -, the rendered manifests come from standard input.

` + fromApplications,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return showPlan(cmd.Context(), std, &opts, argument(args), output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "`form`: text, json or markdown")
	opts.bind(cmd.Flags())
	completes(cmd, "output", "text", "json", "markdown")
	cmd.ValidArgsFunction = directories
	return cmd
}

func showPlan(ctx context.Context, std cli.IO, opts *options, dir, output string) error {
	write, ok := planForms[output]
	if !ok {
		return cli.Usagef("--output: want text, json or markdown, got %q", output)
	}
	res, env, err := build(ctx, std, opts, dir)
	if err != nil {
		return err
	}
	return write(std, res.Plan(env.Namespace, opts.own))
}

var planForms = map[string]func(cli.IO, plan.Plan) error{
	"text": func(std cli.IO, p plan.Plan) error {
		_, err := io.WriteString(std.Stdout, p.Text(plan.Style{Colour: colour(std)}))
		return err
	},
	"markdown": func(std cli.IO, p plan.Plan) error {
		_, err := io.WriteString(std.Stdout, p.Markdown())
		return err
	},
	"json": func(std cli.IO, p plan.Plan) error {
		return writeJSON(std.Stdout, p)
	},
}

// build runs the pipeline within the time that was given, and tells its
// warnings. It returns, beside the result, what is known of the application.
func build(ctx context.Context, std cli.IO, opts *options, dir string) (plugin.Result, inject.Env, error) {
	req, closeRepo, err := opts.request(std, dir)
	if err != nil {
		return plugin.Result{}, req.Env, err
	}
	defer closeRepo()
	if req, err = opts.settle(ctx, std, req); err != nil {
		return plugin.Result{}, req.Env, err
	}
	ctx, cancel := opts.deadline(ctx)
	defer cancel()
	res, err := plugin.Build(ctx, req)
	if opts.now.App == "" { // what an older revision was warned of is past
		tell(std, res.Warnings)
	}
	return res, req.Env, err
}

// colour reports whether standard output is a terminal that takes colour
// (https://no-color.org).
func colour(std cli.IO) bool {
	if v, _ := std.Env("NO_COLOR"); v != "" {
		return false
	}
	if v, _ := std.Env("TERM"); v == "dumb" {
		return false
	}
	return isTerminal(std.Stdout)
}

// isTerminal reports whether a stream shows to a person at once.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
