// Command safesync-render-helm renders one chart of a repository and prints its
// objects. argocd-safesync starts it; the flags and the file are between the two
// of them.
//
// It knows flags and the process; what a chart means is in internal/helm.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/spf13/pflag"

	"github.com/argocd-safesync/argocd-safesync/internal/helm"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// garbage is how far the heap grows, in percent of what lives, before the garbage
// collector runs. Rendering is short, and Go's own 100 costs a seventh of its time.
const garbage = 400

func main() {
	debug.SetGCPercent(garbage)
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
	// Helm warns in its log, and repeats values there that may be secret.
	log.SetOutput(io.Discard)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	process := renderer.Process{Stdout: os.Stdout, Stderr: os.Stderr}
	if *watch {
		process.Stdin = os.Stdin
	}
	return renderer.Run(process, func(w io.Writer) error {
		opts, err := read(*spec)
		if err != nil {
			return err
		}
		return helm.Render(context.Background(), w, opts)
	})
}

func read(file string) (helm.Options, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return helm.Options{}, fmt.Errorf("read what to render: %w", err)
	}
	var opts helm.Options
	if err := json.Unmarshal(data, &opts.Chart); err != nil {
		return helm.Options{}, fmt.Errorf("read what to render: %w", err)
	}
	return opts, nil
}
