// Command argocd-safesync is the config management plugin: the program that the
// sidecar of argocd-repo-server runs for every application, and that people and
// CI run on a checkout.
//
// Everything that touches the process is in this package: it turns flags, the
// environment that Argo CD sets and the directory into a plugin.Request.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
)

func main() {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "generate":
			beOneOfMany()
		case "lint", "review":
			beAlone()
		}
	}
	os.Exit(run())
}

// beOneOfMany sets the runtime up for a process that lives for milliseconds beside
// many of its like: on one processor, for there is nothing to do at the same time
// and looking for it costs a tenth, and with a heap that is collected half as often,
// which costs 1 MB where an application has 5,000 objects.
func beOneOfMany() {
	runtime.GOMAXPROCS(1)
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(seldom)
	}
}

// seldom is twice the runtime's own GOGC.
const seldom = 200

// beAlone sets the runtime up for a run that has the machine: with a heap that is
// collected rarely as long as it is small, because a collection keeps the cores
// from judging; a thousand applications then take a quarter less on two.
func beAlone() {
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(rarely)
		debug.SetMemoryLimit(smallHeap)
	}
}

// rarely is eight times the runtime's own GOGC, and smallHeap the size from which
// it collects as often as it must.
const (
	rarely    = 800
	smallHeap = 250 << 20
)

// run is main with a return value, so that deferred calls run before the exit.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	std := cli.IO{
		Args: os.Args[1:], Env: os.LookupEnv,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}
	return cli.Main(ctx, std, root(std))
}

func root(std cli.IO) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "argocd-safesync",
		Short: "Backups, rolling updates, checks and retries for Argo CD applications, from one small file",
	}
	if len(std.Args) > 0 && std.Args[0] == "generate" {
		// Argo CD runs no other: making them all takes a thirtieth of its time.
		cmd.CompletionOptions.DisableDefaultCmd = true
		cmd.AddCommand(generateCommand(std))
		return cmd
	}
	cmd.AddCommand(initCommand(std), generateCommand(std), planCommand(std), diffCommand(std), reviewCommand(std), lintCommand(std), parametersCommand(std), presetsCommand(), schemaCommand(), versionCommand(), cli.ManCommand())
	return cmd
}
