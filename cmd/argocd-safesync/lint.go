package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// linting is what lint is asked for.
type linting struct {
	dirs    []string
	output  string
	failOn  string
	disable []string
	twice   bool
}

// lintFlags are the options that mean something for many applications at once.
var lintFlags = []string{
	"repo-root", "config", "namespace", "repo-url", "runner-image", "kube-version", "api-versions", "cache-dir", "timeout",
}

func lintCommand(std cli.IO) *cobra.Command {
	var (
		opts options
		want linting
	)
	cmd := &cobra.Command{
		Use:   "lint [DIR...]",
		Short: "Judge every application with a policy below a directory",
		Long: `Find every ` + policy.FileName + ` below DIR (without it, the current directory), build each application as generate
does, and report what would go wrong: in the policies, and in the objects that Argo CD would sync. Each rule has a
page in docs/rules.

An application's name, destination and plugin parameters come from the Applications that are written down in the same
repository. Charts are rendered twice, to find what is never the same. Directories whose name begins with a dot, and
` + strings.Join(foreign[:len(foreign)-1], ", ") + " and " + foreign[len(foreign)-1] + `, are not looked into unless they are named.

` + fromOthers + `

The exit code is 1 where a finding is as bad as --fail-on says, and 0 otherwise.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			want.dirs = args
			if len(args) == 0 {
				want.dirs = []string{"."}
			}
			return runLint(cmd.Context(), std, &opts, want)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&want.output, "output", "o", "text", "`form`: text, json, sarif, github or junit")
	f.StringVar(&want.failOn, "fail-on", string(lint.OnError), "`severity` that fails the run: warning, error or never")
	f.StringSliceVar(&want.disable, "disable", nil, "`rules` to leave out, by their names")
	f.BoolVar(&want.twice, "twice", false, "render everything twice, not only charts, and report what differs")
	all := pflag.NewFlagSet("lint", pflag.ContinueOnError)
	opts.bind(all)
	for _, name := range lintFlags {
		f.AddFlag(all.Lookup(name))
	}
	completes(cmd, "output", "text", "json", "sarif", "github", "junit")
	completes(cmd, "fail-on", string(lint.OnError), string(lint.OnWarning), string(lint.Never))
	completes(cmd, "disable", ruleNames()...)
	cmd.ValidArgsFunction = directories
	f.Lookup("timeout").Usage = "give up on an application after this `duration`"
	f.Lookup("namespace").Usage = "destination `namespace` of applications that no Application names"
	return cmd
}

// check finds what is wrong with the command line before anything is read.
func (l linting) check() error {
	if lintForms[l.output] == nil {
		return cli.Usagef("--output: want text, json, sarif, github or junit, got %q", l.output)
	}
	known := []lint.Threshold{lint.OnWarning, lint.OnError, lint.Never}
	if !slices.Contains(known, lint.Threshold(l.failOn)) {
		return cli.Usagef("--fail-on: want warning, error or never, got %q", l.failOn)
	}
	names := ruleNames()
	for _, name := range l.disable {
		if !slices.Contains(names, name) {
			return cli.Usagef("--disable: want the name of a rule, got %q; %s", name, strict.Suggest(name, names, "rules"))
		}
	}
	return nil
}

func ruleNames() []string {
	var names []string
	for _, r := range lint.Rules() {
		names = append(names, r.Name)
	}
	return names
}

func runLint(ctx context.Context, std cli.IO, opts *options, want linting) error {
	if err := want.check(); err != nil {
		return err
	}
	f, closeRepo, err := findApplications(ctx, std, opts, want.dirs)
	if err != nil {
		return err
	}
	defer closeRepo()
	if len(f.apps) == 0 {
		fmt.Fprintf(std.Stderr, "argocd-safesync: no %s in %s: nothing to judge (hidden directories, %s are not looked into)\n",
			policy.FileName, strings.Join(want.dirs, ", "), strings.Join(foreign, ", "))
	}
	verdicts, err := f.judgeAll(ctx, std, want)
	if err != nil {
		return err
	}
	report, faults := f.report(verdicts, want.disable)
	if err := lintForms[want.output](std, report, lint.Threshold(want.failOn)); err != nil {
		return err
	}
	switch {
	case faults > 0:
		return cli.Exit(cli.ExitFault, fmt.Errorf("not judged for a reason that is not in its files: %d of %d applications", faults, len(f.apps)))
	case report.Fail(lint.Threshold(want.failOn)):
		return cli.Quiet(cli.ExitNo)
	}
	return nil
}

var lintForms = map[string]func(cli.IO, lint.Report, lint.Threshold) error{
	"text": func(std cli.IO, r lint.Report, _ lint.Threshold) error {
		_, err := io.WriteString(std.Stdout, r.Text(colour(std)))
		return err
	},
	"json": func(std cli.IO, r lint.Report, _ lint.Threshold) error {
		return writeJSON(std.Stdout, r)
	},
	"github": func(std cli.IO, r lint.Report, _ lint.Threshold) error {
		_, err := io.WriteString(std.Stdout, r.GitHub())
		return err
	},
	"sarif": func(std cli.IO, r lint.Report, _ lint.Threshold) error {
		text, err := r.SARIF()
		if err == nil {
			_, err = std.Stdout.Write(text)
		}
		return err
	},
	"junit": func(std cli.IO, r lint.Report, t lint.Threshold) error {
		text, err := r.JUnit(t)
		if err == nil {
			_, err = std.Stdout.Write(text)
		}
		return err
	},
}
