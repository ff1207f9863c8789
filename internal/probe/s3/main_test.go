package s3_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/s3"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// rootOf is the server as its root user sees it.
func rootOf(url string) s3.Server {
	return s3.Server{
		Endpoint: url, Region: "us-east-1", RequestTimeout: 10 * time.Second,
		AccessKey: probe.NewSecret(testenv.MinIOUser), SecretKey: probe.NewSecret(testenv.MinIOPassword),
	}
}

// admin is a client of the server that tests prepare it with.
func admin(t *testing.T, url string) *minio.Client {
	t.Helper()
	c, err := minio.New(strings.TrimPrefix(url, "http://"), &minio.Options{
		Creds: credentials.NewStaticV4(testenv.MinIOUser, testenv.MinIOPassword, ""), Region: "us-east-1",
	})
	assert.NilError(t, err)
	return c
}

func makeBucket(t *testing.T, c *minio.Client, name string, options minio.MakeBucketOptions) {
	t.Helper()
	assert.NilError(t, c.MakeBucket(t.Context(), name, options))
}

// put writes an object of n bytes.
func put(t *testing.T, c *minio.Client, bucket, key, content string) {
	t.Helper()
	_, err := c.PutObject(t.Context(), bucket, key, strings.NewReader(content), int64(len(content)), minio.PutObjectOptions{})
	assert.NilError(t, err)
}

func connect(t *testing.T, server s3.Server) *s3.Store {
	t.Helper()
	store, err := s3.Connect(server)
	assert.NilError(t, err)
	return store
}

// says is the answer of a probe as one text, with the server's address as URL.
func says(ctx context.Context, url string, p probe.Probe) string {
	yes, err := p.Ask(ctx)
	text := "yes: " + yes.Saw
	for _, w := range yes.Warnings {
		text += "; warning: " + w
	}
	switch {
	case err == nil:
	case errors.Is(err, probe.ErrNotYet):
		text = "not yet: " + err.Error()
	case errors.Is(err, probe.ErrDenied):
		text = "denied: " + err.Error()
	case errors.Is(err, probe.ErrSkip):
		text = "skip: " + err.Error()
	default:
		text = "no: " + err.Error()
	}
	return strings.ReplaceAll(text, url, "URL")
}

// step reads a step of one kind, with its defaults, whose endpoint does not
// matter here.
func step(t *testing.T, kind, keys string) hookspec.Step {
	t.Helper()
	const who = "endpoint: http://x, credentials: {accessKey: {env: A}, secretKey: {env: S}}, "
	if kind == "minio.health" {
		keys = "endpoint: http://x, " + keys
	} else {
		keys = who + keys
	}
	spec, err := hookspec.Parse("spec", []byte("steps: [{name: a, "+kind+": {"+keys+"}}]"))
	assert.NilError(t, err)
	spec, err = spec.WithDefaults()
	assert.NilError(t, err)
	return spec.Steps[0]
}

// stub is a server that is none: what a real one cannot be made to say.
func stub(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}
