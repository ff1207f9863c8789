package backup

import (
	"fmt"
	"strings"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/cnpg"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

// A view is what one look at the cluster and its backups saw, before one of the
// backups is ours to follow.
type view struct {
	step    hookspec.CNPGBackup
	cluster cnpg.Cluster
	backups []Backup // all of the namespace
	now     time.Time
	// since is when something that may pass was seen first.
	since time.Time
}

// A move is what to do next. Exactly one field is set.
type move struct {
	follow string   // the name of a backup of ours that serves
	sweep  []Backup // our own leftovers, to be deleted
	create string   // the name of a backup to make
	answer error    // skip, no, or not yet
	// passing marks a not yet whose patience is limited by settle.
	passing bool
}

// decide finds the next move.
func decide(v view) move {
	if name := v.serves(); name != "" {
		return move{follow: name}
	}
	if m := v.state(); m.answer != nil {
		return m
	}
	if m := v.setup(); m.answer != nil {
		return m
	}
	if m := v.queue(); m.answer != nil || m.sweep != nil {
		return m
	}
	return move{create: freeName(v.cluster.GetName(), v.step.Revision, v.now, v.backups)}
}

// absent is the answer for a cluster that is not there: on the first install
// there is nothing to lose.
func absent(step hookspec.CNPGBackup, a *kube.Absence) error {
	if step.RequireBackup {
		return probe.No(probe.Absent, "%w: want a backup of it (requireBackup)", a)
	}
	return probe.Skip("%w: nothing to back up yet", a)
}

// serves names a backup of ours that needs no other beside it: one that still
// runs, or a completed one that is young enough. Only the revision that is being
// synced counts, and only this cluster, not one that had its name before. Where
// no revision is known, a completed one may be of a sync before this one.
func (v view) serves() string {
	best := ""
	var newest time.Time
	for _, b := range v.own() {
		if b.GetAnnotations()[annotationRevision] != v.step.Revision || b.GetCreationTimestamp().Time.Before(v.cluster.GetCreationTimestamp().Time) {
			continue
		}
		young := v.step.Revision != "" && v.step.MaxAge != nil && b.completed() && v.now.Sub(b.ended()) < v.step.MaxAge.Std()
		hopeful := b.executing() || b.stuck() && b.phase() != phaseInvalid
		if (young || hopeful) && !b.GetCreationTimestamp().Time.Before(newest) {
			best, newest = b.GetName(), b.GetCreationTimestamp().Time
		}
	}
	return best
}

// own are the backups of the cluster that a hook made.
func (v view) own() []Backup {
	var out []Backup
	for _, b := range v.backups {
		if b.of(v.cluster.GetName()) && b.ours() {
			out = append(out, b)
		}
	}
	return out
}

// state answers for clusters that cannot be backed up as they are.
func (v view) state() move {
	state, why := v.cluster.State()
	switch state {
	case cnpg.Healthy:
		return move{}
	case cnpg.Hibernated:
		if v.step.RequireBackup {
			return move{answer: probe.No(probe.Content, "%s %s: want a backup of it (requireBackup)", v.cluster.Ref(), why)}
		}
		return move{answer: probe.Skip("%s %s: no backup can be taken", v.cluster.Ref(), why)}
	case cnpg.Passing, cnpg.Unplugged:
		return v.patient(why)
	default:
		return v.unwell(why)
	}
}

// patient waits for a state to pass, as long as settle says.
func (v view) patient(why string) move {
	waited := time.Duration(0)
	if !v.since.IsZero() {
		waited = v.now.Sub(v.since)
	}
	if waited >= v.step.Settle.Std() {
		return v.unwell(fmt.Sprintf("%s, for %s already", why, round(waited)))
	}
	return move{answer: probe.NotYet(probe.Content, "%s %s (waiting up to %s)", v.cluster.Ref(), why, v.step.Settle), passing: true}
}

// unwell ends the step for a cluster that is not well. Going on without a backup
// is the default because the sync may be what mends it.
func (v view) unwell(why string) move {
	switch {
	case v.step.RequireBackup:
		return move{answer: probe.No(probe.Content, "%s %s: want a backup of it (requireBackup)", v.cluster.Ref(), why)}
	case v.step.OnUnhealthy == "fail":
		return move{answer: probe.No(probe.Content, "%s %s: no backup can be taken (onUnhealthy: fail)", v.cluster.Ref(), why)}
	}
	return move{answer: probe.Skip("%s %s: no backup taken (onUnhealthy: skip)", v.cluster.Ref(), why)}
}

// setup answers for clusters that are not set up to be backed up: the sync may
// bring what is missing, so that they count as not well.
func (v view) setup() move {
	if why := v.notConfigured(); why != "" {
		return v.unwell(why)
	}
	if v.step.Method == methodVolumeSnapshot {
		return move{}
	}
	why := v.cluster.ArchivingTrouble()
	switch {
	case why == "":
		return move{}
	case v.cluster.ArchivingOff() || v.cluster.Archiver() == "":
		return v.unwell("cannot be restored from a backup: " + why)
	}
	return v.unarchived("cannot be backed up: " + why)
}

// unarchived waits for the archive, because the archiver refuses for a moment
// during a switchover, and then says no: the cluster is well, and whatever the
// sync does to it could not be undone.
func (v view) unarchived(why string) move {
	waiting := v.patient(why)
	if waiting.passing {
		return waiting
	}
	return move{answer: probe.No(probe.Content, "%s %s, for %s already: want its archive to work before the sync; to sync what mends it, leave this step out",
		v.cluster.Ref(), why, round(v.now.Sub(v.since)))}
}

// notConfigured says what the method needs and the cluster does not have.
func (v view) notConfigured() string {
	switch v.step.Method {
	case methodPlugin:
		if _, found := v.cluster.Plugin(v.step.PluginName); !found {
			return fmt.Sprintf("has no plugin %s in spec.plugins, or it is not enabled", v.step.PluginName)
		}
	case methodBarman:
		if !v.cluster.Has("spec", "backup", methodBarman) {
			return "has no spec.backup." + methodBarman
		}
	case methodVolumeSnapshot:
		if !v.cluster.Has("spec", "backup", methodVolumeSnapshot) {
			return "has no spec.backup." + methodVolumeSnapshot
		}
	}
	return ""
}

// queue looks at the backups before ours. The operator works on one at a time,
// in order of their age, and only completed and failed ones let the next one
// start: one that nobody works on blocks all later ones, scheduled ones too.
func (v view) queue() move {
	var running, leftovers, mine, good []Backup
	for _, b := range v.backups {
		switch {
		case !b.of(v.cluster.GetName()) || b.done():
		case b.executing():
			running = append(running, b)
		case b.regressed():
			good = append(good, b)
		case b.ours():
			mine = append(mine, b)
		default:
			leftovers = append(leftovers, b)
		}
	}
	switch {
	case len(running) > 0:
		return move{answer: probe.NotYet(probe.Content, "%s: another backup runs: %s", v.cluster.Ref(), list(running, v.now))}
	case len(leftovers) > 0:
		return v.blocked(leftovers)
	case len(mine) > 0:
		return v.swept(mine)
	case len(good) > 0:
		return v.reopened(good)
	}
	return move{}
}

// blocked waits a moment for backups that may be about to start, and names them
// when they do not. They are not ours to delete.
func (v view) blocked(leftovers []Backup) move {
	waiting := v.patient("")
	hopeless := false
	for _, b := range leftovers {
		hopeless = hopeless || b.phase() == phaseInvalid
	}
	if waiting.passing && !hopeless {
		waiting.answer = probe.NotYet(probe.Content, "%s: older backups wait: %s", v.cluster.Ref(), list(leftovers, v.now))
		return waiting
	}
	names := make([]string, len(leftovers))
	for i, b := range leftovers {
		names[i] = b.GetName()
	}
	return move{answer: probe.No(probe.Content, "%s: every new backup is blocked by %s; look at them and delete them: kubectl -n %s delete backups.postgresql.cnpg.io %s",
		v.cluster.Ref(), list(leftovers, v.now), v.cluster.GetNamespace(), strings.Join(names, " "))}
}

// reopened waits a moment for completed backups that were put back to pending,
// whoever made them, and then says how to let the queue go on. They are good
// backups, so that nobody should delete them to that end.
func (v view) reopened(good []Backup) move {
	waiting := v.patient("")
	if waiting.passing {
		waiting.answer = probe.NotYet(probe.Content, "%s: older backups hold the queue: %s", v.cluster.Ref(), list(good, v.now))
		return waiting
	}
	commands := make([]string, len(good))
	for i, b := range good {
		commands[i] = fmt.Sprintf(`kubectl -n %s patch backups.postgresql.cnpg.io %s --subresource=status --type=merge -p '{"status":{"phase":"completed"}}'`,
			b.GetNamespace(), b.GetName())
	}
	return move{answer: probe.No(probe.Content, "%s: every new backup is blocked by %s; this is a fault of operators before 1.30, and the backup is good: do not delete it, say again that it is completed: %s",
		v.cluster.Ref(), list(good, v.now), strings.Join(commands, "; "))}
}

// swept deletes leftovers of hooks that were killed. A young one may belong to a
// hook of another application that is waiting for it right now.
func (v view) swept(mine []Backup) move {
	var old []Backup
	for _, b := range mine {
		if b.phase() == phaseInvalid || v.now.Sub(b.GetCreationTimestamp().Time) >= v.step.Settle.Std() {
			old = append(old, b)
		}
	}
	if len(old) == 0 {
		return move{answer: probe.NotYet(probe.Content, "%s: a backup of another hook waits: %s", v.cluster.Ref(), list(mine, v.now))}
	}
	return move{sweep: old}
}

// list is "Backup db/x (pending for 3m)" for each.
func list(backups []Backup, now time.Time) string {
	out := make([]string, len(backups))
	for i, b := range backups {
		out[i] = fmt.Sprintf("%s (%s for %s)", b.ref(), b.phaseName(), round(b.age(now)))
		if b.regressed() { // nobody knows since when
			out[i] = fmt.Sprintf("%s (%s)", b.ref(), b.phaseName())
		}
	}
	return strings.Join(out, ", ")
}

// round writes 3m rather than 3m0s.
func round(d time.Duration) string { return hookspec.Duration(d.Round(time.Second)).String() }
