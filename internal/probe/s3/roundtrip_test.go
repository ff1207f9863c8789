package s3_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/minio/minio-go/v7"
	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

func TestRoundTrip(t *testing.T) {
	server := testenv.MinIO(t, 1)
	c := admin(t, server.URL)
	makeBucket(t, c, "plain", minio.MakeBucketOptions{})
	makeBucket(t, c, "versions", minio.MakeBucketOptions{})
	assert.NilError(t, c.EnableVersioning(t.Context(), "versions"))
	makeBucket(t, c, "locked", minio.MakeBucketOptions{ObjectLocking: true})
	mode, days, unit := minio.Governance, uint(1), minio.Days
	assert.NilError(t, c.SetBucketObjectLockConfig(t.Context(), "locked", &mode, &days, &unit))
	ask := func(bucket string) string {
		s := step(t, "s3.roundTrip", "bucket: "+bucket)
		return says(t.Context(), server.URL, connect(t, rootOf(server.URL)).RoundTrip(*s.S3RoundTrip))
	}

	for _, bucket := range []string{"plain", "versions"} {
		got := ask(bucket)
		assert.Assert(t, regexp.MustCompile(`^yes: s3 URL: put, read, listed and deleted 16384 bytes in bucket `+bucket+` in [0-9.]+m?s$`).MatchString(got), got)
		for o := range c.ListObjects(t.Context(), bucket, minio.ListObjectsOptions{Recursive: true, WithVersions: true}) {
			t.Errorf("%s has %s left, version %s, marker %v", bucket, o.Key, o.VersionID, o.IsDeleteMarker)
		}
	}
	got := ask("locked")
	assert.Assert(t, regexp.MustCompile(`^yes: s3 URL: put, read and listed 16384 bytes in bucket locked in [0-9.]+m?s; warning: s3 URL: s3://locked/argocd-hook/[0-9a-f]{32} stays: the bucket's object lock keeps it until 20[0-9TZ:.-]+$`).MatchString(got), got)
	assert.Equal(t, ask("nowhere"), "not yet: s3 URL: NoSuchBucket on ListObjectsV2 bucket nowhere: the bucket does not exist")

	wrong := rootOf(server.URL)
	wrong.AccessKey = probe.NewSecret("somebody")
	rt := step(t, "s3.roundTrip", "bucket: plain").S3RoundTrip
	assert.Equal(t, says(t.Context(), server.URL, connect(t, wrong).RoundTrip(*rt)),
		"denied: s3 URL: InvalidAccessKeyId on ListObjectsV2 bucket plain: the server does not know this access key")
	wrong = rootOf(server.URL)
	wrong.SecretKey = probe.NewSecret("guessed-wrong")
	assert.Equal(t, says(t.Context(), server.URL, connect(t, wrong).RoundTrip(*rt)),
		"denied: s3 URL: SignatureDoesNotMatch on ListObjectsV2 bucket plain: the secret key is not that of this access key")
	wrong = rootOf(server.URL)
	wrong.Region = "eu-west-9"
	assert.Equal(t, says(t.Context(), server.URL, connect(t, wrong).RoundTrip(*rt)),
		"no: s3 URL: AuthorizationHeaderMalformed on ListObjectsV2 bucket plain: want another region than ours: us-east-1")

	// In the bubble it is the year 2000, and so it is in the signature.
	synctest.Test(t, func(t *testing.T) {
		assert.Equal(t, says(t.Context(), server.URL, connect(t, rootOf(server.URL)).RoundTrip(*rt)),
			"no: s3 URL: RequestTimeTooSkewed on ListObjectsV2 bucket plain: clock: that of the server and that of this node are more than 15 minutes apart")
	})

	server.Stop()
	assert.Equal(t, ask("plain"), "not yet: s3 URL: ListObjectsV2 bucket plain: connection refused")
}

