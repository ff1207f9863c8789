// Command safesync-render-helm renders one chart of a repository and prints its
// objects. argocd-safesync starts it; the flags and the file are between the two
// of them. Under the name helm it is the helm command for kustomize's charts.
//
// It knows flags and the process; what a chart means is in internal/helm.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	_ "github.com/argocd-safesync/argocd-safesync/internal/heap/early"
	"github.com/argocd-safesync/argocd-safesync/internal/helm"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

func main() {
	// Helm warns in its log, and repeats values there that may be secret.
	log.SetOutput(io.Discard)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	if filepath.Base(os.Args[0]) == renderer.HelmCommand {
		os.Exit(command(filepath.Dir(os.Args[0]), os.Args[1:]))
	}
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	flags := pflag.NewFlagSet("safesync-render-helm", pflag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	spec := flags.String("spec", "", "`file` that says which chart to render, and how, as JSON")
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
		var opts helm.Options
		if err := renderer.ReadSpec(*spec, &opts.Chart); err != nil {
			return err
		}
		return helm.Render(context.Background(), w, opts)
	})
}

// command does what kustomize asks the helm command for. Dir has what it may
// touch, and gets the problem.
func command(dir string, args []string) int {
	process := renderer.Process{
		Stdout: os.Stdout, Stderr: os.Stderr,
		Refusal: filepath.Join(dir, renderer.RefusalFile), StartedBy: os.Getppid(),
	}
	return renderer.Run(process, func(w io.Writer) error {
		var c helm.Command
		if err := renderer.ReadSpec(filepath.Join(dir, renderer.InflationFile), &c.Inflation); err != nil {
			return err
		}
		return c.Run(context.Background(), w, args)
	})
}
