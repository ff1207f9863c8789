package kustomize

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/types"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// charts are what inflating Helm charts takes.
type charts struct {
	// dir is private, and has all the rest.
	dir string
	// pulled has the charts of other hosts, at the paths in the repository where
	// kustomize looks for them.
	pulled *os.Root
	// entries are those that ask for charts, by the name of the chart.
	entries map[string][]chartEntry
	// once is what a survey inflates charts with: what Helm prints goes to the file
	// output. Inflated is how many it has inflated.
	once     types.PluginConfig
	inflated int
}

func (c *charts) output() string { return filepath.Join(c.dir, "output.yaml") }

// A chartEntry is a place that asks for a chart, and its file of values in the
// repository; "" is that of the chart.
type chartEntry struct {
	at     diag.Pos
	values string
}

// A chartList is a field of a kustomization that asks for charts, and what its
// entries call their own fields.
type chartList struct{ name, version, repo, home, values, more string }

// chartFields ask for Helm charts; the second one is deprecated.
var chartFields = map[string]chartList{
	"helmCharts":                  {name: "name", version: "version", repo: "repo", values: "valuesFile", more: "additionalValuesFiles"},
	"helmChartInflationGenerator": {name: "chartName", version: "chartVersion", repo: "chartRepoUrl", home: "chartHome", values: "values"},
}

func chartProblem(at diag.Pos) diag.Problem {
	return at.Problemf("want a kustomization without charts, got one with some, and nothing that allows them").
		WithHint("set source.kustomize.enableHelm: true; the sidecar's configuration may decide it for all (kustomize.enableHelm)")
}

// allowCharts makes the options allow charts, if ours do. Kustomize calls a command
// for them, which gets a directory of its own with what it needs to know. Undo
// removes it.
func (j *jail) allowCharts(options *types.PluginConfig) (undo func(), err error) {
	if j.opts.Charts == nil {
		return func() {}, nil
	}
	dir, err := os.MkdirTemp("", "charts-")
	if err != nil {
		return nil, fmt.Errorf("make a directory for charts: %w", err)
	}
	c := &charts{dir: dir, entries: map[string][]chartEntry{}}
	undo = func() {
		if c.pulled != nil {
			_ = c.pulled.Close()
		}
		_ = os.RemoveAll(dir)
	}
	if err := c.prepare(j); err != nil {
		undo()
		return nil, fmt.Errorf("get ready for charts: %w", err)
	}
	j.charts = c
	options.HelmConfig = types.HelmConfig{
		Enabled: true, Command: filepath.Join(dir, renderer.HelmCommand),
		KubeVersion: j.opts.Charts.KubeVersion, ApiVersions: j.opts.Charts.APIVersions,
	}
	c.once = *options
	c.once.HelmConfig.Command = filepath.Join(c.dir, onceDir, renderer.HelmCommand)
	return undo, nil
}

// prepare fills the directory: our program under the name of the command, and what
// it may touch.
func (c *charts) prepare(j *jail) error {
	if _, err := os.Stat(j.opts.Charts.Program); err != nil {
		return fmt.Errorf("no renderer at %q", j.opts.Charts.Program)
	}
	scratch, err := filepath.Abs(os.TempDir())
	if err != nil {
		return err
	}
	pulled := filepath.Join(c.dir, "pulled")
	inflation := renderer.Inflation{
		RepoRoot: j.root, Pulled: pulled, Scratch: scratch,
		AllowRemote: j.opts.AllowRemote, CacheDir: j.opts.Charts.CacheDir, Notes: c.dir,
	}
	if err := putCommand(c.dir, j.opts.Charts.Program, inflation); err != nil {
		return err
	}
	once := filepath.Join(c.dir, onceDir)
	for _, dir := range []string{pulled, once} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
	}
	inflation.Output = c.output()
	if err := putCommand(once, j.opts.Charts.Program, inflation); err != nil {
		return err
	}
	c.pulled, err = os.OpenRoot(pulled)
	return err
}

// onceDir is where the command is for charts that are inflated once for all shards.
const onceDir = "once"

// putCommand puts a program into a directory as the helm command.
func putCommand(dir, program string, may renderer.Inflation) error {
	spec, err := json.Marshal(may)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, renderer.InflationFile), spec, 0o600); err != nil {
		return err
	}
	return os.Symlink(program, filepath.Join(dir, renderer.HelmCommand))
}

// addTo says of the objects of charts which file made them.
func (c *charts) addTo(o *origins) error {
	for n := 0; ; n++ {
		data, err := os.ReadFile(filepath.Join(c.dir, renderer.NotesFile(n)))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		var made []renderer.Made
		if err == nil {
			err = json.Unmarshal(data, &made)
		}
		if err != nil {
			return fmt.Errorf("read what charts made: %w", err)
		}
		for _, m := range made {
			o.know(identity{m.Kind, m.Name}, m.File)
		}
	}
}

