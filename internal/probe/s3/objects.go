package s3

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
)

// partSize is how much of an upload of unknown length is in memory at a time.
// The hook's container has 128 MiB, and S3 takes 10,000 parts: objects of up to
// 156 GiB.
const partSize = 16 << 20

// An Object is what is known of one without reading it.
type Object struct {
	Where
	Size     int64
	Modified time.Time
	// Labels are what it was put with. A list does not show them.
	Labels map[string]string
}

// Place is how messages call the server.
func (s *Store) Place() string { return s.place }

// Rest closes idle connections; the store can still be used.
func (s *Store) Rest() { s.rest() }

// Put writes what r gives to w and returns how much that was. Nothing appears at
// w unless r ends with io.EOF.
func (s *Store) Put(ctx context.Context, w Where, r io.Reader, labels map[string]string) (size int64, err error) {
	done, err := s.client.PutObject(ctx, w.Bucket, w.Key, r, -1, minio.PutObjectOptions{
		ContentType: "application/octet-stream", UserMetadata: labels,
		PartSize: partSize, NumThreads: 1, SendContentMd5: true,
	})
	if err != nil {
		return 0, s.answer(callPut, w, err)
	}
	return done.Size, nil
}

// Discard forgets the parts of an upload to w that did not end.
func (s *Store) Discard(ctx context.Context, w Where) error {
	return s.client.RemoveIncompleteUpload(ctx, w.Bucket, w.Key)
}

// Stat is what the server knows of the object at w.
func (s *Store) Stat(ctx context.Context, w Where) (Object, error) {
	o, err := s.client.StatObject(ctx, w.Bucket, w.Key, minio.StatObjectOptions{})
	if err != nil {
		return Object{}, s.answer(callHead, w, err)
	}
	labels := map[string]string{}
	for name, value := range o.UserMetadata {
		labels[strings.ToLower(name)] = value
	}
	return Object{Where: w, Size: o.Size, Modified: o.LastModified, Labels: labels}, nil
}

// Open reads the object at w, of any length. What goes wrong while it is read
// comes as an answer too.
func (s *Store) Open(ctx context.Context, w Where) (io.ReadCloser, error) {
	o, err := s.client.GetObject(context.WithValue(ctx, streaming{}, true), w.Bucket, w.Key, minio.GetObjectOptions{})
	if err != nil {
		return nil, s.answer(callGet, w, err)
	}
	return &opened{o, s, w}, nil
}

type opened struct {
	*minio.Object
	store *Store
	where Where
}

// Read reads on.
func (o *opened) Read(p []byte) (int, error) {
	n, err := o.Object.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // the one that ends every reader, as it is
		err = o.store.answer(callGet, o.where, err)
	}
	return n, err
}

// List returns the objects below w whose key serves says yes to, sorted by key.
func (s *Store) List(ctx context.Context, w Where, serves func(key string) bool) ([]Object, error) {
	var out []Object
	err := s.list(ctx, w.Bucket, w.Key, true, func(o minio.ObjectInfo) bool {
		if serves(o.Key) {
			out = append(out, Object{Where: at(w.Bucket, o.Key), Size: o.Size, Modified: o.LastModified})
		}
		return true
	})
	return out, err
}

// Remove deletes the object at w.
func (s *Store) Remove(ctx context.Context, w Where) error {
	if err := s.client.RemoveObject(ctx, w.Bucket, w.Key, minio.RemoveObjectOptions{}); err != nil {
		return s.answer(callDelete, w, err)
	}
	return nil
}
