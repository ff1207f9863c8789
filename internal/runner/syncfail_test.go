package runner_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/kubetest"
	"github.com/argocd-safesync/argocd-safesync/internal/runner"
)

const failedJob = `{apiVersion: batch/v1, kind: Job, metadata: {name: check}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: hook, image: i}]}}}, status: {startTime: "2099-01-01T00:00:00Z", failed: 1, conditions: [
  {type: FailureTarget, status: "True", reason: DeadlineExceeded, message: too late, lastTransitionTime: "2099-01-01T00:00:00Z"}, {type: Failed, status: "True", reason: DeadlineExceeded, message: too late, lastTransitionTime: "2099-01-01T00:00:00Z"}]}}`

// TestAFailureEndsInTheMessageOfItsPod takes each end of a post through a whole
// run, with the hook's own permissions and a URL that is a secret.
func TestAFailureEndsInTheMessageOfItsPod(t *testing.T) {
	s := kubetest.New(t, shared.Kube(t))
	s.Put(t, failedJob)
	status := http.StatusForbidden
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, "no such hook: "+req.URL.Path)
	}))
	defer server.Close()
	spec := parse(t, "steps: [{name: report, timeout: 1s, interval: 100ms, syncFailure: {app: shop, jobs: [check], configMap: state, revision: abc, webhook: {urlFrom: {env: URL}}}}]")
	s.Grant(t, "hook", spec.Rules(s.Namespace))

	const failed = "hook check failed: too late (DeadlineExceeded)"
	for _, test := range []struct {
		status, code int
		words        string
	}{
		{http.StatusForbidden, runner.ExitNo, failed + "; and report: POST to the webhook: 403 Forbidden, want 200-299: no such hook: [redacted]"},
		{http.StatusBadGateway, runner.ExitTime, failed + "; and report: gave up after 1s: POST to the webhook: 502 Bad Gateway, want 200-299: no such hook: [redacted]"},
		{http.StatusOK, runner.ExitNo, failed + "; posted for revision abc"},
	} {
		status = test.status
		code, words := outcomeWith(t, s, spec, server.URL+"/t0ken")
		assert.Equal(t, code, test.code, words)
		assert.Equal(t, words, test.words)
		assert.Assert(t, !strings.Contains(words, server.URL) && !strings.Contains(words, "t0ken"), words)
	}
	code, words := outcomeWith(t, s, spec, "ftp://t0ken")
	assert.Equal(t, code, runner.ExitSpec)
	assert.Equal(t, words, `steps[0].syncFailure.webhook: want a URL that begins with http:// or https://, got "[redacted]"`)
}

// TestAReasonThatCannotBeRead says so, after what is known all the same, and where
// it is.
func TestAReasonThatCannotBeRead(t *testing.T) {
	s := kubetest.New(t, shared.Kube(t))
	s.Put(t, failedJob)
	spec := parse(t, "steps: [{name: report, timeout: 1s, interval: 100ms, syncFailure: {app: shop, jobs: [check], configMap: state, revision: abc}}]")
	const forbidden = "forbidden: ServiceAccount NS/"
	for account, test := range map[string]struct{ resource, words string }{
		"no-jobs": {"jobs", "report: permission refused: which hook failed cannot be read: Job NS/check: " + forbidden + "no-jobs may not get jobs.batch in namespace NS (is the hook's Role bound to it?); " +
			"look at the pods of the hooks: kubectl -n NS get pods -l app.kubernetes.io/component=hook"},
		"no-pods": {"pods", "hook check failed: too late (DeadlineExceeded); and report: permission refused: its own words cannot be read: Pods in NS: " + forbidden + "no-pods may not list pods in namespace NS (is the hook's Role bound to it?); kubectl -n NS logs job/check"},
	} {
		s.Grant(t, account, slices.DeleteFunc(spec.Rules(s.Namespace), func(r hookspec.Rule) bool { return r.Resource == test.resource }))
		code, words := outcome(t, s, account, spec)
		assert.Equal(t, code, runner.ExitDenied, words)
		assert.Equal(t, words, test.words)
	}
}

// outcomeWith is outcome with the URL of a webhook in the environment.
func outcomeWith(t *testing.T, s *kubetest.Space, spec hookspec.Spec, url string) (int, string) {
	t.Helper()
	report, err := runner.Run(t.Context(), spec, runner.Env{
		Namespace: s.Namespace, Kubeconfig: s.Kubeconfig(t, "hook"), Log: slog.New(slog.DiscardHandler),
		Getenv: func(string) (string, bool) { return url, true },
	})
	if f, ok := errors.AsType[*runner.Failure](err); ok {
		return f.Code, f.Error()
	}
	assert.NilError(t, err)
	return 0, report.Conclusion()
}
