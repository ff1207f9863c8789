package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/spool"
	"github.com/argocd-safesync/argocd-safesync/plugin"
)

// defaultTimeout ends a run before Argo CD does: its 60 s hold for everything
// from the git fetch on, and a plugin that it ends cannot say why.
const defaultTimeout = 45 * time.Second

func generateCommand(std cli.IO) *cobra.Command {
	var (
		opts   options
		output string
	)
	cmd := &cobra.Command{
		Use:   "generate [DIR | -]",
		Short: "Render an application and add what its policy asks for",
		Long: `Render the application in DIR (without it, the current directory) exactly as Argo CD would, add what its
safesync.yaml asks for, and print the manifests to sync. With -, the rendered manifests come from standard input.

Nothing is printed unless all of it is right.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if output != outputYAML && output != outputJSON {
				return cli.Usagef("--output: want %s or %s, got %q", outputYAML, outputJSON, output)
			}
			return generate(cmd.Context(), std, &opts, argument(args), output == outputJSON)
		},
	}
	opts.bind(cmd.Flags())
	cmd.Flags().StringVarP(&output, "output", "o", outputYAML, "`format`: yaml, or json with one object to a line, which Argo CD reads faster")
	return cmd
}

// What generate writes.
const (
	outputYAML = "yaml"
	outputJSON = "json"
)

func argument(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
}

func generate(ctx context.Context, std cli.IO, opts *options, dir string, asJSON bool) error {
	req, closeRepo, err := opts.request(std, dir)
	if err != nil {
		return err
	}
	defer closeRepo()
	store := spool.New("")
	defer store.Close()
	req.JSON, req.Store = asJSON, store
	ctx, cancel := opts.deadline(ctx)
	defer cancel()
	warnings, err := plugin.Generate(ctx, req, std.Stdout)
	tell(std, warnings)
	return err
}

// deadline ends a run within the time that was given, with a reason.
func (o *options) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("gave up after %s", o.timeout))
}

// tell writes warnings for people.
func tell(std cli.IO, warnings []diag.Problem) {
	for _, w := range warnings {
		cli.Print(std.Stderr, "argocd-safesync", w)
	}
}
