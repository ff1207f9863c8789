package helm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// A Command is the helm command, as far as kustomize calls it to inflate the
// charts of a kustomization. It has no plugins, reads no configuration of Helm's,
// and writes to no place but the one for charts of other hosts.
type Command struct {
	renderer.Inflation
	// HTTP asks other hosts; nil is http.DefaultClient.
	HTTP *http.Client
}

// Run does what the arguments say and prints what helm would. What the user's
// files do wrong is a diag.Problem; without a file it belongs to the entry of
// helmCharts whose chart its path names.
func (c Command) Run(ctx context.Context, w io.Writer, args []string) error {
	if len(args) == 0 {
		return errors.New("helm: want a command, got none")
	}
	switch args[0] {
	case "version":
		_, err := fmt.Fprintln(w, shipped)
		return err
	case "pull":
		return c.pull(ctx, args[1:])
	case "template":
		return c.template(ctx, w, args[1:])
	default:
		return fmt.Errorf("helm: want version, pull or template, got %q", args[0])
	}
}

// entry is the place of a field of the kustomization's entry for a chart.
func entry(chart, field string) diag.Pos {
	return diag.Pos{Path: fmt.Sprintf("helmCharts[%s].%s", chart, field)}
}

// inRepo is the slash path in the repository of an absolute one.
func (c Command) inRepo(name string) (string, bool) {
	relative, err := filepath.Rel(c.RepoRoot, name)
	return filepath.ToSlash(relative), err == nil && filepath.IsLocal(relative)
}

// A templating is what helm template is asked for.
type templating struct {
	chart, release, namespace string
	nameTemplate, kubeVersion string
	values, apiVersions       []string
	crds, noTests, noHooks    bool
}

// parseTemplate reads the arguments of helm template that kustomize gives.
func parseTemplate(args []string) (templating, error) {
	var t templating
	flags := pflag.NewFlagSet("template", pflag.ContinueOnError)
	flags.StringVar(&t.namespace, "namespace", "", "")
	flags.StringVar(&t.nameTemplate, "name-template", "", "")
	flags.StringArrayVarP(&t.values, "values", "f", nil, "")
	flags.StringSliceVar(&t.apiVersions, "api-versions", nil, "")
	flags.StringVar(&t.kubeVersion, "kube-version", "", "")
	flags.BoolVar(&t.crds, "include-crds", false, "")
	flags.BoolVar(&t.noTests, "skip-tests", false, "")
	flags.BoolVar(&t.noHooks, "no-hooks", false, "")
	// A name that is not given is a fixed one in Helm; a chart in a directory has no
	// other versions; and what went wrong is a problem, with no need of a trace.
	for _, ignored := range []string{"generate-name", "devel", "debug"} {
		flags.Bool(ignored, false, "")
	}
	if err := flags.Parse(args); err != nil {
		return t, fmt.Errorf("helm template: %w", err)
	}
	switch flags.NArg() {
	case 1:
		t.release, t.chart = "release-name", flags.Arg(0)
	case 2:
		t.release, t.chart = flags.Arg(0), flags.Arg(1)
	default:
		return t, fmt.Errorf("helm template: want a release and a chart, got %d arguments", flags.NArg())
	}
	return t, t.nameIt(flags.NArg() == 2)
}

// nameIt makes the name of the release from a template, if there is one.
func (t *templating) nameIt(isNamed bool) error {
	if t.nameTemplate == "" {
		return nil
	}
	at := entry(filepath.Base(t.chart), "nameTemplate")
	if isNamed {
		return at.Problemf("want either releaseName or nameTemplate, got both")
	}
	name, err := nameFrom(t.nameTemplate)
	if err != nil {
		return at.Problemf("want a template of a name: %s", short(err.Error()))
	}
	t.release = name
	return nil
}

