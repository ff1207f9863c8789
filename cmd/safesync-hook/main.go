// Command safesync-hook does what a hook Job of Argo CD is for: it takes and
// proves a backup, or asks a system whether it really works.
//
// It knows flags, the process and where a cluster puts things; what a step means
// is in internal/runner and below.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
)

func main() { os.Exit(run()) }

// run is main with a return value, so that deferred calls run before the exit.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return cli.Main(ctx, cli.IO{
		Args: os.Args[1:], Env: os.LookupEnv,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}, command(os.LookupEnv))
}
