package runner_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/kubetest"
	"github.com/argocd-safesync/argocd-safesync/internal/runner"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// storeKeys are what s3 steps need besides their own keys.
const storeKeys = "endpoint: URL, bucket: backups, credentials: {accessKey: {env: USER, optional: true}, secretKey: {env: PASSWORD, optional: true}}, workload: {kind: StatefulSet, name: minio}"

// storeSteps fills in KEYS and then URL.
func storeSteps(steps, url string) string {
	return "steps:\n" + strings.ReplaceAll(strings.ReplaceAll(steps, "KEYS", storeKeys), "URL", url)
}

// asStore runs steps as an account, with the credentials of MinIO's root user or
// with none.
func asStore(t *testing.T, s *kubetest.Space, steps, url string, secret bool) (code int, words string) {
	t.Helper()
	spec := parse(t, storeSteps(steps, url))
	var log bytes.Buffer
	report, err := runner.Run(t.Context(), spec, runner.Env{
		Namespace: s.Namespace, Kubeconfig: s.Kubeconfig(t, "hook"), Log: slog.New(slog.NewTextHandler(&log, nil)),
		Getenv: func(name string) (string, bool) {
			return map[string]string{"USER": testenv.MinIOUser, "PASSWORD": testenv.MinIOPassword}[name], secret
		},
	})
	words = report.Conclusion()
	if f, ok := errors.AsType[*runner.Failure](err); ok {
		code, words = f.Code, f.Error()
	} else {
		assert.NilError(t, err)
	}
	words = strings.NewReplacer(s.Namespace, "NS", url, "URL").Replace(words)
	words = regexp.MustCompile(`\d{8}T\d{6}Z`).ReplaceAllString(words, "TIME")
	return code, regexp.MustCompile(` in [0-9.]+m?s`).ReplaceAllString(regexp.MustCompile(`\d{3,} bytes`).ReplaceAllString(words, "N bytes"), "")
}

const nowhere = "http://127.0.0.1:1"

// TestFirstInstall tells a store that is not there yet from one that is down.
func TestFirstInstall(t *testing.T) {
	s := kubetest.New(t, shared.Kube(t))
	const freshness = "- {name: backups, timeout: 1s, interval: 100ms, s3.freshness: {KEYS}}\n"
	const health = "- {name: quorum, timeout: 1s, interval: 100ms, minio.health: {endpoint: URL, workload: {kind: StatefulSet, name: minio}}}\n"
	s.Grant(t, "hook", nil)
	code, words := asStore(t, s, freshness, nowhere, true)
	assert.Equal(t, words, "backups: permission refused: StatefulSet NS/minio: forbidden: ServiceAccount NS/hook may not get statefulsets.apps in namespace NS (is the hook's Role bound to it?)")
	assert.Equal(t, code, runner.ExitDenied)

	s.Grant(t, "hook", parse(t, storeSteps(freshness+health, nowhere)).Rules(s.Namespace))
	code, words = asStore(t, s, health+freshness, nowhere, true)
	assert.Equal(t, code, runner.ExitDone)
	assert.Equal(t, words, "done: 0 of 2 steps; "+
		"quorum skipped: minio URL: connection refused, and StatefulSet NS/minio does not exist: a first install, nothing to lose yet; "+
		"backups skipped: s3 URL: ListObjectsV2 bucket backups: connection refused, and StatefulSet NS/minio does not exist: a first install, nothing to lose yet")
	code, words = asStore(t, s, freshness, nowhere, false)
	assert.Equal(t, code, runner.ExitDone)
	assert.Equal(t, words, "done: 0 of 1 steps; backups skipped: credentials.accessKey: want a value in the environment variable USER, the Secret that it comes from does not exist or has no such key, and StatefulSet NS/minio does not exist: a first install, nothing to lose yet")
	code, words = asStore(t, s, strings.Replace(freshness, "{KEYS}", "{KEYS, onMissing: fail}", 1), nowhere, true)
	assert.Equal(t, words, "backups: gave up after 1s: s3 URL: ListObjectsV2 bucket backups: connection refused")
	assert.Equal(t, code, runner.ExitTime)

	s.Put(t, "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: minio}, spec: {serviceName: minio, selector: {matchLabels: {app: minio}}, template: {metadata: {labels: {app: minio}}, spec: {containers: [{name: minio, image: i}]}}}}")
	code, words = asStore(t, s, health, nowhere, true)
	assert.Equal(t, words, "quorum: gave up after 1s: minio URL: connection refused")
	assert.Equal(t, code, runner.ExitTime)
	code, words = asStore(t, s, freshness, nowhere, false)
	assert.Equal(t, words, "backups: credentials.accessKey: want a value in the environment variable USER, the Secret that it comes from does not exist or has no such key")
	assert.Equal(t, code, runner.ExitNo)
}

