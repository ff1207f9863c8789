package helm

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// maxNested is how deep charts may lie in charts.
const maxNested = 16

// load reads the chart with everything in its charts directory.
func (r *run) load() (*chart.Chart, error) {
	files, err := r.collect(r.app)
	if err != nil {
		return nil, err
	}
	if !hasChartFile(files) {
		return nil, r.at("").Problemf("want a chart, got a directory without %s", chartFile)
	}
	c, err := assemble(files, r.app, r.budget, 0)
	if err != nil {
		return nil, err
	}
	// The charts in it may have another, as with Helm, which asks the outermost only.
	if v := c.Metadata.APIVersion; v != chart.APIVersionV1 && v != chart.APIVersionV2 {
		return nil, r.at(chartFile).Problemf("apiVersion: want %s or %s, got %q", chart.APIVersionV1, chart.APIVersionV2, v)
	}
	if c.Metadata.Type != "" && c.Metadata.Type != "application" {
		return nil, r.at(chartFile).Problemf("type: want an application chart, got a %s chart, which renders to nothing", c.Metadata.Type)
	}
	return c, nil
}

func hasChartFile(files []*archive.BufferedFile) bool {
	return slices.ContainsFunc(files, func(f *archive.BufferedFile) bool { return f.Name == chartFile })
}

// assemble makes a chart of its files. Helm's own loader does it for each chart
// alone; the charts in it are added here, in the order of their names, which makes
// the result the same every time, and within one budget. Name is how messages name
// the chart's directory or archive.
func assemble(files []*archive.BufferedFile, name string, b *budget, depth int) (*chart.Chart, error) {
	at := diag.Pos{File: name}
	if depth > maxNested {
		return nil, at.Problemf("want charts in charts at most %d deep, got deeper ones", maxNested)
	}
	own, nested := split(files)
	c, err := loader.LoadFiles(own)
	if err != nil {
		return nil, notAChart(at, err)
	}
	for _, sub := range slices.Sorted(maps.Keys(nested)) {
		child, err := assembleNested(nested[sub], path.Join(name, "charts", sub), b, depth+1)
		if err != nil {
			return nil, err
		}
		c.AddDependency(child)
	}
	return c, nil
}

// split separates the files of a chart from those of the charts in it, by their
// name in the charts directory.
func split(files []*archive.BufferedFile) (own []*archive.BufferedFile, nested map[string][]*archive.BufferedFile) {
	nested = map[string][]*archive.BufferedFile{}
	for _, f := range files {
		inside, isNested := strings.CutPrefix(f.Name, "charts/")
		if !isNested || path.Ext(f.Name) == ".prov" {
			own = append(own, f)
			continue
		}
		sub, _, _ := strings.Cut(inside, "/")
		if !strings.HasPrefix(sub, "_") && !strings.HasPrefix(sub, ".") {
			nested[sub] = append(nested[sub], &archive.BufferedFile{Name: inside, Data: f.Data})
		}
	}
	return own, nested
}

// assembleNested makes a chart of what charts has under one name: a directory, or
// an archive.
func assembleNested(files []*archive.BufferedFile, name string, b *budget, depth int) (*chart.Chart, error) {
	if path.Ext(name) == ".tgz" {
		return assembleArchive(files[0].Data, name, b, depth)
	}
	var inside []*archive.BufferedFile
	for _, f := range files {
		if _, rest, isInFolder := strings.Cut(f.Name, "/"); isInFolder {
			inside = append(inside, &archive.BufferedFile{Name: rest, Data: f.Data})
		}
	}
	if !hasChartFile(inside) {
		return nil, diag.Pos{File: name}.Problemf("want a chart, got none: there is no %s", chartFile).
			WithHint("a name that begins with _ or a dot is left alone")
	}
	return assemble(inside, name, b, depth)
}

// assembleArchive makes a chart of an archive.
func assembleArchive(data []byte, name string, b *budget, depth int) (*chart.Chart, error) {
	at := diag.Pos{File: name}
	files, err := unpack(data)
	if err != nil {
		return nil, at.Problemf("want an archive of a chart: %s", unpackable(err))
	}
	for _, f := range files {
		if err := b.take(at, f.Name, len(f.Data)); err != nil {
			return nil, err
		}
	}
	return assemble(files, name, b, depth)
}

// notAChart puts Helm's reason into words that name the file.
func notAChart(at diag.Pos, err error) error {
	reason := short(err.Error())
	for _, file := range parsed {
		if rest, found := strings.CutPrefix(reason, "cannot load "+file+": "); found {
			at.File = path.Join(at.File, file)
			return yamlProblem(at, rest)
		}
	}
	at.File = path.Join(at.File, chartFile)
	reason = strings.TrimPrefix(reason, "validation: ")
	if field, found := strings.CutPrefix(reason, "chart.metadata."); found {
		return at.Problemf("%s", field)
	}
	return at.Problemf("%s", reason)
}

// yamlProblem is a reason of the YAML library at the line that it names.
func yamlProblem(at diag.Pos, reason string) diag.Problem {
	for _, layer := range []string{"cannot unmarshal yaml document: ", "error converting YAML to JSON: ", "error unmarshaling JSON: ", "while decoding JSON: ", "json: ", "yaml: "} {
		reason = strings.TrimPrefix(reason, layer)
	}
	if m := otherKind.FindStringSubmatch(reason); m != nil {
		at.Path = m[2]
		return at.Problemf("want %s, got %s", wanted(m[3]), kinds[m[1]])
	}
	if rest, found := strings.CutPrefix(reason, "line "); found {
		number, text, _ := strings.Cut(rest, ": ")
		if n := atoi(number); n > 0 {
			at.Line, at.Col, reason = n, 1, text
		}
	}
	if strings.HasPrefix(reason, "unknown anchor") { // its name may be a secret without quotes
		return at.Problemf("want YAML: an alias has no anchor").WithHint("put a text that begins with * into quotes")
	}
	return at.Problemf("want YAML: %s", short(reason))
}

// otherKind is what the JSON library says of a value for which there is another type:
// its kind, the way to its field, and the type.
var otherKind = regexp.MustCompile(`^cannot unmarshal (\w+) into Go (?:value|struct field \w+\.(\S+)) of type (.+)$`)

// kinds are our words for the kinds of values.
var kinds = map[string]string{"array": "a list", "bool": "true or false", "number": "a number", "object": "a mapping", "string": "text"}

// wanted is the kind of values that a type is for.
func wanted(goType string) string {
	switch {
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	case goType == "string":
		return "text"
	case goType == "bool":
		return "true or false"
	default:
		return "a mapping"
	}
}

// atoi reads a positive number, and is 0 for any other text.
func atoi(text string) int {
	n := 0
	for _, digit := range []byte(text) {
		if digit < '0' || digit > '9' || n > 1<<30 {
			return 0
		}
		n = n*10 + int(digit-'0')
	}
	return n
}
