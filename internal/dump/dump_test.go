package dump_test

import (
	"context"
	"errors"
	"io"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/dump"
	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/s3"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// A place is a real PostgreSQL with the database app, and a real MinIO with the
// bucket dumps. The exec transport between them is not: commands run beside the
// server.
type place struct {
	db    *testenv.PostgresServer
	store *testenv.MinIOServer
	admin *minio.Client
	world dump.World
	now   time.Time
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{db: testenv.Postgres(t), store: testenv.MinIO(t, 1), now: time.Now()}
	p.db.Query(t, "create database app")
	p.sql(t, "app", "create table notes (text text); insert into notes values ('remember me')")
	var err error
	p.admin, err = minio.New(strings.TrimPrefix(p.store.URL, "http://"), &minio.Options{
		Creds: credentials.NewStaticV4(testenv.MinIOUser, testenv.MinIOPassword, ""), Region: testenv.MinIORegion,
	})
	assert.NilError(t, err)
	assert.NilError(t, p.admin.MakeBucket(t.Context(), "dumps", minio.MakeBucketOptions{}))
	store, err := s3.Connect(s3.Server{
		Endpoint: p.store.URL, Region: testenv.MinIORegion, RequestTimeout: 10 * time.Second,
		AccessKey: probe.NewSecret(testenv.MinIOUser), SecretKey: probe.NewSecret(testenv.MinIOPassword),
	})
	assert.NilError(t, err)
	p.world = dump.World{Store: store, Find: found, Pipe: p.pipe, Now: func() time.Time { return p.now }}
	return p
}

func found(context.Context, string, string, string) (kube.Container, error) {
	return kube.Container{Namespace: "db", Pod: "pg-1"}, nil
}

func (p *place) pipe(ctx context.Context, _ kube.Container, command []string, stdin io.Reader, stdout io.Writer) (kube.Output, error) {
	stderr, code, err := p.db.Pipe(ctx, command, stdin, stdout)
	return kube.Output{Stderr: stderr, ExitCode: code}, err
}

// sql runs SQL in a database.
func (p *place) sql(t *testing.T, database, sql string) string {
	t.Helper()
	out, stderr, code, err := p.db.Exec(t.Context(), []string{"psql", "-U", "postgres", "-d", database, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql})
	assert.NilError(t, err)
	assert.Equal(t, code, 0, stderr)
	return strings.TrimSpace(out)
}

// keys are those of the stored objects.
func (p *place) keys(t *testing.T) []string {
	t.Helper()
	var out []string
	for o := range p.admin.ListObjects(t.Context(), "dumps", minio.ListObjectsOptions{Recursive: true}) {
		assert.NilError(t, o.Err)
		out = append(out, o.Key)
	}
	for u := range p.admin.ListIncompleteUploads(t.Context(), "dumps", "", true) {
		out = append(out, "part of "+u.Key)
	}
	return out
}

// step reads a step with its defaults.
func step(t *testing.T, keys string) hookspec.PostgresDump {
	t.Helper()
	const rest = "selector: app=pg, container: postgres, endpoint: http://s3.test, bucket: dumps, prefix: pg/, credentials: {accessKey: {env: A}, secretKey: {env: S}}, "
	text := "steps: [{name: a, postgres.dump: {" + rest + keys + "}}]"
	text = strings.Replace(text, "bucket: dumps, ", map[bool]string{true: "", false: "bucket: dumps, "}[strings.Contains(keys, "bucket:")], 1)
	spec, err := hookspec.Parse("spec", []byte(text))
	assert.NilError(t, err)
	spec, err = spec.WithDefaults()
	assert.NilError(t, err)
	return *spec.Steps[0].PostgresDump
}

// ask asks once and returns the answer as one text, without times and sizes.
func (p *place) ask(t *testing.T, keys string) (said, note string) {
	t.Helper()
	asked := dump.New(p.world, step(t, keys))
	yes, err := asked.Ask(t.Context())
	text := "yes: " + yes.Saw
	for _, w := range yes.Warnings {
		text += "; warning: " + w
	}
	if err != nil {
		text = map[bool]string{true: "not yet: ", false: "no: "}[errors.Is(err, probe.ErrNotYet)] + err.Error()
		abandoner, ok := asked.(probe.Abandoner)
		assert.Assert(t, ok)
		assert.Equal(t, abandoner.Abandon(t.Context()), "")
	}
	text = strings.ReplaceAll(text, p.store.URL, "URL")
	text = strings.ReplaceAll(text, p.db.Dir, "DIR")
	text = regexp.MustCompile(`\d{8}T\d{6}Z`).ReplaceAllString(text, "TIME")
	return regexp.MustCompile(`[1-9]\d+ bytes`).ReplaceAllString(text, "N bytes"), yes.Note
}

func TestDumpAndRestore(t *testing.T) {
	p := newPlace(t)
	said, note := p.ask(t, "database: app, revision: r1")
	assert.Equal(t, said, "yes: dumped database app to s3://dumps/pg/app-TIME.dump: N bytes, pg_restore lists 2 entries")
	keys := p.keys(t)
	assert.Equal(t, len(keys), 1)
	assert.Equal(t, note, strings.ReplaceAll(`to restore it into a new database:
kubectl -n db exec pg-1 -c postgres -- createdb --username=postgres restored
aws --endpoint-url http://s3.test s3 cp s3://dumps/KEY - |
  kubectl -n db exec -i pg-1 -c postgres -- pg_restore --username=postgres --dbname=restored
`, "KEY", keys[0]))

	stored, err := p.admin.GetObject(t.Context(), "dumps", keys[0], minio.GetObjectOptions{})
	assert.NilError(t, err)
	p.db.Query(t, "create database restored")
	stderr, code, err := p.db.Pipe(t.Context(), []string{"pg_restore", "--username=postgres", "--dbname=restored"}, stored, nil)
	assert.NilError(t, err)
	assert.Equal(t, code, 0, stderr)
	assert.Equal(t, p.sql(t, "restored", "select text from notes"), "remember me")

	said, _ = p.ask(t, "database: app, revision: r1, verify: read")
	assert.Equal(t, said, "yes: took the dump of the same revision that is there s3://dumps/pg/app-TIME.dump: N bytes, pg_restore read all of it")
	p.now = p.now.Add(time.Hour)
	said, _ = p.ask(t, "database: app, revision: r1, verify: read")
	assert.Equal(t, said, "yes: dumped database app to s3://dumps/pg/app-TIME.dump: N bytes, pg_restore read all of it")
}

func TestOldDumpsGo(t *testing.T) {
	p := newPlace(t)
	foreign := []string{"pg/app-old.dump", "pg/app-test-20200101T000000Z.dump", "pg/apps-20200101T000000Z.dump"}
	for _, key := range foreign {
		_, err := p.admin.PutObject(t.Context(), "dumps", key, strings.NewReader("x"), 1, minio.PutObjectOptions{})
		assert.NilError(t, err)
	}
	var last string
	for range 4 {
		p.now = p.now.Add(time.Minute)
		last = "pg/app-" + p.now.UTC().Format("20060102T150405Z") + ".dump"
		said, _ := p.ask(t, "database: app, keep: 2")
		assert.Assert(t, strings.HasPrefix(said, "yes: "), said)
	}
	keys := p.keys(t)
	assert.Equal(t, len(keys), len(foreign)+2, "%v", keys)
	all := strings.Join(keys, "\n") + "\n"
	for _, key := range append(foreign, last) {
		assert.Assert(t, strings.Contains(all, key+"\n"), "%s is not in %s", key, all)
	}
}

func TestDumpsThatAreNone(t *testing.T) {
	p := newPlace(t)
	whole := p.world
	cut := func(after int) dump.Pipe {
		return func(ctx context.Context, at kube.Container, command []string, stdin io.Reader, stdout io.Writer) (kube.Output, error) {
			// The transport sees an end and no status, as when a proxy goes away.
			_, _ = p.pipe(ctx, at, command, stdin, &short{w: stdout, left: after})
			return kube.Output{}, nil
		}
	}
	for _, tc := range []struct {
		name, keys string
		pipe       dump.Pipe
		want       string
	}{
		{"wrong database", "database: nope", nil, `no: pg_dump of database nope in Pod db/pg-1, container postgres: exit code 1: pg_dump: error: connection to server on socket "DIR/.s.PGSQL.5432" failed: FATAL: database "nope" does not exist`},
		{"wrong user", "database: app, user: nobody-else", nil, `no: pg_dump of database app in Pod db/pg-1, container postgres: exit code 1: pg_dump: error: connection to server on socket "DIR/.s.PGSQL.5432" failed: FATAL: Peer authentication failed for user "nobody-else"`},
		{"bucket missing", "database: app, bucket: nowhere", nil, "not yet: s3 URL: NoSuchBucket on ListObjectsV2 bucket nowhere: the bucket does not exist"},
		{"cut at once", "database: app", cut(0), "not yet: pg_dump of database app in Pod db/pg-1, container postgres: the connection was cut after 0 bytes, before pg_dump was done"},
		{"cut later", "database: app", cut(1000), "not yet: pg_dump of database app in Pod db/pg-1, container postgres: the connection was cut after N bytes, before pg_dump was done"},
		{"the trailer is cut", "database: app", trimmed(p.pipe), "not yet: pg_dump of database app in Pod db/pg-1, container postgres: the connection was cut after N bytes, before pg_dump was done"},
		{"no dump", "database: app", printing("pg_dump: not found, and something else"), `no: pg_dump of database app in Pod db/pg-1, container postgres: want a dump that begins with PGDMP, got "pg_dump: not found, and something else"`},
		{"no program", "database: app", ending(127, "sh: 1: pg_dump: not found"), "no: pg_dump of database app in Pod db/pg-1, container postgres: exit code 127: sh: 1: pg_dump: not found"},
		{"still starting", "database: app", ending(1, "pg_dump: error: FATAL:  the database system is starting up"), "not yet: pg_dump of database app in Pod db/pg-1, container postgres: exit code 1: pg_dump: error: FATAL: the database system is starting up"},
		{"an API that refuses", "database: app", refusing, "no: forbidden"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p.world = whole
			if tc.pipe != nil {
				p.world.Pipe = tc.pipe
			}
			said, _ := p.ask(t, tc.keys)
			assert.Equal(t, said, tc.want)
			assert.DeepEqual(t, p.keys(t), []string(nil))
		})
	}

	p.world = whole
	p.db.Query(t, "create database empty")
	said, _ := p.ask(t, "database: empty")
	assert.Equal(t, said, "no: pg_restore of s3://dumps/pg/empty-TIME.dump in Pod db/pg-1, container postgres: it lists nothing: is empty the right database?")
	p.world.Pipe = func(ctx context.Context, at kube.Container, command []string, stdin io.Reader, stdout io.Writer) (kube.Output, error) {
		if stdin != nil {
			stdin = io.LimitReader(stdin, 300)
		}
		return p.pipe(ctx, at, command, stdin, stdout)
	}
	said, _ = p.ask(t, "database: app")
	assert.Equal(t, said, "no: pg_restore of s3://dumps/pg/app-TIME.dump in Pod db/pg-1, container postgres: exit code 1: pg_restore: error: could not read from input file: end of file")
	p.db.Stop()
	p.world = whole
	said, _ = p.ask(t, "database: app")
	assert.Assert(t, strings.HasPrefix(said, "not yet: pg_dump of database app in Pod db/pg-1, container postgres: exit code 1: pg_dump: error: connection to server on socket "), said)
	p.store.Stop()
	said, _ = p.ask(t, "database: app")
	assert.Equal(t, said, "not yet: s3 URL: ListObjectsV2 bucket dumps: connection refused")
}

