package helm

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/strvals"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// values merges what was given over the chart's own values: files in their order,
// values, parameters, parameters that are text, parameters from files.
func (r *run) values(ctx context.Context) (map[string]any, error) {
	files, err := r.valueFiles()
	if err != nil {
		return nil, err
	}
	merged := map[string]any{}
	for _, f := range files {
		data, err := r.readValues(ctx, f)
		if err != nil {
			return nil, err
		}
		values, err := loader.LoadValues(bytes.NewReader(bytes.TrimPrefix(data, byteOrderMark)))
		if err != nil {
			return nil, yamlProblem(diag.Pos{File: cmp.Or(f.shown, f.name)}, short(err.Error()))
		}
		merged = loader.MergeMaps(merged, values)
	}
	if len(r.opts.Values) > 0 {
		values, err := loader.LoadValues(bytes.NewReader(r.opts.Values))
		if err != nil {
			return nil, fmt.Errorf("read the values: %w", err)
		}
		merged = loader.MergeMaps(merged, values)
	}
	return merged, r.setParameters(ctx, merged)
}

// setParameters sets single values, as Argo CD has Helm do it. Of two with one
// name the last counts.
func (r *run) setParameters(ctx context.Context, values map[string]any) error {
	for _, text := range []bool{false, true} {
		for i, p := range r.opts.Parameters {
			if p.ForceString != text || overridden(r.opts.Parameters[i+1:], p) {
				continue
			}
			r.secrets.AddNamed(p.Name, p.Value)
			set := strvals.ParseInto
			if text {
				set = strvals.ParseIntoString
			}
			if err := set(p.Name+"="+escapeCommas(p.Value), values); err != nil {
				// The reason may hold the value, and that may be secret.
				return diag.Pos{Path: fmt.Sprintf("source.helm.parameters[%d]", i)}.
					Problemf("want the path of a value and a value for it, as helm --set takes them, got %q", p.Name)
			}
		}
	}
	for i := range r.opts.FileParameters {
		if err := r.setFile(ctx, i, values); err != nil {
			return err
		}
	}
	return nil
}

func overridden(later []renderer.ChartParameter, p renderer.ChartParameter) bool {
	for _, other := range later {
		if other.Name == p.Name && other.ForceString == p.ForceString {
			return true
		}
	}
	return false
}

// setFile sets the value that a file holds.
func (r *run) setFile(ctx context.Context, i int, values map[string]any) error {
	p := r.opts.FileParameters[i]
	at := diag.Pos{Path: fmt.Sprintf("source.helm.fileParameters[%d].path", i)}
	f, err := r.resolve(at, p.Path)
	if err != nil {
		return err
	}
	data, err := r.readValues(ctx, f)
	if err != nil {
		return err
	}
	r.secrets.AddSecret(string(data)) // most are keys and configurations
	read := func([]rune) (any, error) { return string(data), nil }
	if err := strvals.ParseIntoFile(p.Name+"=file", values, read); err != nil {
		at.Path = fmt.Sprintf("source.helm.fileParameters[%d].name", i)
		return at.Problemf("want the path of a value, as helm --set-file takes it, got %q", p.Name)
	}
	return nil
}

// readValues reads a file of values, or one that is a value.
func (r *run) readValues(ctx context.Context, f valueFile) ([]byte, error) {
	if f.remote {
		return r.download(ctx, f.at, f.name, maxYAML)
	}
	data, err := r.readFile(diag.Pos{File: f.name})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, f.missing()
	}
	return data, err
}

// escapeCommas keeps a comma part of the value, as Argo CD does, unless it is
// escaped already or the value is a list in braces.
func escapeCommas(value string) string {
	if strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}") {
		return value
	}
	var b strings.Builder
	before := byte(0)
	for i := range len(value) {
		if value[i] == ',' && before != '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(value[i])
		before = value[i]
	}
	return b.String()
}
