// Command differential renders every application of a directory tree twice, with
// Argo CD's own code and with argocd-safesync, and prints where they disagree:
//
//	differential [--programs DIR] REPO
//
// It knows Argo CD's renderer and the built argocd-safesync; it knows no case.
// The programs that Argo CD runs, kustomize and helm, must be on the PATH.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/sirupsen/logrus"
	"github.com/spf13/pflag"
)

func main() { os.Exit(run()) }

func run() int {
	flags := pflag.NewFlagSet("differential", pflag.ContinueOnError)
	programs := flags.String("programs", "bin", "`directory` of argocd-safesync and its renderers")
	if err := flags.Parse(os.Args[1:]); err != nil || flags.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: differential [--programs DIR] REPO")
		return 2
	}
	if err := quiet(); err != nil {
		fmt.Fprintln(os.Stderr, "differential:", err)
		return 3
	}
	differ, err := compareTree(context.Background(), os.Stdout, *programs, flags.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, "differential:", err)
		return 3
	}
	if differ {
		return 1
	}
	return 0
}

// quiet keeps Argo CD from logging, since its errors tell all, and from finding
// plugins.
func quiet() error {
	logrus.SetLevel(logrus.FatalLevel)
	return errors.Join(os.Setenv("ARGOCD_LOG_LEVEL", "fatal"), os.Setenv("ARGOCD_PLUGINSOCKFILEPATH", os.DevNull))
}

// compareTree prints one line for each application of a tree, and how many there
// are of each outcome. It works on a copy, because Argo CD writes into it.
func compareTree(ctx context.Context, w io.Writer, programs, tree string) (differ bool, err error) {
	work, err := os.MkdirTemp("", "differential")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(work)
	repo := filepath.Join(work, "repo")
	if err := copyTree(repo, tree); err != nil {
		return false, fmt.Errorf("copy %s: %w", tree, err)
	}
	apps, err := applications(repo)
	if err != nil {
		return false, err
	}
	bin, err := filepath.Abs(programs)
	if err != nil {
		return false, err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	counts := map[outcome]int{}
	for _, app := range apps {
		r := compare(ctx, bin, repo, application{path: app, name: "app", namespace: "ns"}, work)
		counts[r.outcome]++
		if r.outcome != identical {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", app, r.kind, r.outcome, short(strings.ReplaceAll(r.note, repo, ".")))
		}
		differ = differ || r.outcome.isDifference()
	}
	if err := table.Flush(); err != nil {
		return differ, err
	}
	for _, o := range outcomes {
		fmt.Fprintf(w, "%6d %s\n", counts[o], o)
	}
	return differ, nil
}

// short is the beginning of a text, on one line.
func short(text string) string {
	const most = 400
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