// template renders a chart of the repository, or one that was pulled.
func (c Command) template(ctx context.Context, w io.Writer, args []string) error {
	t, err := parseTemplate(args)
	if err != nil {
		return err
	}
	r, err := c.open(t)
	if err != nil {
		return err
	}
	defer r.close()
	done, err := c.noteStart(r.app)
	if err != nil {
		return err
	}
	defer done()
	made, err := c.inflate(ctx, w, r, t)
	if err != nil {
		return err
	}
	return c.noteMade(r, made)
}

// open opens the directory that has the chart.
func (c Command) open(t templating) (*run, error) {
	name := filepath.Base(t.chart)
	dir, ok := c.inRepo(t.chart)
	if !ok {
		return nil, entry(name, "name").Problemf("want a chart in the repository, got one outside")
	}
	opts := Options{HTTP: c.HTTP}
	opts.RepoRoot, opts.App = c.RepoRoot, dir
	opts.Release, opts.Namespace = t.release, t.namespace
	opts.KubeVersion, opts.APIVersions = t.kubeVersion, t.apiVersions
	opts.SkipCRDs, opts.SkipTests = !t.crds, t.noTests
	if c.isPulled(dir) {
		opts.RepoRoot = c.Pulled
	}
	if !c.AllowRemote {
		opts.HTTP = &http.Client{Transport: noHosts{}}
	}
	r, err := newRun(opts)
	if err != nil {
		return nil, err
	}
	r.isInflated = true
	r.option = func(field string) diag.Pos { return entry(name, field) }
	return r, nil
}

func (c Command) inflate(ctx context.Context, w io.Writer, r *run, t templating) ([]renderer.Made, error) {
	ch, err := r.load()
	if err != nil {
		return nil, err
	}
	if err := vendored(ch, r); err != nil {
		return nil, err
	}
	values, err := c.values(filepath.Base(t.chart), t.values)
	if err != nil {
		return nil, err
	}
	files, err := r.execute(ctx, ch, values)
	if err != nil {
		return nil, err
	}
	if c.Output == "" {
		return r.writeAsHelm(w, ch, files, t.noHooks)
	}
	var out bytes.Buffer
	made, err := r.writeAsHelm(&out, ch, files, t.noHooks)
	if err != nil {
		return nil, err
	}
	return made, os.WriteFile(c.Output, out.Bytes(), 0o600)
}

// isPulled reports whether a chart is among those of other hosts. One in the
// repository goes first.
func (c Command) isPulled(dir string) bool {
	return !isDir(c.RepoRoot, dir) && isDir(c.Pulled, dir)
}

// pull gets a chart from another host, for kustomize to find it where it looks for
// charts.
func (c Command) pull(ctx context.Context, args []string) error {
	flags := pflag.NewFlagSet("pull", pflag.ContinueOnError)
	flags.Bool("untar", false, "")
	to := flags.String("untardir", "", "")
	repository := flags.String("repo", "", "")
	version := flags.String("version", "", "")
	devel := flags.Bool("devel", false, "")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("helm pull: %w", err)
	}
	if flags.NArg() != 1 {
		return fmt.Errorf("helm pull: want a chart, got %d arguments", flags.NArg())
	}
	d := dependency{name: flags.Arg(0), repository: *repository, version: *version}
	if i := strings.LastIndexByte(d.name, '/'); i >= 0 && *repository == "" {
		d.repository, d.name = d.name[:i], d.name[i+1:]
	}
	d.at = entry(d.name, "repo")
	dir, ok := c.inRepo(filepath.Join(*to, d.name))
	switch {
	case !ok:
		return entry(d.name, "name").Problemf("want a chart in the repository, got one outside")
	case !c.AllowRemote:
		return d.at.Problemf("want the chart in %s, got one on another host", dir).
			WithHint("commit it there; only the sidecar's configuration can allow other hosts")
	case isDir(c.Pulled, dir):
		return nil
	}
	switch {
	case d.version == "" && *devel:
		d.version = ">0.0.0-0"
	case d.version == "":
		d.version = "*"
	}
	done, err := c.noteStart(dir)
	if err != nil {
		return err
	}
	defer done()
	return c.keepPulled(ctx, d, dir)
}
