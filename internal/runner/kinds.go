package runner

import (
	"context"
	"fmt"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/tcp"
	probetls "github.com/argocd-safesync/argocd-safesync/internal/probe/tls"
)

// A maker makes the probe of a step whose keys all have their values, before any
// step runs. Its error begins with the path below the kind, such as
// ".tls.caFile: …", or with ": "; it ends the run as a wrong spec.
type maker func(r *run, s *hookspec.Step) (probe.Probe, error)

// makers says which probe answers which kind of step.
var makers = map[string]maker{
	"wait":              makeWait,
	"http":              makeHTTP,
	"tcp":               makeTCP,
	"tls":               makeTLS,
	"rollout":           makeRollout,
	"kubernetes":        makeKubernetes,
	"exec":              makeExec,
	"cnpg.backup":       makeBackup,
	"cnpg.healthy":      makeHealthy,
	"cnpg.instances":    makeInstances,
	"cnpg.connect":      makeConnect,
	"cnpg.replication":  makeReplication,
	"cnpg.walArchiving": makeWALArchiving,

	"authentik.login": makeAuthentikLogin,

	"prometheus.ready":         makePrometheusReady,
	"prometheus.config":        makePrometheusConfig,
	"prometheus.targets":       makePrometheusTargets,
	"prometheus.alertmanagers": makePrometheusAlertmanagers,
	"promql":                   makePromQL,

	"postgres.dump":  makePostgresDump,
	"s3.roundTrip":   makeS3RoundTrip,
	"s3.freshness":   makeS3Freshness,
	"s3.barman":      makeS3Barman,
	"s3.replication": makeS3Replication,
	"minio.health":   makeMinIOHealth,

	"loki.ready":     makeLokiReady,
	"loki.labels":    makeLokiLabels,
	"loki.roundTrip": makeLokiRoundTrip,

	"syncFailure": makeSyncFailure,
}

func makeWait(_ *run, s *hookspec.Step) (probe.Probe, error) {
	d := s.Wait.Std()
	return probe.Func(func(ctx context.Context) (probe.Yes, error) {
		if !pause(ctx, d) {
			return probe.Yes{}, probe.NotYet(probe.Other, "waiting for %s", s.Wait.Duration)
		}
		return probe.Yes{Saw: "waited " + s.Wait.String()}, nil
	}), nil
}

func makeTCP(_ *run, s *hookspec.Step) (probe.Probe, error) { return tcp.New(s.TCP.Address), nil }

func makeTLS(r *run, s *hookspec.Step) (probe.Probe, error) {
	trust, err := r.trust(&s.TLS.ClientTLS, "")
	if err != nil {
		return nil, err
	}
	client, err := trust.Config()
	if err != nil {
		return nil, fmt.Errorf(".caFile: %w", err)
	}
	return probetls.New(probetls.Config{Address: s.TLS.Address, Client: client, MinDaysLeft: *s.TLS.MinDaysLeft}), nil
}

func makeHTTP(r *run, s *hookspec.Step) (probe.Probe, error) { return r.http(s.HTTP, "") }

// http makes a probe of h, which is at path below the step's kind.
func (r *run) http(h *hookspec.HTTP, path string) (probe.Probe, error) {
	c, err := r.httpConfig(h, path)
	if err != nil {
		return nil, err
	}
	if pods := h.Pods(); pods != nil {
		return r.perPod(c, pods)
	}
	return probehttp.New(c), nil
}

// httpConfig resolves the references of h.
func (r *run) httpConfig(h *hookspec.HTTP, path string) (c probehttp.Config, err error) {
	c.HTTP = *h
	if h.TLS != (hookspec.ClientTLS{}) {
		trust, err := r.trust(&h.TLS, path+".tls")
		if err != nil {
			return c, err
		}
		if c.Client, err = trust.Config(); err != nil {
			return c, fmt.Errorf("%s.tls.caFile: %w", path, err)
		}
	}
	if h.Auth != nil {
		c.Credentials, err = r.credentials(h.Auth, path+".auth")
	}
	return c, err
}

func (r *run) credentials(auth *hookspec.HTTPAuth, path string) (c probehttp.Credentials, err error) {
	if auth.Basic != nil {
		c.Basic = true
		c.Username, c.Password, err = r.basic(auth.Basic, path+".basic")
		return c, err
	}
	token, err := r.secret(auth.Bearer, path+".bearer")
	c.Bearer = &token
	return c, err
}

func (r *run) trust(c *hookspec.ClientTLS, path string) (probe.Trust, error) {
	t := probe.Trust{Anyone: c.InsecureSkipVerify, ServerName: c.ServerName}
	if c.CAFile == "" {
		return t, nil
	}
	ca, err := r.env.ReadFile(c.CAFile)
	if err != nil {
		return t, fmt.Errorf("%s.caFile: %w", path, err)
	}
	t.CA = append([]byte{}, ca...) // not nil: an empty file is not "the system's"
	return t, nil
}
