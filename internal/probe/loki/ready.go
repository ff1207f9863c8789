package loki

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
)

// Ready is the probe of a loki.ready step.
func (a Access) Ready() probe.Probe {
	return probe.Func(func(ctx context.Context) (probe.Yes, error) {
		const path = "/ready"
		answer, err := a.send(ctx, http.MethodGet, a.At.URL, path, "")
		if err != nil {
			return probe.Yes{}, err
		}
		place := strings.TrimRight(a.At.URL, "/") + path
		switch {
		case answer.Status == http.StatusServiceUnavailable:
			return probe.Yes{}, probe.NotYet("503", "%s 503: %s", place, reason(answer))
		case answer.Status == http.StatusNotFound:
			return probe.Yes{}, probe.No("404", "%s: 404: a gateway has no /ready: give the URL of Loki itself", place)
		case answer.Status != http.StatusOK:
			return probe.Yes{}, a.unexpected(answer, "200")
		case answer.Text() != "ready":
			// Whoever answers every path with a page says nothing about Loki.
			return probe.Yes{}, probe.NotYet(probe.Content, "%s: want the word ready, got %.60q", place, answer.Text())
		}
		return probe.Yes{Saw: place + ": ready"}, nil
	})
}

// reason is why Loki is not ready: it says which part waits for what.
func reason(answer *probehttp.Answer) string {
	if text := answer.Text(); text != "" && !strings.HasPrefix(text, "<") {
		return text
	}
	return "Service Unavailable"
}

// Labels is the probe of a loki.labels step. A store that holds nothing yet has
// none, which is no mistake.
func (a Access) Labels() probe.Probe {
	return probe.Func(func(ctx context.Context) (probe.Yes, error) {
		answer, err := a.get(ctx, "/loki/api/v1/labels")
		if err != nil {
			return probe.Yes{}, err
		}
		var said struct {
			Status string
			Data   []string
		}
		if err := success(answer, &said.Status, &said); err != nil {
			return probe.Yes{}, err
		}
		return probe.Yes{Saw: fmt.Sprintf("%s: %d labels", answer.Place, len(said.Data))}, nil
	})
}
