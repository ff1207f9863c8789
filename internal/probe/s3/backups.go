package s3

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// Fresh is the probe of an s3.freshness step. It reads the time from now.
func (s *Store) Fresh(step hookspec.S3Freshness, now func() time.Time) probe.Probe {
	return s.validate(step.S3Backups, func(ctx context.Context) (string, error) {
		newest, count, err := s.newest(ctx, at(step.Bucket, step.Prefix), func(string) bool { return true })
		if err != nil {
			return "", err
		}
		below := at(step.Bucket, step.Prefix)
		if count == 0 {
			return "", probe.No(probe.Content, "%s: no object newer than %s under %s: there is none at all", s.place, step.MaxAge, below)
		}
		age := now().Sub(newest.LastModified)
		object := at(step.Bucket, newest.Key)
		switch {
		case age > step.MaxAge.Std():
			return "", probe.No(probe.Content, "%s: no object newer than %s under %s: the newest is %s, %s old", s.place, step.MaxAge, below, object, old(age))
		case newest.Size == 0:
			return "", probe.No(probe.Content, "%s: the newest object under %s is empty: %s, %s old", s.place, below, object, old(age))
		}
		return fmt.Sprintf("the newest of %d objects under %s is %s old and has %d bytes", count, below, old(age), newest.Size), nil
	})
}

// newest looks at every object below w whose name serves; only the newest is
// kept. Markers of folders are no objects.
func (s *Store) newest(ctx context.Context, w Where, serves func(name string) bool) (newest minio.ObjectInfo, count int, err error) {
	err = s.list(ctx, w.Bucket, w.Key, true, func(o minio.ObjectInfo) bool {
		if strings.HasSuffix(o.Key, "/") || !serves(strings.TrimPrefix(o.Key, w.Key)) {
			return true
		}
		if count++; count == 1 || o.LastModified.After(newest.LastModified) {
			newest = o
		}
		return true
	})
	return newest, count, err
}

// validate makes a probe of a look at backups. Where they live in the store that
// is about to change, it says so: they are what would be lost with it.
func (s *Store) validate(b hookspec.S3Backups, look func(context.Context) (saw string, err error)) probe.Probe {
	return probe.Func(func(ctx context.Context) (probe.Yes, error) {
		defer s.rest()
		saw, err := look(ctx)
		if err != nil {
			return probe.Yes{}, err
		}
		yes := probe.Yes{Saw: s.place + ": " + saw}
		if same(b.Endpoint, b.Store) {
			yes.Warnings = []string{fmt.Sprintf("%s: these backups are in the very store that this sync changes: they do not protect it, and are lost with it", s.place)}
		}
		return yes, nil
	})
}

// same reports whether two URLs lead to the same server, as far as names tell:
// a Service has several.
func same(a, b string) bool { return b != "" && host(a) == host(b) }

func host(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	name, port := strings.ToLower(u.Hostname()), u.Port()
	for _, domain := range []string{".", ".cluster.local", ".svc"} {
		name = strings.TrimSuffix(name, domain)
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(name, port)
}

// old writes an age as people say it: 30h, 12m.
func old(age time.Duration) string {
	unit := time.Second
	if age > time.Hour {
		unit = time.Minute
	}
	return hookspec.Duration(max(age, 0).Round(unit)).String()
}
