package syncfail_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/kubetest"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/syncfail"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

var shared testenv.Shared

func TestMain(m *testing.M) { os.Exit(shared.Run(m)) }

const nothing = "no hook of ours failed: look at the sync result of the application's own objects"

// now is after every object of a test was created, and then again is long ago.
const (
	now     = "2099-01-01T00:00:10Z"
	later   = "2099-01-01T00:00:20Z"
	longAgo = "2020-01-01T00:00:00Z"
)

// job is a hook Job; one that has failed says so since a moment.
func job(t *testing.T, s *kubetest.Space, name, failedSince, reason, message string) {
	t.Helper()
	status := "{}"
	if failedSince != "" {
		condition := func(kind string) string {
			return fmt.Sprintf(`{type: %s, status: "True", reason: %s, message: %q, lastTransitionTime: %q}`, kind, reason, message, failedSince)
		}
		status = fmt.Sprintf(`{startTime: %q, failed: 1, conditions: [%s, %s]}`, failedSince, condition("FailureTarget"), condition("Failed"))
	}
	s.Put(t, `{apiVersion: batch/v1, kind: Job, metadata: {name: `+name+`}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: hook, image: i}]}}}, status: `+status+`}`)
}

// pod is a pod of a Job, whose container has ended; owner is the UID of the Job.
func pod(t *testing.T, s *kubetest.Space, name, jobName, owner string, exitCode int, message string) {
	t.Helper()
	s.Put(t, fmt.Sprintf(`{apiVersion: v1, kind: Pod, metadata: {name: %s, labels: {batch.kubernetes.io/job-name: %s},
		ownerReferences: [{apiVersion: batch/v1, kind: Job, name: %[2]s, uid: %q, controller: true}]}, spec: {containers: [{name: hook, image: i}]},
		status: {phase: Failed, containerStatuses: [{name: hook, image: i, imageID: i, ready: false, restartCount: 0, state: {terminated: {exitCode: %d, reason: Error, message: %q, finishedAt: %q}}}]}}`,
		name, jobName, owner, exitCode, message, now))
}

func uid(t *testing.T, s *kubetest.Space, name string) string {
	t.Helper()
	return string(s.Get(t, "batch/v1", "Job", name).GetUID())
}

// deleteNow does not wait for the garbage collector, which is not there.
var deleteNow = metav1.DeleteOptions{PropagationPolicy: new(metav1.DeletePropagationBackground), GracePeriodSeconds: new(int64(0))}

const step = `{app: shop, jobs: [backup, check], configMap: shop-safesync-state, revision: abc`

// ask asks once, as a Job of a sync would, and returns the answer as text.
func ask(t *testing.T, s *kubetest.Space, keys string, hook *syncfail.Webhook) string {
	t.Helper()
	spec, err := hookspec.Parse("spec", []byte("steps: [{name: a, syncFailure: "+keys+"}}]"))
	assert.NilError(t, err)
	api, err := kube.New(s.Admin, s.Namespace)
	assert.NilError(t, err)
	yes, err := syncfail.New(syncfail.Config{Step: *spec.Steps[0].SyncFailure, API: api, Webhook: hook}).Ask(t.Context())
	return strings.ReplaceAll(kubetest.Words(yes, err), s.Namespace, "NS")
}

// A desk takes posts and answers them.
type desk struct {
	status int
	said   string
	posts  []string
	server *httptest.Server
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{status: http.StatusOK}
	d.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		d.posts = append(d.posts, req.Method+" "+req.URL.Path+" "+req.Header.Get("Content-Type")+" "+string(body))
		w.WriteHeader(d.status)
		fmt.Fprint(w, d.said)
	}))
	t.Cleanup(d.server.Close)
	return d
}

func (d *desk) webhook(t *testing.T, format string) *syncfail.Webhook {
	t.Helper()
	spec, err := hookspec.Parse("spec", []byte("steps: [{name: a, syncFailure: {app: a, configMap: b, webhook: {url: http://x}}}]"))
	assert.NilError(t, err)
	spec, err = spec.WithDefaults()
	assert.NilError(t, err)
	request := spec.Steps[0].SyncFailure.Webhook.Request(d.server.URL+"/in", "")
	return &syncfail.Webhook{HTTP: probehttp.Config{HTTP: request, Place: "POST to the webhook"}, Format: format}
}

