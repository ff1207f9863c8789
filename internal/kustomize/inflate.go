package kustomize

import (
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/api/builtins" //nolint:staticcheck // there is no other way to its generator of charts
	"sigs.k8s.io/kustomize/api/ifc"
	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// Charts are inflated once, by kustomize's own generator, and what comes out takes
// the place of the entries that ask for them: a component, because those come after
// the generators of their layer and before its changes, as charts do. What is in it
// has a layer below, which marks it as kustomize marks the objects of charts.

const (
	// chartsDir is the directory of that component, which nobody has.
	chartsDir = ".safesync-charts"
	// markedDir is that of the layer below it.
	markedDir = "marked"
	// marking is its transformer: the mark keeps a namespace away.
	marking = "apiVersion: builtin\nkind: AnnotationsTransformer\nmetadata: {name: charts}\n" +
		"annotations: {" + konfig.HelmGeneratedAnnotation + ": 'true'}\nfieldSpecs: [{path: metadata/annotations, create: true}]\n"
)

// inflateAll inflates the charts of all layers.
func (s *survey) inflateAll() error {
	if len(s.charts) > 0 && slices.Contains(s.top.k.BuildMetadata, types.OriginAnnotations) {
		return atOnce("%s has buildMetadata and charts", s.top.path)
	}
	// Kustomize writes these over those of the cluster, and so over those of the
	// charts that it has read before.
	for _, l := range s.charts {
		own := func(c types.HelmChart) bool { return len(c.ApiVersions) > 0 }
		if len(s.jail.opts.Charts.APIVersions) > 0 && slices.ContainsFunc(l.k.HelmCharts, own) {
			return atOnce("%s has charts with apiVersions", l.path)
		}
	}
	for _, l := range s.charts {
		if err := s.inflate(l); err != nil {
			return err
		}
	}
	return nil
}

// inflate puts a component in place of the charts of a layer.
func (s *survey) inflate(l *layer) error {
	namespaces := map[string]bool{}
	l.chartNamespaces(namespaces, map[*layer]bool{})
	if len(namespaces) != 1 {
		return atOnce("the charts of %s are for several namespaces", l.path)
	}
	at := l.dir.Join(chartsDir)
	if s.jail.Exists(at) {
		return atOnce("there is a %s beside %s", chartsDir, l.path)
	}
	component, err := s.virtual(at)
	if err != nil {
		return err
	}
	component.k.TypeMeta = types.TypeMeta{APIVersion: types.ComponentVersion, Kind: types.ComponentKind}
	component.k.Resources, component.parents = []string{markedDir}, []*layer{l}
	marked, err := s.virtual(filepath.Join(at, markedDir))
	if err != nil {
		return err
	}
	marked.k.Transformers, marked.inflated = []string{marking}, true
	marked.users = []user{{layer: component}}
	component.resources = []entry{{layer: marked}}
	for namespace := range namespaces {
		for n, chart := range l.k.HelmCharts {
			chart.Namespace = cmp.Or(chart.Namespace, namespace)
			if err := s.inflateInto(marked, l, strconv.Itoa(n)+".yaml", chart); err != nil {
				return err
			}
		}
	}
	l.k.HelmCharts, l.k.HelmGlobals = nil, nil
	if marked.any() != nil {
		l.k.Components = slices.Insert(l.k.Components, 0, chartsDir)
		l.components = slices.Insert(l.components, 0, component)
	}
	return nil
}

// chartNamespaces collects the namespaces that the charts of a layer get unless they
// have one: its own, or else the nearest on each way up.
func (l *layer) chartNamespaces(into map[string]bool, seen map[*layer]bool) {
	above := slices.Clone(l.parents)
	for _, by := range l.users {
		above = append(above, by.layer)
	}
	switch {
	case seen[l]:
		return
	case l.k.Namespace != "" || len(above) == 0:
		into[l.k.Namespace] = true
	}
	seen[l] = true
	for _, by := range above {
		if l.k.Namespace == "" {
			by.chartNamespaces(into, seen)
		}
	}
}

// virtual is a layer in a directory that is not in the repository.
func (s *survey) virtual(dir string) (*layer, error) {
	l := &layer{dir: filesys.ConfirmedDir(dir)}
	name := filepath.Join(dir, konfig.DefaultKustomizationFileName())
	s.jail.cleaned[dir] = place{l.dir, ""}
	s.jail.cleaned[name] = place{l.dir, filepath.Base(name)}
	var err error
	l.path, err = s.jail.inside(name)
	return l, err
}

// inflateInto makes a file of a chart of l.
func (s *survey) inflateInto(marked, l *layer, name string, chart types.HelmChart) error {
	text, made, err := s.jail.output(l, chart)
	if err != nil {
		return err
	}
	at := marked.dir.Join(name)
	s.jail.cleaned[at] = place{marked.dir, name}
	path, err := s.jail.inside(at)
	if err != nil {
		return err
	}
	f, err := documentsOf(path, text)
	if err == nil {
		err = s.identifyIn(f)
	}
	if err != nil {
		return atOnce("the chart %s: %v", chart.Name, err)
	}
	for _, doc := range f.documents {
		if doc.source != nil {
			doc.source.inflated = madeBy(made, doc.source, l.path)
		}
	}
	f.users = []user{{layer: marked, index: len(marked.resources)}}
	marked.k.Resources = append(marked.k.Resources, name)
	marked.resources = append(marked.resources, entry{file: f})
	return nil
}

// madeBy is the file that messages about an object of a chart name.
func madeBy(made []renderer.Made, s *source, otherwise string) string {
	for _, m := range made {
		if m.Kind == s.first.id.Kind && m.Name == s.first.id.Name {
			return m.File
		}
	}
	return otherwise
}

// output is what Helm prints for a chart, and the objects that are from templates.
func (j *jail) output(l *layer, chart types.HelmChart) (text []byte, made []renderer.Made, err error) {
	config, err := yaml.Marshal(struct {
		*types.HelmGlobals
		types.HelmChart
	}{l.k.HelmGlobals, chart})
	if err != nil {
		return nil, nil, err
	}
	depends := provider.NewDefaultDepProvider()
	helpers := resmap.NewPluginHelpers(chartLoader{j, l.dir}, depends.GetFieldValidator(), resmap.NewFactory(depends.GetResourceFactory()), &j.charts.once)
	generator := builtins.NewHelmChartInflationGeneratorPlugin()
	if err := generator.Config(helpers, config); err != nil {
		return nil, nil, err
	}
	if _, err := generator.Generate(); err != nil {
		return nil, nil, err
	}
	if text, err = os.ReadFile(j.charts.output()); err != nil {
		return nil, nil, err
	}
	notes, err := os.ReadFile(filepath.Join(j.charts.dir, renderer.NotesFile(j.charts.inflated)))
	if err != nil {
		return nil, nil, err
	}
	j.charts.inflated++
	return text, made, json.Unmarshal(notes, &made)
}

// A chartLoader reads files for the charts of the layer in a directory, as
// kustomize's own loader does.
type chartLoader struct {
	jail *jail
	dir  filesys.ConfirmedDir
}

func (chartLoader) Repo() string   { return "" }
func (c chartLoader) Root() string { return string(c.dir) }
func (chartLoader) Cleanup() error { return nil }

func (chartLoader) New(string) (ifc.Loader, error) { return nil, errors.ErrUnsupported }

func (c chartLoader) Load(name string) ([]byte, error) {
	if strings.Contains(name, "://") {
		return nil, atOnce("a chart has a file of another host")
	}
	if !filepath.IsAbs(name) {
		name = c.dir.Join(name)
	}
	if c.jail.opts.LoadRestrictor == "none" {
		return c.jail.ReadFile(name)
	}
	dir, base, err := c.jail.CleanedAbs(name)
	if err != nil {
		return nil, err
	}
	if base == "" || !dir.HasPrefix(c.dir) {
		return nil, atOnce("%s is outside of its kustomization", base)
	}
	return c.jail.ReadFile(dir.Join(base))
}

// unknown holds that kustomize knows none of the objects of a chart already, under
// any name: it takes those for something that a generator changes.
func unknown(items, made []*item) error {
	index := known(items)
	for _, i := range made {
		if len(index[identityOf(i.now)]) > 0 {
			return atOnce("%s is there twice", i.now)
		}
	}
	return nil
}
