package backup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/cnpg"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

// judge says how far the Backup is.
func (f *follower) judge(ctx context.Context, b Backup) (probe.Yes, error) {
	switch {
	case b.completed():
		return f.finish(ctx, b)
	case b.phase() == phaseFailed:
		// The reason of the failure matters more than what is left to tidy.
		_, _ = f.prune(ctx)
		return probe.Yes{}, probe.No(probe.Content, "%s failed: %s", b.ref(), b.whyFailed()+f.logOf(b))
	case b.phase() == phaseInvalid:
		return probe.Yes{}, probe.No(probe.Content, "%s is not accepted by the operator (%s): %s", b.ref(), phaseInvalid, b.whyFailed())
	case b.executing():
		return probe.Yes{}, probe.NotYet(probe.Content, "%s", executingWords(b, f.now()))
	}
	backups, err := f.list(ctx)
	if err != nil {
		return probe.Yes{}, err
	}
	return probe.Yes{}, probe.NotYet(probe.Content, "%s", waitingWords(b, backups, f.now()))
}

// logOf is where the reason of a failure stands. What the operator knows of it is
// often no more than an exit code.
func (f *follower) logOf(b Backup) string {
	pod := b.text("status", "instanceID", "podName")
	container := ""
	switch {
	case f.step.Method == methodBarman:
		container = "postgres"
	case f.step.Method == methodPlugin && f.step.PluginName == barmanPlugin:
		container = "plugin-barman-cloud"
	}
	if pod == "" || container == "" {
		return ""
	}
	return fmt.Sprintf("; look at its log: kubectl -n %s logs %s -c %s", b.GetNamespace(), pod, container)
}

// slow is how long a backup runs before a message says what may hold it: it
// cannot end before the WAL it needs is archived, and that has no limit.
const slow = 5 * time.Minute

func executingWords(b Backup, now time.Time) string {
	on, still, stuck := "", "", ""
	if pod := b.text("status", "instanceID", "podName"); pod != "" {
		on = " on " + pod
	}
	if b.age(now) >= slow {
		still, stuck = "still ", ": is the database large, or WAL archiving stuck?"
	}
	return fmt.Sprintf("%s %s%s for %s%s%s", b.ref(), still, b.phase(), round(b.age(now)), on, stuck)
}

// waitingWords says what a backup that has not started waits for.
func waitingWords(b Backup, backups []Backup, now time.Time) string {
	text := fmt.Sprintf("%s %s for %s", b.ref(), b.phaseName(), round(b.age(now)))
	if older := ahead(b, backups); len(older) > 0 {
		text += " behind older " + list(older, now)
	}
	if why := b.text("status", "error"); why != "" {
		text += ": " + probe.OneLine(why)
	}
	return text
}

// ahead are the backups of the same cluster that must be done before b starts.
func ahead(b Backup, backups []Backup) []Backup {
	var out []Backup
	for _, o := range backups {
		older := o.GetCreationTimestamp().Time.Before(b.GetCreationTimestamp().Time)
		if older && !o.done() && o.of(b.text("spec", "cluster", "name")) {
			out = append(out, o)
		}
	}
	return out
}

// finish proves a completed backup, tidies, and tells how to restore from it.
func (f *follower) finish(ctx context.Context, b Backup) (probe.Yes, error) {
	warnings, err := f.provenInStore(ctx, b)
	if err != nil {
		return probe.Yes{}, err
	}
	more, err := f.prune(ctx)
	if err != nil {
		return probe.Yes{}, err
	}
	return probe.Yes{
		Saw:      f.summary(b),
		News:     f.summary(b),
		Warnings: append(warnings, more...),
		Note:     restoreNote(f.cluster, b, f.step),
	}, nil
}