// TestTheFailedHookIsNamedInItsOwnWords has one application for each thing that
// Kubernetes can say of a Job.
func TestTheFailedHookIsNamedInItsOwnWords(t *testing.T) {
	server := shared.Kube(t)
	const policyRule = "Container hook for pod NS/backup-x failed with exit code 3 matching FailJob rule at index 1"
	for _, test := range []struct {
		name string
		play func(t *testing.T, s *kubetest.Space)
		want string
	}{
		{"nothing has run", func(*testing.T, *kubetest.Space) {}, nothing},
		{"nothing has failed", func(t *testing.T, s *kubetest.Space) { job(t, s, "backup", "", "", "") }, nothing},
		{"the words of the pod", func(t *testing.T, s *kubetest.Space) {
			job(t, s, "backup", now, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
			pod(t, s, "backup-x", "backup", uid(t, s, "backup"), 1, "backup: Cluster db/pg is not healthy\n")
		}, "hook backup failed: backup: Cluster db/pg is not healthy (exit code 1)"},
		{"no pod is left", func(t *testing.T, s *kubetest.Space) {
			job(t, s, "backup", now, "DeadlineExceeded", "Job was active longer than specified deadline")
		}, "hook backup failed: Job was active longer than specified deadline (DeadlineExceeded)"},
		{"a pod of an earlier Job of the name", func(t *testing.T, s *kubetest.Space) {
			job(t, s, "backup", now, "PodFailurePolicy", policyRule)
			pod(t, s, "backup-old", "backup", "00000000-0000-0000-0000-000000000000", 1, "an old story")
		}, "hook backup failed: " + policyRule + " (PodFailurePolicy)"},
		{"no message", func(t *testing.T, s *kubetest.Space) {
			job(t, s, "check", now, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
			pod(t, s, "check-x", "check", uid(t, s, "check"), 127, "")
		}, "hook check failed: it left no message (exit code 127)"},
		{"the end of a log", func(t *testing.T, s *kubetest.Space) {
			job(t, s, "check", now, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
			pod(t, s, "check-x", "check", uid(t, s, "check"), 2, "one\ntwo\nthree\nfour\n")
		}, "hook check failed: two three four (exit code 2)"},
		{"a long reason: what failed, and what to look for", func(t *testing.T, s *kubetest.Space) {
			job(t, s, "check", now, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
			pod(t, s, "check-x", "check", uid(t, s, "check"), 1, "api: want 200, got "+strings.Repeat("é", 600)+" (is the port on the Service?)")
		}, "hook check failed: api: want 200, got " + strings.Repeat("é", 340) + " … " + strings.Repeat("é", 135) + " (is the port on the Service?) (exit code 1)"},
		{"two hooks, in the order in which they failed", func(t *testing.T, s *kubetest.Space) {
			job(t, s, "backup", later, "DeadlineExceeded", "too late")
			job(t, s, "check", now, "DeadlineExceeded", "too late")
		}, "hook check failed: too late (DeadlineExceeded); hook backup failed: too late (DeadlineExceeded)"},
		{"a hook that had failed before the last of its wave was there", func(t *testing.T, s *kubetest.Space) {
			job(t, s, "backup", "", "", "")
			created := s.Get(t, "batch/v1", "Job", "backup").GetCreationTimestamp()
			job(t, s, "check", created.Add(-2*time.Second).UTC().Format(time.RFC3339), "DeadlineExceeded", "too late")
		}, "hook check failed: too late (DeadlineExceeded)"},
		{"the Job of an earlier sync, before one of this sync", func(t *testing.T, s *kubetest.Space) {
			job(t, s, "check", longAgo, "DeadlineExceeded", "too late")
			job(t, s, "backup", "", "", "")
		}, nothing},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := kubetest.New(t, server)
			test.play(t, s)
			assert.Equal(t, ask(t, s, step, nil), "no: "+test.want)
		})
	}
}

// TestAChartsTestIsAHookToo: a Pod of its own has no Job to speak for it.
func TestAChartsTestIsAHookToo(t *testing.T) {
	s := kubetest.New(t, shared.Kube(t))
	const keys = `{app: shop, pods: [web-test], configMap: shop-safesync-state`
	assert.Equal(t, ask(t, s, keys, nil), "no: "+nothing)
	pod(t, s, "web-test", "x", "00000000-0000-0000-0000-000000000000", 4, "wget: bad address")
	assert.Equal(t, ask(t, s, keys, nil), "no: hook web-test failed: wget: bad address (exit code 4)")
}

// TestAFailureIsBlamedForOneSyncOnly: the Job of a hook that does not run again
// stays, and the next sync fails for another reason.
func TestAFailureIsBlamedForOneSyncOnly(t *testing.T) {
	s := kubetest.New(t, shared.Kube(t))
	job(t, s, "check", now, "DeadlineExceeded", "too late")
	const failed = "no: hook check failed: too late (DeadlineExceeded)"
	assert.Equal(t, ask(t, s, step, nil), failed)
	assert.Equal(t, ask(t, s, step, nil), "no: "+nothing)

	assert.NilError(t, s.At("batch/v1", "Job").Delete(t.Context(), "check", deleteNow))
	job(t, s, "check", now, "DeadlineExceeded", "too late")
	assert.Equal(t, ask(t, s, step, nil), failed)
}

// TestARevisionIsPostedOnce: Argo CD runs the hook again with each retry.
func TestARevisionIsPostedOnce(t *testing.T) {
	s := kubetest.New(t, shared.Kube(t))
	d := newDesk(t)
	s.Put(t, "{apiVersion: v1, kind: ConfigMap, metadata: {name: shop-safesync-state}, data: {smoke: kept}}")
	for range 2 {
		_ = s.At("batch/v1", "Job").Delete(t.Context(), "backup", deleteNow) // there is none at first
		job(t, s, "backup", now, "DeadlineExceeded", "too late")
		words := ask(t, s, step, d.webhook(t, "generic"))
		assert.Assert(t, strings.HasPrefix(words, "no: hook backup failed: too late (DeadlineExceeded); posted "), words)
	}
	assert.DeepEqual(t, d.posts, []string{strings.ReplaceAll(`POST /in application/json {"app":"shop","namespace":"NS","revision":"abc","hook":"backup","reason":"too late (DeadlineExceeded)","exitCode":null}`, "NS", s.Namespace)})

	assert.Equal(t, ask(t, s, strings.Replace(step, "abc", "def", 1), d.webhook(t, "generic")), "no: "+nothing+"; posted for revision def")
	assert.Equal(t, len(d.posts), 2)
	assert.Equal(t, ask(t, s, strings.Replace(step, ", revision: abc", "", 1), d.webhook(t, "generic")), "no: "+nothing+"; posted, as each failure is without a revision")
	assert.Equal(t, ask(t, s, strings.Replace(step, "abc", "def", 1), d.webhook(t, "generic")), "no: "+nothing+"; posted before for revision def")
	assert.Equal(t, len(d.posts), 3)

	data, _, err := unstructured.NestedStringMap(s.Get(t, "v1", "ConfigMap", "shop-safesync-state").Object, "data")
	assert.NilError(t, err)
	assert.DeepEqual(t, data, map[string]string{"smoke": "kept", "sync-fail.revision": "def", "sync-fail.failed": uid(t, s, "backup")})
}

func TestFormats(t *testing.T) {
	s := kubetest.New(t, shared.Kube(t))
	for format, want := range map[string]string{
		"generic":      `{"app":"shop","namespace":"NS","revision":"abc","hook":"check","reason":"a \u003c b \u0026 c","exitCode":1}`,
		"slack":        `{"text":"sync of shop in NS failed at revision abc: hook check failed: a \u0026lt; b \u0026amp; c (exit code 1)"}`,
		"alertmanager": `[{"labels":{"alertname":"ArgoCDSyncFailed","app":"shop","hook":"check","namespace":"NS"},"annotations":{"description":"hook check failed: a \u003c b \u0026 c (exit code 1)","revision":"abc","summary":"sync of shop in NS failed at revision abc"}}]`,
	} {
		d := newDesk(t)
		_ = s.At("batch/v1", "Job").Delete(t.Context(), "check", deleteNow)
		_ = s.At("v1", "Pod").Delete(t.Context(), "check-x", deleteNow)
		_ = s.At("v1", "ConfigMap").Delete(t.Context(), "shop-safesync-state", deleteNow)
		job(t, s, "check", now, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
		pod(t, s, "check-x", "check", uid(t, s, "check"), 1, "a < b & c")
		assert.Equal(t, ask(t, s, step, d.webhook(t, format)), "no: hook check failed: a < b & c (exit code 1); posted for revision abc")
		assert.DeepEqual(t, d.posts, []string{"POST /in application/json " + strings.ReplaceAll(want, "NS", s.Namespace)})
	}
}

// TestAWebhookThatDoesNotTakeIt: the failed hook is named all the same, and the
// next attempt posts.
func TestAWebhookThatDoesNotTakeIt(t *testing.T) {
	s := kubetest.New(t, shared.Kube(t))
	job(t, s, "check", now, "DeadlineExceeded", "too late")
	d := newDesk(t)
	const failed = "hook check failed: too late (DeadlineExceeded); and POST to the webhook: "
	for _, test := range []struct {
		status     int
		said, want string
	}{
		{http.StatusForbidden, "invalid_token", "no: " + failed + "403 Forbidden, want 200-299: invalid_token"},
		{http.StatusFound, "", "no: " + failed + "302 Found, want 200-299"},
		{http.StatusServiceUnavailable, "", "not yet: " + failed + "503 Service Unavailable, want 200-299"},
		{http.StatusTooManyRequests, "slow down", "not yet: " + failed + "429 Too Many Requests, want 200-299: slow down"},
	} {
		d.status, d.said = test.status, test.said
		assert.Equal(t, ask(t, s, step, d.webhook(t, "slack")), test.want)
	}
	d.status = http.StatusNoContent
	assert.Equal(t, ask(t, s, step, d.webhook(t, "slack")), "no: hook check failed: too late (DeadlineExceeded); posted for revision abc")
	gone := d.webhook(t, "slack")
	d.server.Close()
	assert.Equal(t, ask(t, s, strings.Replace(step, "abc", "def", 1), gone), "not yet: "+nothing+"; and POST to the webhook: connection refused")
}
