package runner

import (
	"crypto/rand"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/loki"
)

func makeLokiReady(r *run, s *hookspec.Step) (probe.Probe, error) {
	a, err := r.loki(&s.LokiReady.Loki)
	return a.Ready(), err
}

func makeLokiLabels(r *run, s *hookspec.Step) (probe.Probe, error) {
	a, err := r.loki(&s.LokiLabels.Loki)
	return a.Labels(), err
}

func makeLokiRoundTrip(r *run, s *hookspec.Step) (probe.Probe, error) {
	a, err := r.loki(&s.LokiRoundTrip.Loki)
	return a.RoundTrip(*s.LokiRoundTrip, rand.Text()), err
}

func (r *run) loki(at *hookspec.Loki) (loki.Access, error) {
	request := at.Request()
	config, err := r.httpConfig(&request, "")
	return loki.Access{At: *at, HTTP: config, Now: time.Now}, err
}
