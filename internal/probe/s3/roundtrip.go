package s3

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// RoundTrip is the probe of an s3.roundTrip step.
func (s *Store) RoundTrip(step hookspec.S3RoundTrip) probe.Probe {
	return &roundTrip{Store: s, step: step}
}

// A roundTrip remembers the object that it has not deleted yet.
type roundTrip struct {
	*Store
	step hookspec.S3RoundTrip
	left *object
}

// An object is what travels.
type object struct {
	Where
	content []byte
	sum     string // SHA-256 of content, in hex
	version string // "" in a bucket without versions
}

// objectSize is the size of the object: small enough to cost nothing, and more
// than a server keeps beside the metadata only because it is tiny.
const objectSize = 16 << 10

// Ask makes one round trip with a new object.
func (r *roundTrip) Ask(ctx context.Context) (probe.Yes, error) {
	defer r.rest()
	_ = r.tidy(ctx) // of the attempt before; if it does not work, this one says why
	started := time.Now()
	if err := r.find(ctx, r.step.Prefix, nil); err != nil {
		return probe.Yes{}, err
	}
	o := newObject(r.step.Bucket, r.step.Prefix)
	for _, do := range []func(context.Context, *object) error{r.put, r.stat, r.compare, r.listed} {
		if err := do(ctx, o); err != nil {
			return probe.Yes{}, err
		}
	}
	kept, err := r.remove(ctx, o)
	if err != nil {
		return probe.Yes{}, err
	}
	yes := probe.Yes{Saw: fmt.Sprintf("%s: put, read, listed and deleted %d bytes in bucket %s in %s",
		r.place, len(o.content), o.Bucket, time.Since(started).Round(time.Millisecond))}
	if kept != "" {
		yes.Saw = strings.Replace(yes.Saw, ", listed and deleted", " and listed", 1)
		yes.Warnings = []string{kept}
	}
	return yes, nil
}

// newObject makes an object that no other attempt has made.
func newObject(bucket, prefix string) *object {
	seed := make([]byte, 16)
	_, _ = rand.Read(seed) // it never fails
	name := hex.EncodeToString(seed)
	content := bytes.Repeat([]byte(name), objectSize/len(name))
	sum := sha256.Sum256(content)
	return &object{Where: at(bucket, prefix+name), content: content, sum: hex.EncodeToString(sum[:])}
}

// find lists below prefix and reports whether the object is there; nil looks
// only whether the bucket can be listed. A list, unlike HEAD, is refused with
// a reason.
func (r *roundTrip) find(ctx context.Context, prefix string, want *object) error {
	found := want == nil
	err := r.list(ctx, r.step.Bucket, prefix, true, func(o minio.ObjectInfo) bool {
		found = found || o.Key == want.Key
		return !found
	})
	if err == nil && !found {
		err = probe.NotYet(probe.Content, "%s: %s was put, and a list of its bucket does not show it", r.place, want)
	}
	return err
}

func (r *roundTrip) listed(ctx context.Context, o *object) error { return r.find(ctx, o.Key, o) }

func (r *roundTrip) put(ctx context.Context, o *object) error {
	r.left = o // before it is known whether the server has it
	done, err := r.client.PutObject(ctx, o.Bucket, o.Key, bytes.NewReader(o.content), int64(len(o.content)), minio.PutObjectOptions{
		ContentType:    "application/octet-stream",
		UserMetadata:   map[string]string{"sha256": o.sum},
		SendContentMd5: true, // a bucket with object lock wants it
	})
	if err != nil {
		if refused(err) {
			r.left = nil
		}
		return r.answer(callPut, o.Where, err)
	}
	o.version = done.VersionID
	return nil
}

func (r *roundTrip) stat(ctx context.Context, o *object) error {
	got, err := r.client.StatObject(ctx, o.Bucket, o.Key, minio.StatObjectOptions{})
	switch {
	case err != nil:
		return r.answer(callHead, o.Where, err)
	case got.Size != int64(len(o.content)):
		return probe.NotYet(probe.Content, "%s: %s has %d bytes, put %d", r.place, o, got.Size, len(o.content))
	}
	return nil
}

func (r *roundTrip) compare(ctx context.Context, o *object) error {
	reader, err := r.client.GetObject(ctx, o.Bucket, o.Key, minio.GetObjectOptions{})
	if err != nil {
		return r.answer(callGet, o.Where, err)
	}
	defer func() { _ = reader.Close() }() // what matters has been read
	got, err := io.ReadAll(io.LimitReader(reader, int64(len(o.content))+1))
	switch {
	case err != nil:
		return r.answer(callGet, o.Where, err)
	case !bytes.Equal(got, o.content):
		return probe.NotYet(probe.Content, "%s: get returned different bytes for %s: want %d with SHA-256 %s, got %d with %x",
			r.place, o, len(o.content), o.sum, len(got), sha256.Sum256(got))
	}
	return nil
}

// remove deletes the object's own version, so that a bucket with versions keeps
// nothing, and sees that it is gone. An object lock keeps it; then it says so.
func (r *roundTrip) remove(ctx context.Context, o *object) (kept string, err error) {
	if err := r.delete(ctx, o); err != nil {
		if until := r.locked(ctx, o); until != "" {
			r.left = nil
			return fmt.Sprintf("%s: %s stays: the bucket's object lock keeps it until %s", r.place, o, until), nil
		}
		return "", r.answer(callDelete, o.Where, err)
	}
	r.left = nil
	_, err = r.client.StatObject(ctx, o.Bucket, o.Key, minio.StatObjectOptions{})
	switch {
	case err == nil:
		return "", probe.NotYet(probe.Content, "%s: %s was deleted and is still there", r.place, o)
	case hasCode(err, minio.NoSuchKey):
		return "", nil
	}
	return "", r.answer(callHead, o.Where, err)
}

func (r *roundTrip) delete(ctx context.Context, o *object) error {
	return r.client.RemoveObject(ctx, o.Bucket, o.Key, minio.RemoveObjectOptions{VersionID: o.version})
}

// locked says until when the object may not be deleted; "" if nothing says so.
func (r *roundTrip) locked(ctx context.Context, o *object) string {
	got, err := r.client.StatObject(ctx, o.Bucket, o.Key, minio.StatObjectOptions{VersionID: o.version})
	if err != nil {
		return ""
	}
	if hold := got.Metadata.Get("X-Amz-Object-Lock-Legal-Hold"); hold == "ON" {
		return "its legal hold is lifted"
	}
	return got.Metadata.Get("X-Amz-Object-Lock-Retain-Until-Date")
}

// tidy deletes the object that an attempt has left.
func (r *roundTrip) tidy(ctx context.Context) error {
	if r.left == nil {
		return nil
	}
	err := r.delete(ctx, r.left)
	if err == nil {
		r.left = nil
	}
	return err
}

// Abandon deletes the object of the last attempt.
func (r *roundTrip) Abandon(ctx context.Context) string {
	if r.left == nil {
		return ""
	}
	defer r.rest()
	o := r.left
	if err := r.tidy(ctx); err != nil {
		return fmt.Sprintf("left %s behind, if it was put: %v", o, r.answer(callDelete, o.Where, err))
	}
	return fmt.Sprintf("deleted %s", o)
}
