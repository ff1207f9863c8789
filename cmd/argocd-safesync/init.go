package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin"
	"github.com/argocd-safesync/argocd-safesync/plugin/draft"
	"github.com/argocd-safesync/argocd-safesync/plugin/inject"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

func initCommand(std cli.IO) *cobra.Command {
	var opts options
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "init [DIR | -]",
		Short: "Write a first safesync.yaml for an application, from what it renders to",
		Long: `Render the application in DIR, recognise what is in it, and write a commented safesync.yaml beside it. An existing
one is never overwritten. A directory that renders to nothing gets none.

With -, what the chart of another source renders to comes from standard input, and the policy for a directory that only
has the hooks goes to standard output.

` + fromApplications,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := argument(args)
			file, writes := filepath.Join(dir, policy.FileName), !dryRun && dir != "-"
			if _, err := os.Lstat(file); err == nil && writes {
				return there(file) // before what else may be wrong with the application
			}
			first, err := draftFor(cmd.Context(), std, &opts, dir)
			if err != nil {
				return err
			}
			if !writes {
				_, err := io.WriteString(std.Stdout, first.Text)
				return err
			}
			return writeNew(std, file, first)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print the policy and write nothing")
	opts.bind(cmd.Flags())
	cmd.ValidArgsFunction = directories
	return cmd
}

// draftFor renders the application in dir and returns a policy for it.
func draftFor(ctx context.Context, std cli.IO, opts *options, dir string) (draft.Draft, error) {
	req, closeRepo, err := opts.request(std, dir)
	if err != nil {
		return draft.Draft{}, err
	}
	defer closeRepo()
	if req, err = opts.settle(ctx, std, req); err != nil {
		return draft.Draft{}, err
	}
	ctx, cancel := opts.deadline(ctx)
	defer cancel()
	objects, err := plugin.Render(ctx, req)
	inflated := req.Config.EnableHelm == nil && wantsCharts(err)
	if inflated {
		req.Config.EnableHelm = &inflated
		objects, err = plugin.Render(ctx, req)
	}
	if err != nil {
		return draft.Draft{}, err
	}
	if len(objects) == 0 {
		return draft.Draft{}, nothingToSee(dir)
	}
	env := preset.Env{AppName: req.Env.App, AppNamespace: namespaceFor(objects, req.Env)}
	if dir != "-" {
		first, err := draft.Policy(objects, env)
		if inflated {
			first = first.WithCharts()
		}
		return first, err
	}
	first, err := draft.Hooks(objects, env)
	if err == nil && first.Bare {
		err = nothingToSee(dir)
	}
	return first, err
}

// namespaceFor is where the application goes, as far as its policy may have it
// written down: what one object says of itself holds for no Service or workload
// beside it that says nothing.
func namespaceFor(objects []manifest.Object, env inject.Env) string {
	silent := func(o manifest.Object) bool {
		return o.Ref().Namespace == "" && (o.Ref().Group == "apps" || o.Ref().Is("", "Service"))
	}
	if env.Namespace == "" && slices.ContainsFunc(objects, silent) {
		return ""
	}
	return inject.Namespace(objects, env)
}

// wantsCharts reports whether all that is wrong is that nobody has allowed the
// charts of a kustomization: a first policy can.
func wantsCharts(err error) bool {
	p, ok := errors.AsType[diag.Problem](err)
	return ok && (p.Path == "helmCharts" || p.Path == "helmChartInflationGenerator")
}

// nothingToSee is what there is to say where nothing is rendered: any policy for
// it would be a guess, and one without hooks is refused.
func nothingToSee(dir string) error {
	if dir == "-" {
		return diag.Pos{File: "standard input"}.Problemf("want a workload that a hook can wait for or one of the systems that argocd-safesync presets lists, got none")
	}
	return diag.Pos{File: dir}.Problemf("want manifests, a kustomization or a chart to recognise a system in, got a directory that renders to no object").
		WithHint("if a chart is another source of the Application: helm template … | argocd-safesync init - > %s", path.Join(filepath.ToSlash(dir), policy.FileName))
}

// there is what to say about a policy that would be overwritten.
func there(file string) error {
	return cli.Exit(cli.ExitNo, fmt.Errorf("%s: there is one already; --dry-run prints a new one", file))
}

// writeNew writes a file that must not be there yet.
func writeNew(std cli.IO, file string, first draft.Draft) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return there(file)
	}
	if err != nil {
		return err
	}
	if _, err := io.WriteString(f, first.Text); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.Stderr, "wrote %s; %s\n", file, next(first))
	return err
}

// next says what is left to do with a first policy.
func next(first draft.Draft) string {
	text := "see what it does with argocd-safesync plan and diff"
	if first.Nowhere {
		text += ", which want --namespace, because no Application in this repository has the directory"
	}
	if first.Open > 0 {
		text = "fill in what it asks for, and " + text
	}
	if first.Bare {
		text = "it has no hook, because nothing was found that one could wait for; " + text
	}
	if first.Silent > 0 {
		text = fmt.Sprintf("hooks that wait for a rollout and ask nothing: %d; %s", first.Silent, text)
	}
	return text
}
