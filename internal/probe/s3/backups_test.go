package s3_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// in is the time in a while.
func in(d time.Duration) func() time.Time {
	return func() time.Time { return time.Now().Add(d) }
}

func TestFreshness(t *testing.T) {
	server := testenv.MinIO(t, 1)
	c := admin(t, server.URL)
	makeBucket(t, c, "backups", minio.MakeBucketOptions{})
	ask := func(now func() time.Time, keys string) string {
		s := step(t, "s3.freshness", "bucket: backups, prefix: pg/"+keys).S3Freshness
		if s.Store != "" {
			s.Endpoint = server.URL
			s.Store = strings.Replace(s.Store, "http://same", server.URL, 1)
		}
		return says(t.Context(), server.URL, connect(t, rootOf(server.URL)).Fresh(*s, now))
	}

	put(t, c, "backups", "other/new", "x")
	put(t, c, "backups", "pg/", "") // how consoles make a folder
	assert.Equal(t, ask(time.Now, ""), "no: s3 URL: no object newer than 26h under s3://backups/pg/: there is none at all")

	put(t, c, "backups", "pg/z-first", "dump")
	put(t, c, "backups", "pg/a-second", "a dump")
	assert.Equal(t, ask(time.Now, ""), "yes: s3 URL: the newest of 2 objects under s3://backups/pg/ is 0s old and has 6 bytes")
	assert.Equal(t, ask(in(30*time.Hour), ""), "no: s3 URL: no object newer than 26h under s3://backups/pg/: the newest is s3://backups/pg/a-second, 30h old")
	assert.Equal(t, ask(in(30*time.Hour), ", maxAge: 48h"), "yes: s3 URL: the newest of 2 objects under s3://backups/pg/ is 30h old and has 6 bytes")
	assert.Equal(t, ask(time.Now, ", store: http://same"), "yes: s3 URL: the newest of 2 objects under s3://backups/pg/ is 0s old and has 6 bytes; "+
		"warning: s3 URL: these backups are in the very store that this sync changes: they do not protect it, and are lost with it")
	assert.Equal(t, ask(time.Now, ", store: http://another"), "yes: s3 URL: the newest of 2 objects under s3://backups/pg/ is 0s old and has 6 bytes")

	put(t, c, "backups", "pg/b-empty", "")
	assert.Equal(t, ask(in(time.Minute), ""), "no: s3 URL: the newest object under s3://backups/pg/ is empty: s3://backups/pg/b-empty, 1m old")
}

// info is a backup.info as Barman writes it, with the lines that count.
func info(status, end string) string {
	return "backup_label=None\nbegin_time=2026-01-20 03:00:01.000000+00:00\ncompression=bzip2\nend_time=" + end + "\nerror=None\nstatus=" + status + "\nsystemid=7400000000000000000\n"
}

