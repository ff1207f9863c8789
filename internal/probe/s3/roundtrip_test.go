package s3_test

import (
	"regexp"
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
