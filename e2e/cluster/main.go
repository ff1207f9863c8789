// Command cluster brings the test cluster up and down, and runs programs in it:
//
//	cluster up | down                   start the cluster, end it
//	cluster missing                     what has to be installed for the scenarios
//	cluster uncached IMAGE...           what will be built before they run
//	cluster run PROGRAM [ARGUMENT...]   a program inside the cluster's network, such as kubectl
//	cluster logs DIR                    copy all logs to a folder
//	cluster proof COMMIT BEGAN          write docs/proof.md
//
// It knows the process: arguments, signals, exit codes. How a cluster comes to be
// is package node's.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/node"
)

const usage = "usage: cluster up | down | missing | uncached IMAGE... | run PROGRAM [ARGUMENT...] | logs DIR | proof COMMIT BEGAN"

func main() { os.Exit(run(os.Args[1:])) }

// run returns the exit code: 0, 1 if the machine lacks something, 2 for a wrong
// command line, 3 for anything else, and what a program that was run has said.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	n, err := node.Open(os.Getenv, os.Stdout)
	if err == nil {
		err = do(ctx, n, args)
	}
	var missing node.MissingError
	var exit exitError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, usage)
		return 2
	case errors.As(err, &exit):
		return exit.code
	}
	fmt.Fprintln(os.Stderr, "cluster:", err)
	if errors.As(err, &missing) {
		return 1
	}
	return 3
}

// An exitError is that of a program of the user's, which has said what it wants
// to say.
type exitError struct{ code int }

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", e.code) }

// runInside runs a program in the cluster, whose network only root can enter.
func runInside(ctx context.Context, n *node.Node, args []string) error {
	if err := n.Exists(); err != nil {
		return err
	}
	if os.Geteuid() != 0 {
		return lacks(n.MissingPackages(), nil)
	}
	cmd := n.Command(ctx, args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exitError{exit.ExitCode()}
	}
	return err
}

// errUsage is a command line that means nothing.
var errUsage = errors.New("usage")

func do(ctx context.Context, n *node.Node, args []string) error {
	switch command := strings.Join(args[:min(1, len(args))], ""); {
	case command == "up" && len(args) == 1:
		return n.Up(ctx)
	case command == "down" && len(args) == 1:
		return n.Down(ctx)
	case command == "missing" && len(args) == 1:
		return lacks(missing(n), nil)
	case command == "uncached" && len(args) > 1:
		return lacks(uncached(ctx, n, args[1:]))
	case command == "proof" && len(args) == 3:
		return prove(n, args[1], args[2])
	case command == "logs" && len(args) == 2:
		return n.SaveLogs(ctx, args[1])
	case command == "run" && len(args) > 1:
		return runInside(ctx, n, args[1:])
	}
	return errUsage
}
