package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/dump"
	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
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
	return probe.Func(func(context.Context) (probe.Yes, error) { return probe.Yes{}, missing.answer() }), nil
}

// unlessFirst skips a step on a first install, see firstInstall.
func (r *run) unlessFirst(first *hookspec.FirstInstall, inner probe.Probe) (probe.Probe, error) {
	workload := first.Object()
	if workload == nil {
		return inner, nil
	}
	api, err := r.kube()
	if err != nil {
		return nil, err
	}
	return &firstInstall{Probe: inner, api: api, workload: *workload}, nil
}

// A firstInstall skips a step where what it asks for is not there, and the
// workload that would be it does not exist either. A server whose workload exists
// is down, and that is no reason to go on.
type firstInstall struct {
	probe.Probe
	api      *kube.Client
	workload hookspec.Kubernetes
}

// Ask asks, and looks for the workload where nothing is there.
func (f *firstInstall) Ask(ctx context.Context) (probe.Yes, error) {
	yes, err := f.Probe.Ask(ctx)
	if !slices.Contains([]probe.Cause{probe.Refused, probe.DNS, probe.Absent}, probe.CauseOf(err)) {
		return yes, err
	}
	absence, unknown := f.api.Missing(ctx, f.workload)
	switch {
	case absence != nil:
		return probe.Yes{}, probe.Skip("%w, and %w: a first install, nothing to lose yet", err, absence)
	case unknown != nil:
		return probe.Yes{}, unknown
	}
	return probe.Yes{}, err
}

// Abandon puts away what the step has begun.
func (f *firstInstall) Abandon(ctx context.Context) string {
	if a, ok := f.Probe.(probe.Abandoner); ok {
		return a.Abandon(ctx)
	}
	return ""
}

func makePostgresDump(r *run, s *hookspec.Step) (probe.Probe, error) {
	step := s.PostgresDump
	api, err := r.kube()
	if err != nil {
		return nil, err
	}
	var inner probe.Probe
	store, err := r.s3(&step.S3Server)
	if err == nil {
		inner = dump.New(dump.World{Find: api.PodFor, Pipe: api.Pipe, Store: store, Now: time.Now}, *step)
	} else if inner, err = missingSecret(err); err != nil {
		return nil, err
	}
	return r.unlessFirst(&step.FirstInstall, inner)
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
