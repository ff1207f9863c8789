package s3_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// A handler that answers in a way that no S3 server should.
var badServers = []struct {
	name          string
	handler       http.HandlerFunc
	trip, health  string // what the steps say
	longerThanRAM bool
}{
	{
		name:    "slow",
		handler: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		trip:    "not yet: s3 URL: ListObjectsV2 bucket plain: no complete answer within 300ms",
		health:  "not yet: minio URL: no answer within 300ms",
	},
	{
		name: "never closing",
		handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/xml")
			_, _ = io.WriteString(w, "<ListBucketResult><Name>plain</Name>")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
		trip:   "not yet: s3 URL: ListObjectsV2 bucket plain: no complete answer within 300ms",
		health: "not yet: minio URL: cluster health 200 without X-Minio-Write-Quorum: is that MinIO?",
	},
	{
		name: "truncating",
		handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/xml")
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "<ListBucketResult><Name>plain</Name>")
		},
		trip:   "not yet: s3 URL: ListObjectsV2 bucket plain: the connection was closed in the middle of the answer",
		health: "not yet: minio URL: cluster health 200 without X-Minio-Write-Quorum: is that MinIO?",
	},
	{
		name: "half of the XML",
		handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/xml")
			_, _ = io.WriteString(w, "<ListBucketResult><Name>plain</Name>")
		},
		trip:   "not yet: s3 URL: ListObjectsV2 bucket plain: want an answer in the XML of S3, got something else",
		health: "not yet: minio URL: cluster health 200 without X-Minio-Write-Quorum: is that MinIO?",
	},
	{
		name: "200 with a page",
		handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, "<!doctype html>\n<title>Sign in</title>")
		},
		trip:   `not yet: s3 URL: ListObjectsV2 bucket plain: want an S3 server, got 200 with text/html that begins with "<!doctype html>…" (is that the port of the console, or of a proxy?)`,
		health: `not yet: minio URL: want MinIO's cluster health, got 200 with text/html that begins with "<!doctype html>…" (is that the port of the console, or of a proxy?)`,
	},
	{
		name: "endless",
		handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/xml")
			_, _ = io.WriteString(w, "<ListBucketResult>")
			entry := "<Contents><Key>" + strings.Repeat("k", 1000) + "</Key><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>"
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, entry); err != nil {
					return
				}
			}
		},
		trip:          "not yet: s3 URL: ListObjectsV2 bucket plain: an answer of more than 8388608 bytes",
		health:        "not yet: minio URL: cluster health 200 without X-Minio-Write-Quorum: is that MinIO?",
		longerThanRAM: true,
	},
	{
		name:    "no HTTP",
		handler: hijack("SSH-2.0-OpenSSH_9.2\r\n"),
		trip:    "not yet: s3 URL: ListObjectsV2 bucket plain: want an HTTP answer, got something else",
		health:  "not yet: minio URL: want an HTTP answer, got something else",
	},
	{
		name:    "ends at once",
		handler: hijack(""),
		trip:    "not yet: s3 URL: ListObjectsV2 bucket plain: the connection was closed in the middle of the answer",
		health:  "not yet: minio URL: the connection was closed in the middle of the answer",
	},
}

// hijack answers with text that need not be HTTP.
func hijack(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, text)
		_ = conn.Close()
	}
}

func TestBadServers(t *testing.T) {
	for _, tc := range badServers {
		t.Run(tc.name, func(t *testing.T) {
			url := stub(t, tc.handler)
			server := rootOf(url)
			server.RequestTimeout = 300 * time.Millisecond
			if tc.longerThanRAM {
				server.RequestTimeout = 10 * time.Second
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			assert.Equal(t, says(t.Context(), url, connect(t, server).RoundTrip(*step(t, "s3.roundTrip", "bucket: plain").S3RoundTrip)), tc.trip)
			runtime.ReadMemStats(&after)
			used := after.TotalAlloc - before.TotalAlloc
			assert.Assert(t, used < 100<<20, "%d bytes", used)
			assert.Equal(t, health(t, url, "requestTimeout: 300ms"), tc.health)
		})
	}
}

// TestRefusals holds what the codes become that a real server on an idle machine
// does not send.
func TestRefusals(t *testing.T) {
	for _, tc := range []struct {
		status     int
		code, want string
	}{
		{503, "XMinioServerNotInitialized", "not yet: s3 URL: XMinioServerNotInitialized on ListObjectsV2 bucket plain: the server has not found all of its drives yet"},
		{503, "SlowDown", "not yet: s3 URL: SlowDown on ListObjectsV2 bucket plain: the server has no capacity left, or no quorum"},
		{503, "SlowDownWrite", "not yet: s3 URL: SlowDownWrite on ListObjectsV2 bucket plain: the server has no capacity left, or no quorum"},
		{507, "XMinioStorageFull", "no: s3 URL: XMinioStorageFull on ListObjectsV2 bucket plain: there is no room left"},
		{500, "InternalError", "not yet: s3 URL: InternalError on ListObjectsV2 bucket plain: words of the server"},
		{403, "Peculiar", "denied: s3 URL: Peculiar on ListObjectsV2 bucket plain: words of the server"},
		{400, "InvalidRequest", "no: s3 URL: InvalidRequest on ListObjectsV2 bucket plain: words of the server"},
	} {
		url := stub(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(tc.status)
			_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>words of\nthe server.</Message></Error>", tc.code)
		})
		assert.Equal(t, says(t.Context(), url, connect(t, rootOf(url)).RoundTrip(*step(t, "s3.roundTrip", "bucket: plain").S3RoundTrip)), tc.want)
	}
}
