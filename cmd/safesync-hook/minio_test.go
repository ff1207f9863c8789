package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/runner"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// TestMinIO asks a real MinIO what the preset of that name asks before and after
// a sync, and holds the words that people read in Argo CD.
func TestMinIO(t *testing.T) {
	server := testenv.MinIO(t, 1)
	client, err := minio.New(strings.TrimPrefix(server.URL, "http://"), &minio.Options{
		Creds: credentials.NewStaticV4(testenv.MinIOUser, testenv.MinIOPassword, ""), Region: testenv.MinIORegion,
	})
	assert.NilError(t, err)
	for _, bucket := range []string{"probe", "backups"} {
		assert.NilError(t, client.MakeBucket(t.Context(), bucket, minio.MakeBucketOptions{}))
	}
	const before, after = "minio-pre-sync-backup", "minio-post-sync-validation"
	const where = "is URL the address of the server?"
	ask := func(hook, with, password string) string { return askMinIO(t, server.URL, hook, with, password) }

	assert.Equal(t, ask(after, "", testenv.MinIOPassword), "done: 2 of 2 steps")
	assert.Equal(t, ask(after, "bucket: nowhere", testenv.MinIOPassword), "round trip: gave up after 1s: s3 URL: NoSuchBucket on ListObjectsV2 bucket nowhere: the bucket does not exist")
	assert.Equal(t, ask(after, "", "guessed-wrong"), "round trip: permission refused: s3 URL: SignatureDoesNotMatch on ListObjectsV2 bucket probe: the secret key is not that of this access key")
	assert.Equal(t, ask(before, "", testenv.MinIOPassword), "backups are fresh: s3 URL: no object newer than 26h under s3://backups/: there is none at all")
	_, err = client.PutObject(t.Context(), "backups", "nightly", strings.NewReader("dump"), 4, minio.PutObjectOptions{})
	assert.NilError(t, err)
	assert.Equal(t, ask(before, "", testenv.MinIOPassword), "done: 2 of 2 steps; warning: backups are fresh: s3 URL: these backups are in the very store that this sync changes: they do not protect it, and are lost with it")
	assert.Equal(t, ask(before, "mode: \"off\"", testenv.MinIOPassword), "done: 1 of 1 steps")
	assert.Equal(t, ask(before, "mode: barman, serverName: pg", testenv.MinIOPassword), "database backups are fresh: s3 URL: no backup under s3://backups/pg/base/: there is no server's folder beside it either")
	assert.Equal(t, ask(before, "mode: replication", testenv.MinIOPassword), "replication: s3 URL: bucket backups has no replication rules")
	assert.Equal(t, ask(before, "mode: \"off\", nodes: 4", testenv.MinIOPassword), "quorum: gave up after 1s: minio URL: taking one of the 4 servers away would lose the quorum: 412 (write quorum 1)")
	server.Stop()
	assert.Equal(t, ask(after, "", testenv.MinIOPassword), "quorum: gave up after 1s: minio URL: connection refused ("+where+")")
	assert.Equal(t, ask(before, "", testenv.MinIOPassword), "quorum: gave up after 1s: minio URL: connection refused ("+where+" on a first install give workload and workloadKind where the chart is not rendered here)")
}

// askMinIO runs a hook of the preset, which no workload runs here, in a hurry.
func askMinIO(t *testing.T, url, hook, with, password string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "safesync.yaml")
	if !strings.Contains(with, "bucket:") {
		with = strings.TrimPrefix(with+", bucket: probe", ", ")
	}
	text := fmt.Sprintf("apiVersion: safesync/v1alpha1\nkind: Policy\npresets:\n- name: minio\n  with: {endpoint: %q, backupBucket: backups, %s}\n", url, with)
	assert.NilError(t, os.WriteFile(file, []byte(text), 0o600))
	spec, _, err := hookOf(file, hook, "storage", io.Discard)
	assert.NilError(t, err)
	for i := range spec.Steps {
		spec.Steps[i].Timeout = hookspec.Duration(time.Second)
		spec.Steps[i].Interval = hookspec.Duration(100 * time.Millisecond)
	}
	// The plugin turns references to Secrets into variables.
	spec = spec.MapSecrets(func(ref hookspec.SecretRef) hookspec.SecretRef { return hookspec.SecretRef{Env: ref.Key} })
	report, err := runner.Run(t.Context(), spec, runner.Env{
		Log: slog.New(slog.DiscardHandler),
		Getenv: func(name string) (string, bool) {
			return map[string]string{"rootUser": testenv.MinIOUser, "rootPassword": password}[name], true
		},
	})
	words := report.Conclusion()
	if f := (*runner.Failure)(nil); errors.As(err, &f) {
		words = f.Error()
	}
	words = regexp.MustCompile(` in [0-9.]+m?s`).ReplaceAllString(words, "")
	return strings.ReplaceAll(words, url, "URL")
}
