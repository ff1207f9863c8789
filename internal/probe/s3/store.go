// Package s3 asks an S3 server: does an object survive a round trip, are the
// backups in a bucket young and complete, is a bucket replicated. It asks MinIO
// for its health, too.
//
// It knows S3 as every vendor speaks it and what its refusals mean; Barman's
// folders and MinIO's extra answers are in files of their own. It never reads
// more of an answer than it can need. It knows nothing about waiting.
package s3

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// A Server says which server to ask, and as whom.
type Server struct {
	Endpoint             string // http or https, without a path
	Region               string
	AccessKey, SecretKey probe.Secret
	Client               *tls.Config   // whom to trust; nil is the system's choice
	RequestTimeout       time.Duration // for one request with its answer
}

// attempts is how often one request is sent. Whoever waits asks again, and
// knows for how long.
const attempts = 1

// A Store is an S3 server that can be asked.
type Store struct {
	client *minio.Client
	conns  *http.Transport
	place  string
	limit  time.Duration
}

// Connect makes a client of a server. Nothing is asked yet.
func Connect(s Server) (*Store, error) {
	u, err := url.Parse(s.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("read the endpoint: %w", err)
	}
	conns := connections(s.Client)
	client, err := minio.New(u.Host, &minio.Options{
		Creds:        credentials.NewStaticV4(s.AccessKey.Reveal(), s.SecretKey.Reveal(), ""),
		Secure:       u.Scheme == "https",
		Transport:    &bounds{next: conns, limit: s.RequestTimeout},
		Region:       s.Region,
		BucketLookup: minio.BucketLookupPath,
		MaxRetries:   attempts,
	})
	if err != nil {
		return nil, fmt.Errorf("make a client of %s: %w", s.Endpoint, err)
	}
	return &Store{client: client, conns: conns, place: "s3 " + strings.TrimSuffix(s.Endpoint, "/"), limit: s.RequestTimeout}, nil
}

// rest closes the connections: the next question goes through the Service anew.
func (s *Store) rest() { s.conns.CloseIdleConnections() }

// list calls each for the objects below prefix, and for its folders unless
// recursive, until it says stop.
func (s *Store) list(ctx context.Context, bucket, prefix string, recursive bool, each func(minio.ObjectInfo) (more bool)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	options := minio.ListObjectsOptions{Prefix: prefix, Recursive: recursive}
	for o := range s.client.ListObjectsIter(ctx, bucket, options) {
		if o.Err != nil {
			return s.answer(callList, at(bucket, prefix), o.Err)
		}
		if !each(o) {
			return nil
		}
	}
	return nil
}

// folders returns the names of the folders directly below prefix, sorted as the
// server sorts them: by their bytes.
func (s *Store) folders(ctx context.Context, bucket, prefix string) (names []string, err error) {
	err = s.list(ctx, bucket, prefix, false, func(o minio.ObjectInfo) bool {
		if name, folder := strings.CutSuffix(strings.TrimPrefix(o.Key, prefix), "/"); folder && name != "" {
			names = append(names, name)
		}
		return true
	})
	return names, err
}

// at is where something is in a server.
func at(bucket, key string) Where { return Where{bucket, key} }

// A Where is a place in a server.
type Where struct{ Bucket, Key string }

// String is a URL as the tools of S3 write it.
func (w Where) String() string { return "s3://" + w.Bucket + "/" + w.Key }
