package s3

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// How Barman names things below <destinationPath>/<serverName>. Backups and
// folders of WAL sort by time as text does.
var (
	backupID  = regexp.MustCompile(`^[0-9]{8}T[0-9]{6}$`)
	dataFile  = regexp.MustCompile(`^data(_[0-9]+)?\.tar(\.[A-Za-z0-9]+)?$`)
	walFolder = regexp.MustCompile(`^[0-9A-F]{16}$`)
	walFile   = regexp.MustCompile(`^[0-9A-F]{24}(\.[A-Za-z0-9]+)?$`)
)

// statusDone is the status of a backup that can be restored. The others that
// Barman knows are FAILED, and those of one that is still being made.
const (
	statusDone   = "DONE"
	statusFailed = "FAILED"
)

// maxInfo is how much of a backup.info is read. It has a line for each property
// and one for all tablespaces; real ones have one or two kilobytes.
const maxInfo = 1 << 20

// lookBack is how many backups are looked at: the newest may still be running,
// and one that was killed says so for ever.
const lookBack = 3

// Barman is the probe of an s3.barman step. It reads the time from now.
func (s *Store) Barman(step hookspec.S3Barman, now func() time.Time) probe.Probe {
	return s.validate(step.S3Backups, func(ctx context.Context) (string, error) {
		b := barman{Store: s, step: step, now: now}
		saw, err := b.backup(ctx)
		if err != nil || *step.WALMaxAge == 0 {
			return saw, err
		}
		wal, err := b.wal(ctx)
		return saw + ", " + wal, err
	})
}

type barman struct {
	*Store
	step hookspec.S3Barman
	now  func() time.Time
}

// path is below the folder of the server.
func (b barman) path(parts ...string) string {
	all := append([]string{strings.Trim(b.step.Prefix, "/"), b.step.ServerName}, parts...)
	return strings.TrimPrefix(strings.Join(all, "/"), "/")
}

func (b barman) at(parts ...string) Where { return at(b.step.Bucket, b.path(parts...)) }

// backup judges the newest backup that is not still being made.
func (b barman) backup(ctx context.Context) (saw string, err error) {
	ids, err := b.folders(ctx, b.step.Bucket, b.path("base", ""))
	if err != nil {
		return "", err
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return !backupID.MatchString(id) })
	slices.Sort(ids)
	slices.Reverse(ids)
	if len(ids) == 0 {
		return "", b.none(ctx)
	}
	running := ""
	for _, id := range ids[:min(len(ids), lookBack)] {
		info, err := b.info(ctx, id)
		if err != nil {
			return "", err
		}
		switch info.status {
		case statusDone:
			saw, err := b.done(ctx, id, info)
			return saw + running, err
		case statusFailed:
			return "", probe.No(probe.Content, "%s: newest backup base/%s is FAILED%s: %s", b.place, id, info.reason(), b.at("base", id))
		}
		running += fmt.Sprintf(", base/%s is %s", id, info.status)
	}
	return "", probe.No(probe.Content, "%s: want a backup that is DONE under %s, got none%s", b.place, b.at("base", ""), running)
}

// none says what is there instead: the folder has the name of the archiver's
// server, which many people take for that of the cluster.
func (b barman) none(ctx context.Context) error {
	prefix := strings.TrimPrefix(strings.Trim(b.step.Prefix, "/")+"/", "/")
	servers, err := b.folders(ctx, b.step.Bucket, prefix)
	if err != nil {
		return err
	}
	hint := "there is no server's folder beside it either"
	if len(servers) > 0 {
		hint = "the servers that are there: " + someOf(servers) + "; serverName is not always the name of the cluster"
	}
	return probe.No(probe.Content, "%s: no backup under %s: %s", b.place, b.at("base", ""), hint)
}

