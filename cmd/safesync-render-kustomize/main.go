// Command safesync-render-kustomize builds one kustomization of a repository and
// prints its objects. argocd-safesync starts it; the flags are between the two of
// them.
//
// It knows flags and the process; what a kustomization means is in
// internal/kustomize.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"

	_ "github.com/argocd-safesync/argocd-safesync/internal/heap/early"
	"github.com/argocd-safesync/argocd-safesync/internal/kustomize"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	var opts kustomize.Options
	flags := pflag.NewFlagSet("safesync-render-kustomize", pflag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	flags.StringVar(&opts.RepoRoot, "repo-root", "", "absolute path of the repository's `directory`")
	flags.StringVar(&opts.App, "app", ".", "the kustomization's `directory` in the repository")
	flags.StringVar(&opts.LoadRestrictor, "load-restrictor", "", "rootOnly, or none for files outside the kustomization's own directory")
	flags.BoolVar(&opts.AllowRemote, "allow-remote", false, "let bases and files come from other hosts")
	edits := flags.String("edits", "", "`file` with what to change in the kustomization first")
	charts := flags.String("charts", "", "`file` with what inflating charts takes; without it there are none")
	watch := flags.Bool(renderer.WatchFlag, false, "end when standard input does")
	if err := flags.Parse(args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return renderer.ExitUsage
	}
	process := renderer.Process{Stdout: os.Stdout, Stderr: os.Stderr}
	if *watch {
		process.Stdin = os.Stdin
	}
	return renderer.Run(process, func(w io.Writer) error {
		if *edits != "" {
			if err := renderer.ReadSpec(*edits, &opts.Edits); err != nil {
				return err
			}
		}
		if *charts != "" {
			opts.Charts = &renderer.Charts{}
			if err := renderer.ReadSpec(*charts, opts.Charts); err != nil {
				return err
			}
		}
		opts.Notes = os.Stderr
		return kustomize.Build(w, opts)
	})
}