// TestDumpThroughTheAPI dumps a real database through the exec of a real API
// server into a real bucket.
func TestDumpThroughTheAPI(t *testing.T) {
	s := kubetest.New(t, shared.Kube(t))
	db, store := testenv.Postgres(t), testenv.MinIO(t, 1)
	client, err := minio.New(strings.TrimPrefix(store.URL, "http://"), &minio.Options{Creds: credentials.NewStaticV4(testenv.MinIOUser, testenv.MinIOPassword, ""), Region: testenv.MinIORegion})
	assert.NilError(t, err)
	assert.NilError(t, client.MakeBucket(t.Context(), "backups", minio.MakeBucketOptions{}))
	db.Query(t, "create table notes as select repeat(md5(n::text), 20) as text from generate_series(1, 20000) n")

	var cut func()
	cutAfter := 0
	node, cut := s.PipedNode(t, func(ctx context.Context, command []string, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
		if cutAfter > 0 {
			stdout = &tripwire{w: stdout, left: cutAfter, do: cut}
		}
		said, code, err := db.Pipe(ctx, command, stdin, stdout)
		_, _ = io.WriteString(stderr, said)
		return code, err
	})
	const dump = "- {name: dump, timeout: 20s, interval: 100ms, postgres.dump: {selector: app=pg, container: postgres, database: postgres, VERIFY, KEYS}}\n"
	listed := strings.Replace(dump, "VERIFY, ", "", 1)
	s.Grant(t, "hook", parse(t, storeSteps(listed, store.URL)).Rules(s.Namespace))
	code, words := asStore(t, s, listed, store.URL, true)
	assert.Equal(t, code, runner.ExitDone)
	assert.Equal(t, words, "done: 0 of 1 steps; dump skipped: no pod in namespace NS matches app=pg, and StatefulSet NS/minio does not exist: a first install, nothing to lose yet")

	s.Put(t, `{apiVersion: v1, kind: Pod, metadata: {name: pg-1, labels: {app: pg}}, spec: {nodeName: `+node+`, containers: [{name: postgres, image: i}]}, status: {phase: Running, conditions: [{type: Ready, status: "True"}]}}`)
	code, words = asStore(t, s, strings.Replace(dump, "VERIFY", "verify: read", 1), store.URL, true)
	assert.Equal(t, words, "done: 1 of 1 steps")
	assert.Equal(t, code, runner.ExitDone)
	code, words = asStore(t, s, strings.Replace(listed, "database: postgres", "database: nope", 1), store.URL, true)
	assert.Equal(t, code, runner.ExitNo)
	assert.Assert(t, strings.HasPrefix(words, "dump: pg_dump of database nope in Pod NS/pg-1, container postgres: exit code 1: ") && strings.HasSuffix(words, `FATAL: database "nope" does not exist`), words)

	cutAfter = 100_000
	code, words = asStore(t, s, strings.Replace(listed, "timeout: 20s", "timeout: 4s", 1), store.URL, true)
	assert.Equal(t, code, runner.ExitTime)
	assert.Equal(t, words, "dump: gave up after 4s: pg_dump of database postgres in Pod NS/pg-1, container postgres: the connection was cut after N bytes, before pg_dump was done")
	count := 0
	for range client.ListObjects(t.Context(), "backups", minio.ListObjectsOptions{Recursive: true}) {
		count++
	}
	assert.Equal(t, count, 1)
}

// A tripwire does something once, when so many bytes have passed.
type tripwire struct {
	w    io.Writer
	left int
	do   func()
}

func (w *tripwire) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	if w.left -= n; w.left <= 0 {
		w.do()
	}
	return n, err
}
