// Command safesync-render-jsonnet evaluates the Jsonnet files of one application
// and prints their objects. argocd-safesync starts it; its flags and its input are
// between the two of them.
//
// It knows flags and the process; what a file means is in internal/jsonnet.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"

	_ "github.com/argocd-safesync/argocd-safesync/internal/heap/early"
	"github.com/argocd-safesync/argocd-safesync/internal/jsonnet"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	flags := pflag.NewFlagSet("safesync-render-jsonnet", pflag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	file := flags.String("spec", "", "`file` that says what to evaluate")
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
		var spec renderer.Jsonnet
		if err := renderer.ReadSpec(*file, &spec); err != nil {
			return err
		}
		return jsonnet.Build(w, spec)
	})
}
