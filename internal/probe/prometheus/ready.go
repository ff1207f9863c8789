package prometheus

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
)

// Ready is the probe of a prometheus.ready step.
func (a Access) Ready() probe.Probe {
	return a.each(func(ctx context.Context, i instance) error {
		const path = "/-/ready"
		answer, err := a.get(ctx, i, path)
		switch {
		case err != nil:
			return err
		case answer.Status == http.StatusServiceUnavailable:
			return probe.NotYet("503", "%s not ready: 503 (%s)", i.called(path), stopping(answer))
		case answer.Status != http.StatusOK:
			return answer.Unexpected("200")
		case !strings.Contains(answer.Text(), "Ready"):
			// A proxy or another server that answers every path with a page.
			return probe.NotYet(probe.Content, "%s: want Prometheus to say that it is ready, got %q", answer.Place, begin(answer.Text()))
		}
		return nil
	}, "ready")
}

// stopping reads the header that tells a server that starts from one that ends.
func stopping(answer *probehttp.Answer) string {
	const header = "X-Prometheus-Stopping"
	switch answer.Header.Get(header) {
	case "false":
		return header + "=false, WAL replay?"
	case "true":
		return header + "=true, it is shutting down"
	default: // before version 2.47
		return "WAL replay?"
	}
}

// Configured is the probe of a prometheus.config step.
func (a Access) Configured() probe.Probe {
	return a.each(func(ctx context.Context, i instance) error {
		const path = "/api/v1/status/runtimeinfo"
		info, err := ask[struct {
			ReloadConfigSuccess *bool
			LastConfigTime      string
		}](ctx, a, i, path)
		switch {
		case err != nil:
			return err
		case info.ReloadConfigSuccess == nil:
			return probe.NotYet(probe.Content, "GET %s%s: want reloadConfigSuccess, got data without it", i.base, path)
		case !*info.ReloadConfigSuccess:
			return probe.NotYet(probe.Content, "%s: config reload failed; the configuration of %s still runs, and its log says what is wrong with the new one",
				i.called(path), probehttp.Line(info.LastConfigTime))
		}
		return nil
	}, "runs the configuration that it was given last")
}

// Alertmanagers is the probe of a prometheus.alertmanagers step.
func (a Access) Alertmanagers(step hookspec.PrometheusAlertmanagers) probe.Probe {
	return a.each(func(ctx context.Context, i instance) error {
		const path = "/api/v1/alertmanagers"
		known, err := ask[struct {
			ActiveAlertmanagers []struct{ URL string }
		}](ctx, a, i, path)
		if err != nil {
			return err
		}
		if n := len(known.ActiveAlertmanagers); n < step.Min {
			return probe.NotYet(probe.Content, "%s: %d active Alertmanagers, want >=%d", i.called(path), n, step.Min)
		}
		return nil
	}, fmt.Sprintf("knows %d Alertmanagers or more", step.Min))
}

// each wants yes of every instance, and reports the first that says no.
func (a Access) each(ask func(context.Context, instance) error, what string) probe.Probe {
	return probe.Func(func(ctx context.Context) (probe.Yes, error) {
		all, err := a.instances(ctx)
		if err != nil {
			return probe.Yes{}, err
		}
		for _, i := range all {
			if err := ask(ctx, i); err != nil {
				return probe.Yes{}, about(i, err)
			}
		}
		return probe.Yes{Saw: names(all) + ": " + what}, nil
	})
}

// about is an answer that does not name its instance by itself, such as one
// about the connection.
func about(i instance, err error) error {
	if i.name == "" || strings.Contains(err.Error(), i.name) {
		return err
	}
	return fmt.Errorf("%s: %w", i.name, err)
}

// names lists the instances of a yes.
func names(all []instance) string {
	const most = 5
	var out []string
	for n, i := range all {
		if n == most {
			out = append(out, fmt.Sprintf("%d more", len(all)-most))
			break
		}
		out = append(out, i.called(""))
	}
	return strings.Join(out, ", ")
}

// begin is as much of a text as a message can bear.
func begin(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
