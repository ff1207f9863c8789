package runner

import (
	"fmt"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/backup"
	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/cnpg"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

// kube is the client of all steps that need the Kubernetes API; a run without
// such a step needs no token.
func (r *run) kube() (*kube.Client, error) {
	if r.api != nil {
		return r.api, nil
	}
	api, err := kube.Connect(r.env.Kubeconfig, r.env.Namespace)
	if err != nil {
		return nil, fmt.Errorf(": %w", err)
	}
	r.api = api
	return api, nil
}

func makeRollout(r *run, s *hookspec.Step) (probe.Probe, error) {
	api, err := r.kube()
	if err != nil {
		return nil, err
	}
	rollout := kube.Rolled(api, *s.Rollout)
	if s.Rollout.Watch == nil {
		return rollout, nil
	}
	return r.watch(rollout, s.Rollout.Watch, ".watch")
}

func makeKubernetes(r *run, s *hookspec.Step) (probe.Probe, error) {
	api, err := r.kube()
	if err != nil {
		return nil, err
	}
	return kube.Object(api, *s.Kubernetes), nil
}

func makeExec(r *run, s *hookspec.Step) (probe.Probe, error) {
	api, err := r.kube()
	if err != nil {
		return nil, err
	}
	return kube.Command(api, *s.Exec), nil
}

func makeBackup(r *run, s *hookspec.Step) (probe.Probe, error) {
	api, err := r.kube()
	if err != nil {
		return nil, err
	}
	return backup.New(api, *s.CNPGBackup, time.Now), nil
}

func makeHealthy(r *run, s *hookspec.Step) (probe.Probe, error) {
	return r.cnpg(func(a cnpg.Access) probe.Probe { return a.IsHealthy(*s.CNPGHealthy) })
}

func makeInstances(r *run, s *hookspec.Step) (probe.Probe, error) {
	return r.cnpg(func(a cnpg.Access) probe.Probe { return a.HasInstances(*s.CNPGInstances) })
}

func makeConnect(r *run, s *hookspec.Step) (probe.Probe, error) {
	return r.cnpg(func(a cnpg.Access) probe.Probe { return a.Connects(*s.CNPGConnect) })
}

func makeReplication(r *run, s *hookspec.Step) (probe.Probe, error) {
	return r.cnpg(func(a cnpg.Access) probe.Probe { return a.Replicates(*s.CNPGReplication) })
}

func makeWALArchiving(r *run, s *hookspec.Step) (probe.Probe, error) {
	return r.cnpg(func(a cnpg.Access) probe.Probe { return a.ArchivesWAL(*s.CNPGWALArchive) })
}

func (r *run) cnpg(ask func(cnpg.Access) probe.Probe) (probe.Probe, error) {
	api, err := r.kube()
	if err != nil {
		return nil, err
	}
	return ask(cnpg.Access{API: api, Shell: api.Exec}), nil
}