// lookAtCharts finds the entries of a list that cannot be inflated. At is the
// list's place, in doc.
func (j *jail) lookAtCharts(at diag.Pos, doc, list *yaml.Node) error {
	if j.charts == nil {
		return j.found(chartProblem(at))
	}
	names := chartFields[at.Path]
	var all struct {
		HelmGlobals *struct {
			ChartHome string `yaml:"chartHome"`
		} `yaml:"helmGlobals"`
	}
	var entries []map[string]any
	if doc.Decode(&all) != nil || list.Decode(&entries) != nil || len(entries) != len(list.Content) {
		return nil // kustomize has its own words for it
	}
	home := ""
	for _, e := range entries {
		home = cmp.Or(text(e, names.home), home) // the last one counts for all
	}
	if all.HelmGlobals != nil {
		home = all.HelmGlobals.ChartHome
	}
	for n, e := range entries {
		node := list.Content[n]
		place := diag.Pos{File: at.File, Line: node.Line, Col: node.Column, Path: fmt.Sprintf("%s[%d]", at.Path, n)}
		if err := j.lookAtChart(place, e, names, home); err != nil {
			return err
		}
	}
	return nil
}

// text is the text in a field; "" if there is none.
func text(fields map[string]any, name string) string {
	value, _ := fields[name].(string)
	return value
}

// lookAtChart looks whether the chart of one entry is there, or may be got.
func (j *jail) lookAtChart(at diag.Pos, fields map[string]any, names chartList, home string) error {
	name, version, repo := text(fields, names.name), text(fields, names.version), text(fields, names.repo)
	if name == "" {
		return j.found(at.Problemf("want the name of a chart, got none"))
	}
	entry := chartEntry{at: at}
	if file := text(fields, names.values); file != "" {
		entry.values = path.Join(path.Dir(at.File), file)
	}
	if known := j.charts.entries[path.Base(name)]; !slices.Contains(known, entry) {
		j.charts.entries[path.Base(name)] = append(known, entry)
	}
	home = cmp.Or(home, types.HelmDefaultHome)
	dir := path.Join(path.Dir(at.File), home)
	if version != "" && repo != "" {
		dir = path.Join(dir, name+"-"+version)
	}
	dir = path.Join(dir, name)
	if path.IsAbs(home) || !filepath.IsLocal(dir) {
		return j.found(at.Problemf("want a chart inside the repository, got one in %q", home))
	}
	switch {
	case j.IsDir(filepath.Join(j.root, filepath.FromSlash(dir))):
		return j.lookAtValues(at, dir, fields, names)
	case repo == "":
		return j.found(at.Problemf("want a chart in %s, got none, and no repo to get it from", dir))
	case !j.opts.AllowRemote:
		at.Path += "." + names.repo
		return j.found(at.Problemf("want the chart in %s, got one on another host", dir).
			WithHint("commit it there; only the sidecar's configuration can allow other hosts"))
	}
	return nil
}

// merges are the values of valuesMerge.
var merges = []string{"", "merge", "override", "replace"}

// lookAtValues finds what is wrong with the values of an entry whose chart is in dir:
// it may have the files.
func (j *jail) lookAtValues(at diag.Pos, dir string, fields map[string]any, names chartList) error {
	how := text(fields, "valuesMerge")
	if !slices.Contains(merges, how) {
		at.Path += ".valuesMerge"
		return j.found(at.Problemf("want one of %s, got %q", strings.Join(merges[1:], ", "), how))
	}
	isReplaced := how == "replace" && (fields["valuesInline"] != nil || fields["valuesLocal"] != nil)
	if text(fields, names.values) == "" && !isReplaced {
		if err := j.lookAtOwnValues(at, path.Join(dir, "values.yaml"), names); err != nil {
			return err
		}
	}
	files := map[string]any{names.values: fields[names.values]}
	if more, ok := fields[names.more].([]any); ok {
		for i, file := range more {
			files[fmt.Sprintf("%s[%d]", names.more, i)] = file
		}
	}
	for _, field := range slices.Sorted(maps.Keys(files)) {
		place := at
		place.Path += "." + field
		if err := j.lookAt(place, &yaml.Node{Kind: yaml.ScalarNode, Value: text(files, field)}, true); err != nil {
			return err
		}
	}
	return nil
}

// lookAtOwnValues looks whether the values of a chart, which are in the file own, are
// there and may be read.
func (j *jail) lookAtOwnValues(at diag.Pos, own string, names chartList) error {
	target := filepath.Join(j.root, filepath.FromSlash(own))
	if !j.Exists(target) {
		at.Path += "." + names.values
		return j.found(at.Problemf("want values in %s, got no such file", own).
			WithHint("kustomize wants one where Helm does not: an empty one is enough, or name another here"))
	}
	name, err := filepath.Rel(path.Dir(at.File), own)
	if err != nil {
		return err
	}
	return j.lookBelow(at, filepath.ToSlash(name), target)
}
