// Package backup takes a backup of a CloudNative-PG cluster and sees it through:
// it decides whether one can be taken, makes the Backup object or adopts the one
// that serves, follows it to its end, looks for it in the object store, and
// clears away what it made before.
//
// It knows what the states of clusters and Backups mean for a backup. It never
// touches a Backup that a hook did not make, and it does not wait: every call
// looks once.
package backup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/cnpg"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

// New is the probe of a cnpg.backup step whose keys all have their values. It
// asks api and reads the time from now.
func New(api *kube.Client, step hookspec.CNPGBackup, now func() time.Time) probe.Probe {
	if step.Namespace == "" {
		step.Namespace = api.Namespace()
	}
	return &follower{api: api, step: step, now: now}
}

// A follower keeps what it knows from one look to the next.
type follower struct {
	api  *kube.Client
	step hookspec.CNPGBackup
	now  func() time.Time

	cluster cnpg.Cluster
	name    string    // the Backup that is followed; "" before there is one
	adopted bool      // it was there before us
	passing time.Time // when a state that may pass was seen first
	window  time.Time // when the recovery window was looked at first
}

// Ask looks once. The first looks find or make the Backup, the others follow it.
func (f *follower) Ask(ctx context.Context) (probe.Yes, error) {
	if f.name == "" {
		if err := f.begin(ctx); err != nil {
			return probe.Yes{}, err
		}
	}
	obj, err := f.api.Get(ctx, f.ref())
	if _, gone := kube.Absent(err); gone {
		return probe.Yes{}, probe.No(probe.Absent, "%s was deleted before it was completed", f.ref())
	}
	if err != nil {
		return probe.Yes{}, err
	}
	return f.judge(ctx, Backup{obj})
}

func (f *follower) ref() kube.Ref { return backupRef(f.step.Namespace, f.name) }

// begin finds or makes the Backup to follow. Its error says why there is none.
func (f *follower) begin(ctx context.Context) error {
	obj, err := f.api.Get(ctx, cnpg.ClusterRef(f.step.Namespace, f.step.Cluster))
	if a, gone := kube.Absent(err); gone {
		return absent(f.step, a)
	}
	if err != nil {
		return err
	}
	f.cluster = cnpg.Cluster{Unstructured: obj}
	backups, err := f.list(ctx)
	if err != nil {
		return err
	}
	m := decide(view{step: f.step, cluster: f.cluster, backups: backups, now: f.now(), since: f.passing})
	f.remember(m)
	return f.do(ctx, m)
}

// remember keeps since when a state that may pass lasts.
func (f *follower) remember(m move) {
	switch {
	case !m.passing:
		f.passing = time.Time{}
	case f.passing.IsZero():
		f.passing = f.now()
	}
}

func (f *follower) list(ctx context.Context) ([]Backup, error) {
	objects, err := f.api.List(ctx, backupRef(f.step.Namespace, ""), "")
	if err != nil {
		return nil, err
	}
	out := make([]Backup, len(objects))
	for i := range objects {
		out[i] = Backup{&objects[i]}
	}
	return out, nil
}

func (f *follower) do(ctx context.Context, m move) error {
	switch {
	case m.answer != nil:
		return m.answer
	case m.follow != "":
		f.name, f.adopted = m.follow, true
		return nil
	case m.sweep != nil:
		return f.sweep(ctx, m.sweep)
	}
	made, err := f.api.Create(ctx, backupRef(f.step.Namespace, m.create), newBackup(f.cluster, f.step, m.create))
	if errors.Is(err, kube.ErrExists) {
		return err // another run was faster; the next look adopts its Backup
	}
	if err != nil {
		return err
	}
	f.name = made.GetName()
	return nil
}

// sweep deletes our own leftovers.
func (f *follower) sweep(ctx context.Context, leftovers []Backup) error {
	for _, b := range leftovers {
		if err := f.delete(ctx, b); err != nil {
			return err
		}
	}
	return probe.NotYet(probe.Other, "deleted what an earlier hook left behind: %s", list(leftovers, f.now()))
}

// delete removes b as it was seen: one that has started in between stays. One
// that is gone already is fine.
func (f *follower) delete(ctx context.Context, b Backup) error {
	err := f.api.Delete(ctx, b.ref(), b.Unstructured)
	if _, gone := kube.Absent(err); gone {
		return nil
	}
	return err
}

// Abandon deletes the Backup if it never started: it would block every later
// one. One that runs stays, for the retry of the sync to adopt.
func (f *follower) Abandon(ctx context.Context) string {
	if f.name == "" {
		return ""
	}
	obj, err := f.api.Get(ctx, f.ref())
	if _, gone := kube.Absent(err); gone {
		return ""
	}
	if err != nil {
		return fmt.Sprintf("left %s as it is: %v", f.ref(), err)
	}
	b := Backup{obj}
	switch {
	case b.executing():
		next := "the next sync of the same revision"
		if f.step.Revision == "" {
			next = "the next sync"
		}
		return fmt.Sprintf("left %s running: %s waits for it", b.ref(), next)
	case !b.stuck():
		return ""
	}
	if err := f.delete(ctx, b); err != nil {
		return fmt.Sprintf("left %s (%s), which blocks every later backup: %v", b.ref(), b.phaseName(), err)
	}
	return fmt.Sprintf("deleted %s: it never started and would block every later backup", b.ref())
}

// objectOf is a helper for reading maps out of objects.
func objectOf(obj *unstructured.Unstructured, path ...string) map[string]any {
	m, _, _ := unstructured.NestedMap(obj.Object, path...)
	return m
}
