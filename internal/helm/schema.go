package helm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	chart "helm.sh/helm/v4/pkg/chart/v2"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// schemaFile holds a chart's JSON schema of its values.
const schemaFile = "values.schema.json"

// checkSchemas holds values against the schemas of a chart and the charts in it.
// Helm's own check does the same, but lets a schema read any file of this machine
// and repeats values in its messages.
func (r *run) checkSchemas(ctx context.Context, c *chart.Chart, values map[string]any) error {
	if c.Schema != nil {
		if err := r.checkSchema(ctx, c, values); err != nil {
			return err
		}
	}
	for _, child := range c.Dependencies() {
		switch its := values[child.Name()].(type) {
		case nil:
		case map[string]any:
			if err := r.checkSchemas(ctx, child, its); err != nil {
				return err
			}
		default:
			return r.schemaAt(child).Problemf("want values for the chart %s that are a mapping, got another kind", child.Name())
		}
	}
	return nil
}

// schemaAt is the file of a schema.
func (r *run) schemaAt(c *chart.Chart) diag.Pos {
	return diag.Pos{File: r.fileOf(path.Join(c.ChartFullPath(), schemaFile))}
}

func (r *run) checkSchema(ctx context.Context, c *chart.Chart, values map[string]any) error {
	at := r.schemaAt(c)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(c.Schema))
	if err != nil {
		return at.Problemf("want a JSON schema: %s", short(err.Error()))
	}
	compiler := jsonschema.NewCompiler()
	others := &schemaLoader{ctx: ctx, run: r, at: at}
	compiler.UseLoader(others)
	const name = "file:///" + schemaFile
	if err := compiler.AddResource(name, doc); err != nil {
		return at.Problemf("want a JSON schema: %s", short(err.Error()))
	}
	schema, err := compiler.Compile(name)
	switch broken, ok := errors.AsType[*jsonschema.SchemaValidationError](err); {
	case others.problem != nil:
		return others.problem
	case ok:
		return at.Problemf("want a JSON schema: %s", reasonsOf(broken.Err))
	case err != nil:
		return at.Problemf("want a JSON schema: %s", short(strings.ReplaceAll(err.Error(), "file:///", "")))
	}
	err = schema.Validate(values)
	if invalid, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		p := at.Problemf("the values do not fit the chart's schema: %s", reasonsOf(invalid))
		if r.isInflated {
			return p // kustomize has no way around it
		}
		return p.WithHint("helm.skipSchemaValidation leaves the schema aside")
	}
	return err
}

// reasonsOf is one text for all that is wrong.
func reasonsOf(err error) string {
	if invalid, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		return strings.Join(reasons(invalid), "; ")
	}
	return short(err.Error())
}

// A schemaLoader gets the schemas that a schema refers to: from other hosts, as
// Helm does, and never from this machine.
type schemaLoader struct {
	ctx context.Context //nolint:containedctx // the library's interface has no place for it
	run *run
	at  diag.Pos
	// problem is the first that was found: the compiler wraps it in its own words.
	problem error
}

// Load is called by the compiler for each address that a schema names.
func (l *schemaLoader) Load(address string) (doc any, err error) {
	defer func() {
		if l.problem == nil {
			l.problem = err
		}
	}()
	switch {
	case strings.HasPrefix(address, "urn:"):
		// Helm takes a name that it cannot resolve for one that allows everything.
		return true, nil
	case !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://"):
		return nil, l.at.Problemf("want a $ref into this file or to an https address, got %q", strings.TrimPrefix(address, "file:///"))
	}
	data, err := l.run.download(l.ctx, l.at, address, maxYAML)
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(data))
}

// mostReasons is how many one message lists.
const mostReasons = 5

// reasons lists what is wrong, sorted by the path of the value.
func reasons(err *jsonschema.ValidationError) []string {
	var all []string
	printer := message.NewPrinter(language.English)
	var leaves func(e *jsonschema.ValidationError)
	leaves = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			leaves(cause)
		}
		if len(e.Causes) == 0 {
			all = append(all, fmt.Sprintf("%s: %s", valuePath(e.InstanceLocation), reasonOf(e.ErrorKind, printer)))
		}
	}
	leaves(err)
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) > mostReasons {
		all = append(all[:mostReasons], fmt.Sprintf("and %d more", len(all)-mostReasons))
	}
	return all
}

// valuePath writes the path of a value as --set takes it.
func valuePath(location []string) string {
	if len(location) == 0 {
		return "values"
	}
	return strings.Join(location, ".")
}

// reasonOf is the library's reason, without the value where that repeats it: it
// may be secret. What is left is of the schema, and keys.
func reasonOf(k jsonschema.ErrorKind, printer *message.Printer) string {
	switch k := k.(type) {
	case *kind.Pattern:
		return fmt.Sprintf("does not match pattern %q", k.Want)
	case *kind.Format:
		return "is no " + k.Want
	case *kind.Minimum:
		return "want at least " + number(k.Want)
	case *kind.Maximum:
		return "want at most " + number(k.Want)
	case *kind.ExclusiveMinimum:
		return "want more than " + number(k.Want)
	case *kind.ExclusiveMaximum:
		return "want less than " + number(k.Want)
	case *kind.MultipleOf:
		return "want a multiple of " + number(k.Want)
	case *kind.Enum, *kind.Const:
		text, _, _ := strings.Cut(k.LocalizedString(printer), ", got ")
		return short(text)
	default:
		return short(k.LocalizedString(printer))
	}
}

// number writes a number of a schema.
func number(n *big.Rat) string {
	if n.IsInt() {
		return n.Num().String()
	}
	f, _ := n.Float64()
	return strconv.FormatFloat(f, 'g', -1, 64)
}