// summary is the closing line.
func (f *follower) summary(b Backup) string {
	text := fmt.Sprintf("%s completed", b.ref())
	if start, stop := b.time("startedAt"), b.time("stoppedAt"); !start.IsZero() && !stop.IsZero() {
		text += " in " + round(stop.Sub(start))
	}
	if id := b.text("status", "backupId"); id != "" {
		text += ", id " + id
	}
	if begin, end := b.text("status", "beginWal"), b.text("status", "endWal"); begin != "" && end != "" {
		text += fmt.Sprintf(", WAL %s to %s", begin, end)
	}
	switch {
	case f.adopted && f.step.Revision == "":
		text += " (an earlier hook began it; neither knows its revision)"
	case f.adopted:
		text += fmt.Sprintf(" (taken %s ago for the same revision)", round(max(f.now().Sub(b.ended()), 0)))
	}
	if f.cluster.Replica() {
		text += " (of a replica cluster: its data is as new as what it has received)"
	}
	return text
}

// provenInStore looks whether the object store knows a backup as new as b. The
// plugin's sidecar writes that a while later, and what it writes proves less
// than the completed Backup, so that the end is a warning and not a no.
func (f *follower) provenInStore(ctx context.Context, b Backup) ([]string, error) {
	if f.step.ObjectStore == "" || f.step.Method != methodPlugin {
		return nil, nil
	}
	if f.window.IsZero() {
		f.window = f.now()
	}
	ref := kube.Kind{APIVersion: cnpg.BarmanAPIVersion, Name: "ObjectStore", Plural: "objectstores"}.At(f.step.Namespace, f.step.ObjectStore)
	why := ""
	store, err := f.api.Get(ctx, ref)
	switch {
	case errors.Is(err, probe.ErrDenied):
		return nil, err
	case err != nil:
		why = err.Error()
	default:
		why = notInWindow(ref, store, f.serverName(), b)
	}
	switch {
	case why == "":
		return nil, nil
	case f.now().Sub(f.window) < f.step.RecoveryWindowWait.Std():
		return nil, probe.NotYet(probe.Content, "%s is completed; %s", b.ref(), why)
	}
	return []string{fmt.Sprintf("%s is completed, but %s", b.ref(), why)}, nil
}

func (f *follower) serverName() string {
	plugin, _ := f.cluster.Plugin(f.step.PluginName)
	return f.cluster.ServerName(plugin)
}

// notInWindow is "" where the store's recovery window of server reaches b.
func notInWindow(ref kube.Ref, store *unstructured.Unstructured, server string, b Backup) string {
	window := objectOf(store, "status", "serverRecoveryWindow", server)
	last, _ := window["lastSuccessfulBackupTime"].(string)
	if last == "" {
		return fmt.Sprintf("%s shows no backup of server %s", ref, server)
	}
	t, err := time.Parse(time.RFC3339, last)
	if err != nil || t.Before(b.time("startedAt")) {
		return fmt.Sprintf("%s shows the last backup of server %s at %s, before this one began", ref, server, last)
	}
	return ""
}

// prune deletes our own old Backups of the cluster. A refusal is an error, the
// rest are warnings: the backup is taken.
func (f *follower) prune(ctx context.Context) (warnings []string, err error) {
	backups, err := f.list(ctx)
	if err != nil {
		return f.notPruned(err)
	}
	for _, b := range surplus(view{cluster: f.cluster, backups: backups}.own(), f.name, *f.step.Keep) {
		if err := f.delete(ctx, b); err != nil {
			return f.notPruned(err)
		}
	}
	return nil, nil
}

func (f *follower) notPruned(err error) ([]string, error) {
	if errors.Is(err, probe.ErrDenied) {
		return nil, err
	}
	return []string{"old Backups are left: " + err.Error()}, nil
}

// surplus are the Backups beyond the newest keep completed and the newest keep
// failed ones. The one of this run always stays. Deleting the object leaves the
// data in the store, which the store's own retention removes.
func surplus(own []Backup, current string, keep int) []Backup {
	slices.SortStableFunc(own, func(a, b Backup) int {
		return b.GetCreationTimestamp().Time.Compare(a.GetCreationTimestamp().Time)
	})
	kept := map[string]int{}
	var out []Backup
	for _, b := range own {
		if !b.done() {
			continue
		}
		if kept[b.phase()]++; kept[b.phase()] > keep && b.GetName() != current {
			out = append(out, b)
		}
	}
	return out
}