// done wants a backup that ended in time and has data.
func (b barman) done(ctx context.Context, id string, i info) (saw string, err error) {
	age := b.now().Sub(i.end)
	switch {
	case i.end.IsZero():
		return "", probe.No(probe.Content, "%s: newest backup base/%s does not say when it ended: want end_time in %s", b.place, id, b.at("base", id, "backup.info"))
	case age > b.step.MaxAge.Std():
		return "", probe.No(probe.Content, "%s: no backup newer than %s: the newest that is DONE is base/%s, which ended %s ago", b.place, b.step.MaxAge, id, old(age))
	}
	var size int64
	files := 0
	folder := b.path("base", id, "")
	err = b.list(ctx, b.step.Bucket, folder, true, func(o minio.ObjectInfo) bool {
		if dataFile.MatchString(strings.TrimPrefix(o.Key, folder)) {
			files, size = files+1, size+o.Size
		}
		return true
	})
	switch {
	case err != nil:
		return "", err
	case size == 0:
		return "", probe.No(probe.Content, "%s: newest backup base/%s is DONE and has no data: want data.tar beside its backup.info, got %d such files with 0 bytes", b.place, id, files)
	}
	return fmt.Sprintf("backup base/%s of %s is DONE, ended %s ago and has %d bytes of data", id, b.step.ServerName, old(age), size), nil
}

// wal wants the archive to go on: without it a backup can be restored only to
// the moment it was taken.
func (b barman) wal(ctx context.Context) (saw string, err error) {
	folders, err := b.folders(ctx, b.step.Bucket, b.path("wals", ""))
	if err != nil {
		return "", err
	}
	folders = slices.DeleteFunc(folders, func(name string) bool { return !walFolder.MatchString(name) })
	if len(folders) == 0 {
		return "", probe.No(probe.Content, "%s: no WAL file under %s", b.place, b.at("wals", ""))
	}
	last := slices.Max(folders)
	newest, count, err := b.newest(ctx, b.at("wals", last, ""), walFile.MatchString)
	switch age := b.now().Sub(newest.LastModified); {
	case err != nil:
		return "", err
	case count == 0:
		return "", probe.No(probe.Content, "%s: no WAL file under %s", b.place, b.at("wals", last, ""))
	case age > b.step.WALMaxAge.Std():
		return "", probe.No(probe.Content, "%s: no WAL file newer than %s: the newest is %s, %s old: has archiving stopped?", b.place, b.step.WALMaxAge, at(b.step.Bucket, newest.Key), old(age))
	default:
		return fmt.Sprintf("newest WAL file %s ago", old(age)), nil
	}
}

// An info is what a backup.info says.
type info struct {
	status string
	end    time.Time // zero if it says nothing that we can read
	why    string
}

func (i info) reason() string {
	if i.why == "" {
		return ""
	}
	return " (" + probe.OneLine(i.why) + ")"
}

func (b barman) info(ctx context.Context, id string) (info, error) {
	w := b.at("base", id, "backup.info")
	reader, err := b.client.GetObject(ctx, w.Bucket, w.Key, minio.GetObjectOptions{})
	if err != nil {
		return info{}, b.answer(callGet, w, err)
	}
	defer func() { _ = reader.Close() }() // what matters has been read
	i, err := parseInfo(io.LimitReader(reader, maxInfo))
	switch {
	case hasCode(err, minio.NoSuchKey):
		return info{status: "without a backup.info"}, nil // it is uploaded at the start, after the folder's first object
	case err != nil:
		return info{}, b.answer(callGet, w, err)
	case i.status == "":
		return info{}, probe.No(probe.Content, "%s: want lines like status=DONE in %s, got none", b.place, w)
	}
	return i, nil
}

// parseInfo reads lines of key=value.
func parseInfo(r io.Reader) (i info, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxInfo)
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), "=")
		switch value = strings.TrimSpace(value); strings.TrimSpace(key) {
		case "status":
			i.status = probe.OneLine(value)
		case "end_time":
			i.end = moment(value)
		case "error":
			if value != "None" {
				i.why = value
			}
		}
	}
	return i, lines.Err()
}

// moment reads a time as the versions of Barman have written it: as Python
// prints it, in ISO 8601, and as C does, without a zone, which means UTC in a
// container.
func moment(text string) time.Time {
	for _, layout := range []string{
		"2006-01-02 15:04:05.999999Z07:00", "2006-01-02T15:04:05.999999Z07:00",
		"2006-01-02 15:04:05.999999", "2006-01-02T15:04:05.999999", time.ANSIC,
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return t
		}
	}
	return time.Time{}
}

// someOf lists names and bounds the list: a message must fit on a line.
func someOf(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
