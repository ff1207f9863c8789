package main

import (
	"fmt"
	"runtime/debug"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

func presetsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "presets [NAME]",
		Short: "List the built-in presets, or print one",
		Args:  cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return preset.Names(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return printPreset(cmd, args[0])
			}
			return listPresets(cmd)
		},
	}
}

func listPresets(cmd *cobra.Command) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, name := range preset.Names() {
		p, err := preset.Load(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\n", name, p.Description)
	}
	return w.Flush()
}

func printPreset(cmd *cobra.Command, name string) error {
	text, err := preset.Text(name)
	if err != nil {
		return cli.Usagef("%w; %s", err, strict.Suggest(name, preset.Names(), "presets"))
	}
	_, err = cmd.OutOrStdout().Write(text)
	return err
}

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "schema [policy | config]",
		Short:     "Print the JSON Schema of safesync.yaml, or of the sidecar's configuration, for editors",
		ValidArgs: []string{"policy", "config"},
		Args:      cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := preset.Schema()
			if err != nil {
				return err
			}
			if len(args) == 1 && args[0] != "policy" {
				if args[0] != "config" {
					return cli.Usagef("schema: want policy or config, got %q", args[0])
				}
				text = policy.ConfigSchema()
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), version())
			return err
		},
	}
}

// version is what the Go tool wrote into the binary: a release's tag where it
// was built from one.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return fmt.Sprintf("%s %s %s", info.Main.Path, info.Main.Version, info.GoVersion)
}
