// Package helm renders charts with Helm's own library, as helm template does,
// inside a jail: nothing outside the repository is read, nothing is written but
// the cache of downloaded charts, and no cluster is asked.
//
// It knows Helm, and Argo CD's rules for value files and parameters; it says what
// is wrong in the words of our problems. It does not know policies or the front,
// and reads no environment. Only the program safesync-render-helm imports it: the
// library is large and slow to start.
package helm

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/discreet"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// chartFile is the file that makes a directory a chart.
const chartFile = "Chart.yaml"

// Options say what to render.
type Options struct {
	renderer.Chart
	// HTTP asks other hosts, for dependencies and remote value files; nil is
	// http.DefaultClient.
	HTTP *http.Client
}

// Render writes the objects of a chart to w, as helm template --include-crds
// does, but in the order of the files that they come from: custom resource
// definitions first, hooks last. Each document begins with a comment that names
// its template, by the name of its chart. What the user's files do wrong is a
// diag.Problem, whose file has its path in the repository.
func Render(ctx context.Context, w io.Writer, opts Options) error {
	r, err := newRun(opts)
	if err != nil {
		return err
	}
	defer r.close()
	c, err := r.load()
	if err != nil {
		return err
	}
	if err := r.complete(ctx, c); err != nil {
		return err
	}
	values, err := r.values(ctx)
	if err != nil {
		return err
	}
	files, err := r.execute(ctx, c, values)
	if err != nil {
		return err
	}
	return r.write(w, c, files)
}

// A run renders one chart.
type run struct {
	opts Options
	repo *os.Root
	app  string
	http *http.Client
	// budget is what the chart may still take, with the charts in it.
	budget *budget
	// option is the place of an option, where it can be changed.
	option func(name string) diag.Pos
	// isInflated says that kustomize asks.
	isInflated bool
	// secrets are in no message.
	secrets discreet.Values
}

func newRun(opts Options) (*run, error) {
	repo, err := os.OpenRoot(opts.RepoRoot)
	if err != nil {
		return nil, fmt.Errorf("open the repository: %w", err)
	}
	r := &run{opts: opts, repo: repo, app: path.Clean(opts.App), http: opts.HTTP, budget: newBudget()}
	r.option = func(name string) diag.Pos { return diag.Pos{Path: "source.helm." + name} }
	if r.http == nil {
		r.http = http.DefaultClient
	}
	return r, nil
}

func (r *run) close() { _ = r.repo.Close() }

// at is a file of the chart, as messages name it.
func (r *run) at(name string) diag.Pos { return diag.Pos{File: path.Join(r.app, name)} }

// execute runs the templates of a chart; the result has a text for each.
func (r *run) execute(ctx context.Context, c *chart.Chart, values map[string]any) (map[string]string, error) {
	top, err := r.prepare(ctx, c, values)
	if err != nil {
		return nil, err
	}
	files, err := engine.Engine{}.RenderWithContext(ctx, c, top)
	if err != nil {
		return nil, r.explain(err)
	}
	return files, nil
}

// prepare makes what templates see: the chart's values under the given ones, the
// release and the cluster.
func (r *run) prepare(ctx context.Context, c *chart.Chart, values map[string]any) (common.Values, error) {
	r.secrets.Add(values)
	r.addSecrets(c)
	if err := chartutil.ProcessDependencies(c, values); err != nil {
		return nil, r.at(chartFile).Problemf("%s", r.short(err.Error()))
	}
	cluster, err := r.cluster(c)
	if err != nil {
		return nil, err
	}
	release, err := r.release()
	if err != nil {
		return nil, err
	}
	top, err := util.ToRenderValuesWithSchemaValidation(c, values, release, cluster, true)
	if err != nil {
		return nil, r.at(chartFile).Problemf("%s", r.short(err.Error()))
	}
	if r.opts.SkipSchema {
		return top, nil
	}
	merged, err := top.Table("Values")
	if err != nil {
		return nil, fmt.Errorf("read the merged values: %w", err)
	}
	return top, r.checkSchemas(ctx, c, merged)
}

// release is what templates see of the release. Argo CD leaves the namespace to
// Helm where it knows none, and Helm takes the one called default.
func (r *run) release() (common.ReleaseOptions, error) {
	if err := chartutil.ValidateReleaseName(r.opts.Release); err != nil {
		return common.ReleaseOptions{}, r.option("releaseName").
			Problemf("want a release name of at most 53 lower case letters, digits, - and ., got %q", r.opts.Release)
	}
	release := common.ReleaseOptions{Name: r.opts.Release, Namespace: r.opts.Namespace, Revision: 1, IsInstall: true}
	if release.Namespace == "" {
		release.Namespace = "default"
	}
	return release, nil
}

// cluster is what templates see of the cluster. A chart may ask for a range of
// versions.
func (r *run) cluster(c *chart.Chart) (*common.Capabilities, error) {
	caps := common.DefaultCapabilities.Copy()
	asShipped(caps)
	if r.opts.KubeVersion != "" {
		version, err := common.ParseKubeVersion(r.opts.KubeVersion)
		if err != nil {
			return nil, r.option("kubeVersion").Problemf("want a version of Kubernetes such as 1.31.2, got %q", r.opts.KubeVersion)
		}
		caps.KubeVersion = *version
	}
	caps.APIVersions = append(caps.APIVersions[:len(caps.APIVersions):len(caps.APIVersions)], r.opts.APIVersions...)
	if want := c.Metadata.KubeVersion; want != "" && !chartutil.IsCompatibleRange(want, caps.KubeVersion.String()) {
		return nil, r.at(chartFile).Problemf("kubeVersion: the chart wants Kubernetes %s, got %s", want, caps.KubeVersion.Version)
	}
	return caps, nil
}

// addSecrets notes what looks secret in the values of a chart and of those in it.
func (r *run) addSecrets(c *chart.Chart) {
	r.secrets.Add(c.Values)
	for _, child := range c.Dependencies() {
		r.addSecrets(child)
	}
}

// short is a text that may hold values, fit for a message and without secrets.
func (r *run) short(text string) string { return short(r.secrets.Hide(text)) }

// short makes a text of a library fit for a message: one line, and not a long
// one.
func short(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	const most = 600
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
