package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/plugin"
	"github.com/argocd-safesync/argocd-safesync/plugin/draft"
	"github.com/argocd-safesync/argocd-safesync/plugin/inject"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

func initCommand(std cli.IO) *cobra.Command {
	var opts options
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a first safesync.yaml for an application, from what it renders to",
		Long: `Render the application in DIR, recognise what is in it, and write a commented safesync.yaml beside it. An existing
one is never overwritten.

` + fromApplications,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := draftFor(cmd.Context(), std, &opts, argument(args))
			if err != nil {
				return err
			}
			if dryRun {
				_, err := io.WriteString(std.Stdout, text)
				return err
			}
			return writeNew(std, filepath.Join(argument(args), policy.FileName), text)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print the policy and write nothing")
	opts.bind(cmd.Flags())
	return cmd
}

// draftFor renders the application in dir and returns the text of a policy.
func draftFor(ctx context.Context, std cli.IO, opts *options, dir string) (string, error) {
	req, closeRepo, err := opts.request(std, dir)
	if err != nil {
		return "", err
	}
	defer closeRepo()
	if req, err = opts.settle(ctx, std, req); err != nil {
		return "", err
	}
	ctx, cancel := opts.deadline(ctx)
	defer cancel()
	objects, err := plugin.Render(ctx, req)
	if err != nil {
		return "", err
	}
	return draft.Policy(objects, preset.Env{AppName: req.Env.App, AppNamespace: inject.Namespace(objects, req.Env)})
}

// writeNew writes a file that must not be there yet.
func writeNew(std cli.IO, file, text string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return cli.Exit(cli.ExitNo, fmt.Errorf("%s: there is one already; --dry-run prints a new one", file))
	}
	if err != nil {
		return err
	}
	if _, err := io.WriteString(f, text); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.Stderr, "wrote %s; see what it does with argocd-safesync plan and diff\n", file)
	return err
}
