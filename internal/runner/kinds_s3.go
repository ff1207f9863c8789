package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/s3"
)

func makeS3RoundTrip(r *run, s *hookspec.Step) (probe.Probe, error) {
	store, err := r.s3(&s.S3RoundTrip.S3Server)
	if err != nil {
		return missingSecret(err)
	}
	return store.RoundTrip(*s.S3RoundTrip), nil
}

func makeMinIOHealth(r *run, s *hookspec.Step) (probe.Probe, error) {
	server := s3.Server{}
	if err := r.trustS3(&server, &s.MinIOHealth.TLS); err != nil {
		return nil, err
	}
	return r.unlessFirst(&s.MinIOHealth.FirstInstall, s3.Health(*s.MinIOHealth, server.Client))
}

// s3 connects to the server of an s3 step.
func (r *run) s3(server *hookspec.S3Server) (*s3.Store, error) {
	out := s3.Server{Endpoint: server.Endpoint, Region: server.Region, RequestTimeout: server.RequestTimeout.Std()}
	if err := r.trustS3(&out, &server.TLS); err != nil {
		return nil, err
	}
	var err error
	if out.AccessKey, err = r.secret(server.Credentials.AccessKey, ".credentials.accessKey"); err != nil {
		return nil, err
	}
	if out.SecretKey, err = r.secret(server.Credentials.SecretKey, ".credentials.secretKey"); err != nil {
		return nil, err
	}
	store, err := s3.Connect(out)
	if err != nil {
		return nil, fmt.Errorf(": %w", err)
	}
	return store, nil
}

func (r *run) trustS3(server *s3.Server, c *hookspec.ClientTLS) error {
	trust, err := r.trust(c, ".tls")
	if err != nil {
		return err
	}
	if server.Client, err = trust.Config(); err != nil {
		return fmt.Errorf(".tls.caFile: %w", err)
	}
	return nil
}

// missingSecret is the probe of a step whose Secret may be missing, and is.
// Another error is one of the spec.
func missingSecret(err error) (probe.Probe, error) {
	missing, ok := errors.AsType[*absentSecret](err)
	if !ok {
		return nil, err
	}
	return noSecret{missing}, nil
}

// noSecret is a probe that has nobody to ask as.
type noSecret struct{ missing *absentSecret }

// Ask says what is missing.
func (n noSecret) Ask(context.Context) (probe.Yes, error) { return probe.Yes{}, n.missing.answer() }

// unlessFirst skips a step on a first install: where nothing answers, or the
// Secret is not there, and the workload does not exist either. A server whose
// workload exists is down, and that is no reason to go on.
func (r *run) unlessFirst(first *hookspec.FirstInstall, inner probe.Probe) (probe.Probe, error) {
	workload := first.Object()
	if workload == nil {
		return inner, nil
	}
	api, err := r.kube()
	if err != nil {
		return nil, err
	}
	return probe.Func(func(ctx context.Context) (probe.Yes, error) {
		yes, err := inner.Ask(ctx)
		_, unarmed := inner.(noSecret)
		if !unarmed && probe.CauseOf(err) != probe.Refused && probe.CauseOf(err) != probe.DNS {
			return yes, err
		}
		absent, kubeErr := api.Missing(ctx, *workload)
		switch {
		case absent != nil:
			return probe.Yes{}, probe.Skip("%w, and %w: a first install, nothing to lose yet", err, absent)
		case kubeErr != nil:
			return probe.Yes{}, kubeErr
		}
		return probe.Yes{}, err
	}), nil
}

func makeS3Freshness(r *run, s *hookspec.Step) (probe.Probe, error) {
	return r.backups(&s.S3Freshness.S3Backups, func(store *s3.Store) probe.Probe { return store.Fresh(*s.S3Freshness, time.Now) })
}

func makeS3Barman(r *run, s *hookspec.Step) (probe.Probe, error) {
	return r.backups(&s.S3Barman.S3Backups, func(store *s3.Store) probe.Probe { return store.Barman(*s.S3Barman, time.Now) })
}

func makeS3Replication(r *run, s *hookspec.Step) (probe.Probe, error) {
	return r.backups(&s.S3Replication.S3Backups, func(store *s3.Store) probe.Probe { return store.Replicated(*s.S3Replication) })
}

// backups makes a probe that looks at backups.
func (r *run) backups(b *hookspec.S3Backups, look func(*s3.Store) probe.Probe) (probe.Probe, error) {
	var inner probe.Probe
	store, err := r.s3(&b.S3Server)
	if err == nil {
		inner = look(store)
	} else if inner, err = missingSecret(err); err != nil {
		return nil, err
	}
	return r.unlessFirst(&b.FirstInstall, inner)
}