// TestALargeDumpNeedsLittleMemory sends more than a hook's container has.
func TestALargeDumpNeedsLittleMemory(t *testing.T) {
	p := newPlace(t)
	const size = 140 << 20
	p.world.Pipe = func(_ context.Context, _ kube.Container, command []string, stdin io.Reader, stdout io.Writer) (kube.Output, error) {
		if stdin != nil {
			n, err := io.Copy(io.Discard, stdin)
			assert.Check(t, err)
			assert.Check(t, n == size, "%d bytes came back", n)
			_, err = io.WriteString(stdout, "; header\n1; entry\n")
			return kube.Output{}, err
		}
		_, _ = io.WriteString(stdout, "PGDMP")
		block := make([]byte, 1<<20)
		for left := size - len("PGDMP"); left > 0; left -= len(block) {
			if _, err := stdout.Write(block[:min(left, len(block))]); err != nil {
				return kube.Output{}, err
			}
		}
		script := command[2]
		_, err := io.WriteString(stdout, strings.Split(script, "'")[3])
		return kube.Output{}, err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	said, _ := p.ask(t, "database: app")
	runtime.ReadMemStats(&after)
	assert.Equal(t, said, "yes: dumped database app to s3://dumps/pg/app-TIME.dump: N bytes, pg_restore lists 1 entries")
	used := after.HeapSys - before.HeapSys
	assert.Assert(t, used < 80<<20, "the heap grew by %d bytes", used)
}

// A short writer takes some bytes and then ends like a connection.
type short struct {
	w    io.Writer
	left int
}

func (s *short) Write(p []byte) (int, error) {
	n, err := s.w.Write(p[:min(len(p), s.left)])
	if s.left -= n; err == nil && n < len(p) {
		err = io.ErrClosedPipe
	}
	return n, err
}

// trimmed loses the last byte.
func trimmed(pipe dump.Pipe) dump.Pipe {
	return func(ctx context.Context, at kube.Container, command []string, stdin io.Reader, stdout io.Writer) (kube.Output, error) {
		var all strings.Builder
		out, err := pipe(ctx, at, command, stdin, &all)
		_, _ = io.WriteString(stdout, all.String()[:all.Len()-1])
		return out, err
	}
}

func printing(text string) dump.Pipe {
	return func(_ context.Context, _ kube.Container, _ []string, _ io.Reader, stdout io.Writer) (kube.Output, error) {
		_, err := io.WriteString(stdout, text)
		return kube.Output{}, err
	}
}

func ending(code int, stderr string) dump.Pipe {
	return func(context.Context, kube.Container, []string, io.Reader, io.Writer) (kube.Output, error) {
		return kube.Output{ExitCode: code, Stderr: stderr}, nil
	}
}

func refusing(context.Context, kube.Container, []string, io.Reader, io.Writer) (kube.Output, error) {
	return kube.Output{}, errors.New("forbidden")
}
