package prometheus

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
)

// A sample is a value of a query's result.
type sample struct {
	labels map[string]string
	value  string // as Prometheus writes it: a number, NaN, +Inf
}

// query runs an instant query.
func (a Access) query(ctx context.Context, i instance, text string) ([]sample, error) {
	path := "/api/v1/query?" + url.Values{"query": {text}}.Encode()
	result, err := ask[struct {
		ResultType string
		Result     json.RawMessage
	}](ctx, a, i, path)
	if err != nil {
		return nil, err
	}
	out, err := samples(result.ResultType, result.Result)
	if err != nil {
		return nil, probe.No(probe.Content, "%s/api/v1/query: %w", i.base, err)
	}
	return out, nil
}

// samples reads a result of one of the types that hold one value for each
// series.
func samples(kind string, raw json.RawMessage) ([]sample, error) {
	switch kind {
	case "vector":
		var vector []struct {
			Metric map[string]string
			Value  [2]any
		}
		if err := json.Unmarshal(raw, &vector); err != nil {
			return nil, fmt.Errorf("want a vector, got something else that is called one")
		}
		out := make([]sample, len(vector))
		for n, v := range vector {
			out[n] = sample{labels: v.Metric, value: valueOf(v.Value)}
		}
		return out, nil
	case "scalar":
		var scalar [2]any
		if err := json.Unmarshal(raw, &scalar); err != nil {
			return nil, fmt.Errorf("want a scalar, got something else that is called one")
		}
		return []sample{{value: valueOf(scalar)}}, nil
	}
	return nil, fmt.Errorf("want a query whose result is a vector or a scalar, got a %s", begin(probehttp.Line(kind)))
}

// valueOf reads a pair of a time and a value. What has no value is written as
// what Prometheus calls no number.
func valueOf(pair [2]any) string {
	if text, ok := pair[1].(string); ok {
		return text
	}
	return "NaN"
}

// series writes labels as PromQL does.
func (s sample) series() string {
	labels := map[string]string{}
	for name, value := range s.labels {
		if name != "__name__" {
			labels[name] = value
		}
	}
	var out []string
	for _, pair := range slices.Sorted(strings.SplitSeq(labelsOf(labels), ",")) {
		if name, value, found := strings.Cut(pair, "="); found {
			out = append(out, fmt.Sprintf("%s=%q", name, value))
		}
	}
	return begin(probehttp.Line(s.labels["__name__"] + "{" + strings.Join(out, ",") + "}"))
}

// Query is the probe of a promql step.
func (a Access) Query(step hookspec.PromQL) probe.Probe {
	return a.each(func(ctx context.Context, i instance) error {
		got, err := a.query(ctx, i, step.Query)
		if err != nil {
			return err
		}
		if why := judgeSamples(step, got); why != "" {
			return probe.NotYet(probe.Content, "%s: query %q: %s", i.called(""), begin(step.Query), why)
		}
		return nil
	}, fmt.Sprintf("query %q is as wanted", begin(step.Query)))
}

// judgeSamples says why got is not what step wants; "" if it is.
func judgeSamples(step hookspec.PromQL, got []sample) string {
	switch {
	case step.Empty && len(got) > 0:
		return fmt.Sprintf("want no sample, got %d, one of them %s is %s", len(got), got[0].series(), probehttp.Line(got[0].value))
	case step.Empty:
		return ""
	case len(got) == 0:
		return "want samples, got none"
	}
	want := step.Each
	if want == nil {
		want = step.Any
	}
	wrong := ""
	for _, s := range got {
		why := want.Judge(s.series(), s.value, true)
		switch {
		case why == "" && step.Any != nil:
			return ""
		case why != "" && wrong == "":
			wrong = why
		}
	}
	if wrong != "" && step.Any != nil {
		return fmt.Sprintf("none of %d samples is %s, one of them: %s", len(got), want.Want(), wrong)
	}
	return wrong
}
