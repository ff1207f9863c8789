package cnpg

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// switchSQL writes a message, so that there is something to archive (a switch
// alone does nothing on an idle server and names the segment before), and
// switches to a new segment. The message is not part of a transaction: with
// synchronous replication a commit would wait for replicas, which are not the
// question here.
const switchSQL = `SELECT pg_walfile_name(pg_switch_wal()) FROM (SELECT pg_logical_emit_message(false, 'safesync', 'archive check') OFFSET 0) AS written`

// archiverSQL reads the counters. Whether archiving works now is in the order
// of the two times.
const archiverSQL = `SELECT archived_count, COALESCE(last_archived_wal, ''), failed_count, COALESCE(last_failed_wal, ''),
 COALESCE(last_archived_time > COALESCE(last_failed_time, '-infinity'), false) FROM pg_stat_archiver`

// walArchiving remembers the segment that must be archived, so that one is
// switched for each step and not for each question.
type walArchiving struct {
	access  Access
	step    hookspec.CNPGWALArchive
	primary string
	segment string
}

// ArchivesWAL is the probe of a cnpg.walArchiving step.
func (a Access) ArchivesWAL(step hookspec.CNPGWALArchive) probe.Probe {
	return &walArchiving{access: a, step: step}
}

// Ask writes a segment at the first call, and sees whether it is archived.
func (w *walArchiving) Ask(ctx context.Context) (probe.Yes, error) {
	c, err := w.access.reachable(ctx, w.step.CNPGCluster)
	if err != nil {
		return probe.Yes{}, err
	}
	if err := archivable(c); err != nil {
		return probe.Yes{}, err
	}
	if w.step.Switch == nil || *w.step.Switch {
		if err := w.write(ctx, c); err != nil {
			return probe.Yes{}, err
		}
	}
	rows, err := w.access.primary(ctx, c, archiverSQL)
	if err != nil {
		return probe.Yes{}, err
	}
	r, err := row(c, rows, 5)
	if err != nil {
		return probe.Yes{}, err
	}
	return judgeArchiver(c, w.segment, archiver{archived: r[0], last: r[1], failed: r[2], lastFailed: r[3], works: r[4] == "t"})
}

// archivable skips clusters whose WAL nobody wants to archive, and refuses the
// one where nothing would.
func archivable(c Cluster) error {
	switch {
	case c.ArchivingOff():
		return probe.Skip("%s: %s", c.Ref(), c.ArchivingTrouble())
	case c.Replica():
		return probe.Skip("%s is a replica cluster: its primary is in recovery and switches no WAL", c.Ref())
	case c.Archiver() == "":
		return probe.No(probe.Content, "%s: %s", c.Ref(), c.ArchivingTrouble())
	}
	return nil
}

// write makes a segment for the archive: one for each primary, because another
// primary has other counters and another timeline.
func (w *walArchiving) write(ctx context.Context, c Cluster) error {
	if w.segment != "" && w.primary == c.Primary() {
		return nil
	}
	rows, err := w.access.primary(ctx, c, switchSQL)
	if err != nil {
		return err
	}
	r, err := row(c, rows, 1)
	if err != nil {
		return err
	}
	w.primary, w.segment = c.Primary(), r[0]
	return nil
}

// An archiver is what pg_stat_archiver says.
type archiver struct {
	archived, last     string
	failed, lastFailed string
	works              bool // the last thing that happened was a success
}

// segmentName is the name of a segment, and the beginning of the name of what
// belongs to one: a backup label file, a partial segment.
var segmentName = regexp.MustCompile(`^[0-9A-F]{24}`)

// judgeArchiver wants segment archived, or any progress where none was written.
func judgeArchiver(c Cluster, segment string, a archiver) (probe.Yes, error) {
	last := segmentName.FindString(a.last)
	switch {
	case segment == "" && a.works:
		return probe.Yes{Saw: fmt.Sprintf("%s: WAL archiving works, last archived %s", c.Ref(), a.last)}, nil
	case segment != "" && sameTimeline(last, segment) && last >= segment && !strings.HasSuffix(a.last, ".partial"):
		return probe.Yes{Saw: fmt.Sprintf("%s: WAL %s archived by %s", c.Ref(), segment, c.Archiver())}, nil
	case segment == "":
		return probe.Yes{}, probe.NotYet(probe.Content, "%s: no WAL archived since the last failure%s", c.Ref(), a.state())
	}
	return probe.Yes{}, probe.NotYet(probe.Content, "%s: WAL %s not archived yet%s", c.Ref(), segment, a.state())
}

// sameTimeline compares the first eight digits: segments of two timelines have
// no order.
func sameTimeline(a, b string) bool { return len(a) == 24 && len(b) == 24 && a[:8] == b[:8] }

// state is what the counters say, for a message.
func (a archiver) state() string {
	text := ", none archived so far"
	if a.last != "" {
		text = ", last archived " + a.last
	}
	if a.lastFailed != "" {
		text += fmt.Sprintf(", last_failed_wal %s (%s failures)", a.lastFailed, a.failed)
	}
	return text
}
