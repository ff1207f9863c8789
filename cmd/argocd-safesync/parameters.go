package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/plugin"
)

func parametersCommand(std cli.IO) *cobra.Command {
	var opts options
	cmd := &cobra.Command{
		Use:   "parameters [DIR]",
		Short: "List for Argo CD's user interface what an Application may set",
		Long: `List what an Application may set of the policy in DIR (without it, the current directory), as the JSON that Argo CD's
plugin server wants from a plugin: the name of each parameter, which is its place in the policy, and the value that it
has without the Application. Nothing is rendered.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return parameters(std, &opts, argument(args)) },
	}
	opts.bind(cmd.Flags())
	return cmd
}

func parameters(std cli.IO, opts *options, dir string) error {
	req, closeRepo, err := opts.request(std, dir)
	if err != nil {
		return err
	}
	defer closeRepo()
	announced, err := plugin.Parameters(req)
	if err != nil {
		return err
	}
	out := json.NewEncoder(std.Stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(announced)
}
