// Package dump takes a dump of a PostgreSQL database in the database's own pod,
// streams it into an S3 bucket and proves what can be proven: that pg_dump was
// content, that its last byte arrived, that the bucket has as many bytes, and
// that pg_restore can read what is stored there.
//
// It knows pg_dump's custom format as far as its first bytes. It keeps no more
// than one part of an upload in memory, and does not wait.
package dump

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/s3"
)

// A Pipe runs a command in a container with streams of any length, as
// [kube.Client.Pipe] does.
type Pipe func(ctx context.Context, at kube.Container, command []string, stdin io.Reader, stdout io.Writer) (kube.Output, error)

// A Finder finds the pod, as [kube.Client.PodFor] does.
type Finder func(ctx context.Context, namespace, pod, selector string) (kube.Container, error)

// A World is what a dump needs of what is around it.
type World struct {
	Find  Finder
	Pipe  Pipe
	Store *s3.Store
	Now   func() time.Time
}

// New is the probe of a postgres.dump step whose keys all have their values.
func New(w World, step hookspec.PostgresDump) probe.Probe {
	return &dumper{World: w, step: step}
}

type dumper struct {
	World
	step hookspec.PostgresDump
	left s3.Where // an upload that did not end; zero if there is none
}

// labelRevision is what a dump belongs to. Servers change the case of labels.
const labelRevision = "safesync-revision"

// Ask takes the dump that serves already, or makes one, proves it, and clears
// away what is more than the step keeps.
func (d *dumper) Ask(ctx context.Context) (probe.Yes, error) {
	defer d.Store.Rest()
	dumps, err := d.own(ctx)
	if err != nil {
		return probe.Yes{}, err
	}
	at, err := d.Find(ctx, d.step.Namespace, d.step.Pod, d.step.Selector)
	if err != nil {
		return probe.Yes{}, err
	}
	at.Name = d.step.Container
	made, words, err := d.dump(ctx, at, dumps)
	if err != nil {
		return probe.Yes{}, err
	}
	proof, err := d.prove(ctx, at, made)
	if err != nil {
		return probe.Yes{}, err
	}
	return probe.Yes{
		Saw:      fmt.Sprintf("%s %s: %d bytes, %s", words, made.Where, made.Size, proof),
		Warnings: d.prune(ctx, append(dumps, made)),
		Note:     d.restore(at, made),
	}, nil
}

// own lists the dumps of this database that a hook has put below the prefix, the
// oldest first.
func (d *dumper) own(ctx context.Context) ([]s3.Object, error) {
	ours := regexp.MustCompile("^" + regexp.QuoteMeta(d.stem()) + `[0-9]{8}T[0-9]{6}Z\.dump$`)
	return d.Store.List(ctx, s3.Where{Bucket: d.step.Bucket, Key: d.stem()}, ours.MatchString)
}

// stem begins the keys of all dumps of the database.
func (d *dumper) stem() string {
	name := regexp.MustCompile(`[^A-Za-z0-9_.-]`).ReplaceAllString(d.step.Database, "_")
	return d.step.Prefix + name + "-"
}

// dump returns the dump to prove, a young one of the same revision or a new one,
// and what it did for it.
func (d *dumper) dump(ctx context.Context, at kube.Container, dumps []s3.Object) (made s3.Object, words string, err error) {
	if n := len(dumps); n > 0 && d.step.Revision != "" && d.Now().Sub(dumps[n-1].Modified) < d.step.MaxAge.Std() {
		newest, err := d.Store.Stat(ctx, dumps[n-1].Where)
		if err == nil && newest.Labels[labelRevision] == d.step.Revision {
			return newest, "took the dump of the same revision that is there", nil
		}
	}
	made, err = d.take(ctx, at)
	return made, fmt.Sprintf("dumped database %s to", d.step.Database), err
}

// take runs pg_dump and uploads what it writes. Nothing is stored unless
// pg_dump was content and its last byte arrived.
func (d *dumper) take(ctx context.Context, at kube.Container) (s3.Object, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := s3.Where{Bucket: d.step.Bucket, Key: d.stem() + d.Now().UTC().Format("20060102T150405Z") + ".dump"}
	d.left = w
	reader, writer := io.Pipe()
	stream := &stream{next: writer}
	ended := make(chan error, 1)
	// Beside the upload, which reads while this one writes.
	go func() {
		out, err := d.Pipe(ctx, at, dumpCommand(d.step), nil, stream)
		err = d.verdict(at, stream, out, err)
		_ = writer.CloseWithError(err) // nil is io.EOF
		ended <- err
	}()
	size, err := d.Store.Put(ctx, w, reader, map[string]string{labelRevision: d.step.Revision})
	_ = reader.CloseWithError(errUpload) // it ends pg_dump where the upload did not
	if err != nil {
		cancel()
	}
	switch dumped := <-ended; {
	case dumped != nil && !errors.Is(dumped, errUpload):
		return s3.Object{}, dumped
	case err != nil:
		return s3.Object{}, err
	case size != stream.passed:
		return s3.Object{}, probe.No(probe.Content, "%s: %s has %d bytes, pg_dump wrote %d", d.Store.Place(), w, size, stream.passed)
	}
	d.left = s3.Where{}
	return s3.Object{Where: w, Size: size, Modified: d.Now()}, nil
}

// errUpload ends pg_dump when nobody takes what it writes.
var errUpload = errors.New("the upload has ended")

// prune deletes the oldest dumps. One that cannot be deleted is no reason to
// stop a sync that has its backup.
func (d *dumper) prune(ctx context.Context, dumps []s3.Object) (warnings []string) {
	slices.SortFunc(dumps, func(a, b s3.Object) int { return strings.Compare(a.Key, b.Key) })
	dumps = slices.CompactFunc(dumps, func(a, b s3.Object) bool { return a.Where == b.Where })
	for _, o := range dumps[:max(0, len(dumps)-*d.step.Keep)] {
		if err := d.Store.Remove(ctx, o.Where); err != nil {
			warnings = append(warnings, fmt.Sprintf("an old dump stays: %s: %v", o.Where, err))
		}
	}
	return warnings
}

// Abandon forgets the parts of an upload that did not end: they cost room, and
// no list of objects shows them.
func (d *dumper) Abandon(ctx context.Context) string {
	if d.left == (s3.Where{}) {
		return ""
	}
	defer d.Store.Rest()
	if err := d.Store.Discard(ctx, d.left); err != nil {
		return fmt.Sprintf("left parts of an upload to %s, if there were any", d.left)
	}
	return ""
}