// python is a time as Python prints it.
func python(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000000+00:00") }

func TestBarman(t *testing.T) {
	server := testenv.MinIO(t, 1)
	c := admin(t, server.URL)
	makeBucket(t, c, "cnpg", minio.MakeBucketOptions{})
	ask := func(now func() time.Time, keys string) string {
		s := step(t, "s3.barman", "bucket: cnpg, prefix: /clusters, "+keys).S3Barman
		return says(t.Context(), server.URL, connect(t, rootOf(server.URL)).Barman(*s, now))
	}
	const v8 = "serverName: pg-v8"
	const root = "clusters/pg-v8/"
	assert.Equal(t, ask(time.Now, v8), "no: s3 URL: no backup under s3://cnpg/clusters/pg-v8/base/: there is no server's folder beside it either")

	backup := func(id, status string, end time.Time, size int) {
		put(t, c, "cnpg", root+"base/"+id+"/backup.info", info(status, python(end)))
		put(t, c, "cnpg", root+"base/"+id+"/data.tar.bz2", strings.Repeat("x", size))
	}
	yesterday := time.Now().Add(-20 * time.Hour)
	backup("20260120T030000", "DONE", yesterday, 5000)
	assert.Equal(t, ask(time.Now, "serverName: pg"), "no: s3 URL: no backup under s3://cnpg/clusters/pg/base/: the servers that are there: pg-v8; serverName is not always the name of the cluster")
	assert.Equal(t, ask(time.Now, v8), "no: s3 URL: no WAL file under s3://cnpg/clusters/pg-v8/wals/")
	assert.Equal(t, ask(time.Now, v8+", walMaxAge: 0s"), "yes: s3 URL: backup base/20260120T030000 of pg-v8 is DONE, ended 20h ago and has 5000 bytes of data")

	put(t, c, "cnpg", root+"wals/0000000200000000/000000020000000000000003.00000028.backup", "label")
	put(t, c, "cnpg", root+"wals/00000002.history", "history")
	assert.Equal(t, ask(time.Now, v8), "no: s3 URL: no WAL file under s3://cnpg/clusters/pg-v8/wals/0000000200000000/")
	put(t, c, "cnpg", root+"wals/0000000100000000/000000010000000000000009.bz2", "wal of the time before")
	put(t, c, "cnpg", root+"wals/0000000200000000/000000020000000000000003.bz2", "wal")
	assert.Equal(t, ask(time.Now, v8), "yes: s3 URL: backup base/20260120T030000 of pg-v8 is DONE, ended 20h ago and has 5000 bytes of data, newest WAL file 0s ago")
	assert.Equal(t, ask(in(time.Hour), v8), "no: s3 URL: no WAL file newer than 30m: the newest is s3://cnpg/clusters/pg-v8/wals/0000000200000000/000000020000000000000003.bz2, 1h old: has archiving stopped?")
	assert.Equal(t, ask(in(10*time.Hour), v8), "no: s3 URL: no backup newer than 26h: the newest that is DONE is base/20260120T030000, which ended 30h ago")

	backup("20260121T030000", "STARTED", time.Time{}, 0)
	assert.Equal(t, ask(time.Now, v8), "yes: s3 URL: backup base/20260120T030000 of pg-v8 is DONE, ended 20h ago and has 5000 bytes of data, base/20260121T030000 is STARTED, newest WAL file 0s ago")
	backup("20260121T030000", "FAILED", time.Now(), 10)
	assert.Equal(t, ask(time.Now, v8), "no: s3 URL: newest backup base/20260121T030000 is FAILED: s3://cnpg/clusters/pg-v8/base/20260121T030000")
	backup("20260121T030000", "DONE", time.Now(), 0)
	assert.Equal(t, ask(time.Now, v8), "no: s3 URL: newest backup base/20260121T030000 is DONE and has no data: want data.tar beside its backup.info, got 1 such files with 0 bytes")
	put(t, c, "cnpg", root+"base/20260121T030000/backup.info", "status=DONE\nend_time=soon\n")
	assert.Equal(t, ask(time.Now, v8), "no: s3 URL: newest backup base/20260121T030000 does not say when it ended: want end_time in s3://cnpg/clusters/pg-v8/base/20260121T030000/backup.info")
	put(t, c, "cnpg", root+"base/20260121T030000/backup.info", "nothing\n")
	assert.Equal(t, ask(time.Now, v8), "no: s3 URL: want lines like status=DONE in s3://cnpg/clusters/pg-v8/base/20260121T030000/backup.info, got none")

	for _, id := range []string{"20260122T030000", "20260123T030000", "20260124T030000"} {
		backup(id, "WAITING_FOR_WALS", time.Time{}, 1)
	}
	assert.NilError(t, c.RemoveObject(t.Context(), "cnpg", root+"base/20260124T030000/backup.info", minio.RemoveObjectOptions{}))
	assert.Equal(t, ask(time.Now, v8), "no: s3 URL: want a backup that is DONE under s3://cnpg/clusters/pg-v8/base/, got none, "+
		"base/20260124T030000 is without a backup.info, base/20260123T030000 is WAITING_FOR_WALS, base/20260122T030000 is WAITING_FOR_WALS")
}

// TestBarmanTimes holds the forms in which versions of Barman write a time.
func TestBarmanTimes(t *testing.T) {
	server := testenv.MinIO(t, 1)
	c := admin(t, server.URL)
	makeBucket(t, c, "cnpg", minio.MakeBucketOptions{})
	put(t, c, "cnpg", "pg/base/20260120T030000/data_0001.tar", "x")
	s := step(t, "s3.barman", "bucket: cnpg, serverName: pg, walMaxAge: 0s").S3Barman
	now := time.Date(2026, 1, 20, 5, 0, 0, 0, time.UTC)
	for _, end := range []string{
		"2026-01-20 04:00:00.000000+00:00", "2026-01-20 05:00:00+01:00", "2026-01-20T04:00:00Z",
		"2026-01-20 04:00:00.123", "2026-01-20T04:00:00", "Tue Jan 20 04:00:00 2026",
	} {
		put(t, c, "cnpg", "pg/base/20260120T030000/backup.info", info("DONE", end))
		got := says(t.Context(), server.URL, connect(t, rootOf(server.URL)).Barman(*s, func() time.Time { return now }))
		assert.Equal(t, got, "yes: s3 URL: backup base/20260120T030000 of pg is DONE, ended 1h ago and has 1 bytes of data", end)
	}
}

func TestReplication(t *testing.T) {
	ask := func(url, keys string) string {
		s := step(t, "s3.replication", "bucket: plain"+keys).S3Replication
		return says(t.Context(), url, connect(t, rootOf(url)).Replicated(*s))
	}
	server := testenv.MinIO(t, 1)
	makeBucket(t, admin(t, server.URL), "plain", minio.MakeBucketOptions{})
	assert.Equal(t, ask(server.URL, ""), "no: s3 URL: bucket plain has no replication rules")

	// A second server and a rule for it need MinIO's administration, whose client
	// is not ours to link. What follows is the answer of its documented calls.
	replicated := func(status, metrics string) string {
		return stub(t, func(w http.ResponseWriter, r *http.Request) {
			text := metrics
			if r.URL.Query().Has("replication") {
				text = "<ReplicationConfiguration><Rule><Status>" + status + "</Status></Rule><Rule><Status>Disabled</Status></Rule></ReplicationConfiguration>"
			}
			_, _ = w.Write([]byte(text))
		})
	}
	const counts = `{"currStats": {"Stats": {"arn:1": {"failed": {"lastHour": {"count": 2}}}, "arn:2": {"failed": {"lastHour": {"count": 1}}}}}, "queueStats": {"nodes": [{"queueStats": {"curr": {"count": 40}}}, {"queueStats": {"curr": {"count": 2}}}]}}`
	assert.Equal(t, ask(replicated("Disabled", counts), ""), "no: s3 URL: bucket plain has 2 replication rules, and none is enabled")
	assert.Equal(t, ask(replicated("Enabled", counts), ""), "not yet: s3 URL: replication of bucket plain: 3 operations failed within the last hour, want at most 0")
	assert.Equal(t, ask(replicated("Enabled", counts), ", maxFailed: 3, maxPending: 41"), "not yet: s3 URL: replication of bucket plain: 42 operations wait, want at most 41")
	assert.Equal(t, ask(replicated("Enabled", counts), ", maxFailed: 3"), "yes: s3 URL: bucket plain has 1 replication rules that are enabled, 42 operations wait, 3 failed within the last hour")
	assert.Equal(t, ask(replicated("Enabled", "<ListBucketResult/>"), ""), "yes: s3 URL: bucket plain has 1 replication rules that are enabled; this server does not count what waits or failed")
}