// TestEveryCallThatIsDenied takes one permission after the other away from a
// real user, and names it.
func TestEveryCallThatIsDenied(t *testing.T) {
	server := testenv.MinIO(t, 1)
	c := admin(t, server.URL)
	makeBucket(t, c, "plain", minio.MakeBucketOptions{})
	assert.NilError(t, c.EnableVersioning(t.Context(), "plain"))
	all := []string{"s3:ListBucket", "s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:DeleteObjectVersion"}
	ask := func(without string) (string, probe.Probe) {
		allowed := slices.DeleteFunc(slices.Clone(all), func(a string) bool { return without != "" && strings.HasPrefix(a, without) })
		user := "no-" + strings.TrimPrefix(without, "s3:")
		server.User(t, user, fmt.Sprintf(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["%s"], "Resource": ["arn:aws:s3:::plain", "arn:aws:s3:::plain/argocd-hook/*"]}]}`, strings.Join(allowed, `", "`)))
		who := rootOf(server.URL)
		who.AccessKey = probe.NewSecret(user)
		p := connect(t, who).RoundTrip(*step(t, "s3.roundTrip", "bucket: plain").S3RoundTrip)
		said := says(t.Context(), server.URL, p)
		return regexp.MustCompile("[0-9a-f]{32}").ReplaceAllString(said, "KEY"), p
	}
	got, _ := ask("")
	assert.Assert(t, strings.HasPrefix(got, "yes: "), got)
	for without, want := range map[string]string{
		"s3:ListBucket":   "ListObjectsV2 bucket plain (does the policy of this user allow s3:ListBucket on plain/argocd-hook/?)",
		"s3:PutObject":    "PutObject bucket plain (does the policy of this user allow s3:PutObject on plain/argocd-hook/KEY?)",
		"s3:GetObject":    "HeadObject bucket plain (does the policy of this user allow s3:GetObject on plain/argocd-hook/KEY?)",
		"s3:DeleteObject": "DeleteObject bucket plain (does the policy of this user allow s3:DeleteObject and s3:DeleteObjectVersion on plain/argocd-hook/KEY?)",
	} {
		got, p := ask(without)
		assert.Equal(t, got, "denied: s3 URL: AccessDenied on "+want)
		abandoner, ok := p.(probe.Abandoner)
		assert.Assert(t, ok)
		did := regexp.MustCompile("[0-9a-f]{32}").ReplaceAllString(abandoner.Abandon(t.Context()), "KEY")
		switch without {
		case "s3:GetObject":
			assert.Equal(t, did, "deleted s3://plain/argocd-hook/KEY")
		case "s3:DeleteObject":
			assert.Equal(t, strings.ReplaceAll(did, server.URL, "URL"), "left s3://plain/argocd-hook/KEY behind, if it was put: s3 URL: AccessDenied on "+want)
		default:
			assert.Equal(t, did, "")
		}
	}
}

// TestServersThatLose answers a round trip like a server that forgets.
func TestServersThatLose(t *testing.T) {
	server := testenv.MinIO(t, 1)
	makeBucket(t, admin(t, server.URL), "plain", minio.MakeBucketOptions{})
	target, err := url.Parse(server.URL)
	assert.NilError(t, err)
	for _, tc := range []struct{ name, method, query, body, want string }{
		{"bytes", "GET", "", strings.Repeat("x", 16384), "not yet: s3 URL: get returned different bytes for s3://plain/argocd-hook/KEY: want 16384 with SHA-256 SUM, got 16384 with SUM"},
		{"the rest", "GET", "", "x", "not yet: s3 URL: get returned different bytes for s3://plain/argocd-hook/KEY: want 16384 with SHA-256 SUM, got 1 with SUM"},
		{"the list", "GET", "list-type=2", "<ListBucketResult></ListBucketResult>", "not yet: s3 URL: s3://plain/argocd-hook/KEY was put, and a list of its bucket does not show it"},
		{"the delete", "DELETE", "", "", "not yet: s3 URL: s3://plain/argocd-hook/KEY was deleted and is still there"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			through := httputil.NewSingleHostReverseProxy(target)
			url := stub(t, func(w http.ResponseWriter, r *http.Request) {
				lists := r.URL.Query().Has("list-type")
				if r.Method != tc.method || lists != (tc.query != "") {
					through.ServeHTTP(w, r)
					return
				}
				if tc.method == http.MethodDelete {
					w.WriteHeader(http.StatusNoContent)
					return
				}
				w.Header().Set("Last-Modified", "Tue, 20 Jan 2026 04:00:00 GMT")
				w.Header().Set("Etag", `"x"`)
				_, _ = io.WriteString(w, tc.body)
			})
			got := says(t.Context(), url, connect(t, rootOf(url)).RoundTrip(*step(t, "s3.roundTrip", "bucket: plain").S3RoundTrip))
			got = regexp.MustCompile("[0-9a-f]{64}").ReplaceAllString(got, "SUM")
			assert.Equal(t, regexp.MustCompile("[0-9a-f]{32}").ReplaceAllString(got, "KEY"), tc.want)
		})
	}
}
