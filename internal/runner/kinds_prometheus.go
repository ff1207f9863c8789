package runner

import (
	"context"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/prometheus"
)

func makePrometheusReady(r *run, s *hookspec.Step) (probe.Probe, error) {
	a, err := r.prometheus(&s.PrometheusReady.Prometheus)
	return a.Ready(), err
}

func makePrometheusConfig(r *run, s *hookspec.Step) (probe.Probe, error) {
	a, err := r.prometheus(&s.PrometheusConfig.Prometheus)
	return a.Configured(), err
}

func makePrometheusTargets(r *run, s *hookspec.Step) (probe.Probe, error) {
	a, err := r.prometheus(&s.PrometheusTargets.Prometheus)
	return a.Targets(*s.PrometheusTargets), err
}

func makePrometheusAlertmanagers(r *run, s *hookspec.Step) (probe.Probe, error) {
	a, err := r.prometheus(&s.PrometheusAlertmanagers.Prometheus)
	return a.Alertmanagers(*s.PrometheusAlertmanagers), err
}

func makePromQL(r *run, s *hookspec.Step) (probe.Probe, error) {
	a, err := r.prometheus(&s.PromQL.Prometheus)
	return a.Query(*s.PromQL), err
}

// prometheus makes the access to a Prometheus: to its Service, or to each of the
// pods that the Kubernetes API lists.
func (r *run) prometheus(at *hookspec.Prometheus) (prometheus.Access, error) {
	request := at.Request()
	config, err := r.httpConfig(&request, "")
	a := prometheus.Access{At: *at, HTTP: config, Now: time.Now}
	if err != nil || at.Selector() == "" {
		return a, err
	}
	api, err := r.kube()
	if err != nil {
		return a, err
	}
	a.Replicas = func(ctx context.Context) ([]prometheus.Replica, error) {
		pods, err := api.Addresses(ctx, at.Namespace, at.Selector())
		out := make([]prometheus.Replica, len(pods))
		for i, p := range pods {
			out[i] = prometheus.Replica{Name: p.Name, IP: p.IP}
		}
		return out, err
	}
	return a, nil
}
