package runner_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/kubetest"
	"github.com/argocd-safesync/argocd-safesync/internal/runner"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

var shared testenv.Shared

func TestMain(m *testing.M) { os.Exit(shared.Run(m)) }

// outcome is the end of a run with the rights of an account: the exit code and
// the last words, which are those of the termination message.
func outcome(t *testing.T, s *kubetest.Space, account string, spec hookspec.Spec) (code int, words string) {
	t.Helper()
	var log bytes.Buffer
	report, err := runner.Run(t.Context(), spec, runner.Env{
		Namespace:  s.Namespace,
		Kubeconfig: s.Kubeconfig(t, account),
		Log:        slog.New(slog.NewTextHandler(&log, nil)),
	})
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(log.String())
		}
	})
	if f, ok := errors.AsType[*runner.Failure](err); ok {
		return f.Code, strings.ReplaceAll(f.Error(), s.Namespace, "NS")
	}
	assert.NilError(t, err)
	return 0, strings.ReplaceAll(report.Conclusion(), s.Namespace, "NS")
}

func parse(t *testing.T, text string) hookspec.Spec {
	t.Helper()
	spec, err := hookspec.Parse("spec", []byte(text))
	assert.NilError(t, err)
	return spec
}

// everything is one step of each kind that needs the API, in the system that
// world makes.
const everything = `
steps:
- {name: deployment, rollout: {kind: Deployment, name: web}}
- {name: statefulset, rollout: {kind: StatefulSet, name: web}}
- {name: daemonset, rollout: {kind: DaemonSet, name: web}}
- {name: object, kubernetes: {apiVersion: v1, kind: Service, name: web, fields: {spec.type: ClusterIP}}}
- {name: found, exec: {selector: app=found, container: main, command: [echo]}}
- {name: named, exec: {pod: pg-1, container: postgres, command: [echo]}}
- {name: healthy, interval: 100ms, cnpg.healthy: {cluster: pg}}
- {name: instances, cnpg.instances: {cluster: pg}}
- {name: connect, cnpg.connect: {cluster: pg}}
- {name: replication, cnpg.replication: {cluster: pg}}
- {name: archiving, interval: 100ms, cnpg.walArchiving: {cluster: pg}}
- {name: backup, interval: 100ms, cnpg.backup: {cluster: pg, objectStore: store, keep: 1, maxAge: 0s}}
- {name: failure, syncFailure: {app: web, jobs: [failed], pods: [found], configMap: web-safesync-state}}
`

// TestRulesAreEnoughAndNoneIsIdle runs every step with exactly the rules that it
// declares, then without each verb of each rule.
func TestRulesAreEnoughAndNoneIsIdle(t *testing.T) {
	s := world(t)
	spec := parse(t, everything)
	s.Grant(t, "all", spec.Rules(s.Namespace))
	play(t, s)
	last := len(spec.Steps) - 1
	code, words := outcome(t, s, "all", hookspec.Spec{Steps: spec.Steps[:last]})
	assert.Equal(t, code, runner.ExitDone, words)
	// Of all steps two have news, and those of the last are bad.
	news, words, _ := strings.Cut(words, "; ")
	assert.Assert(t, strings.HasPrefix(news, "Backup NS/pg-presync-") && strings.Contains(news, " completed"), news)
	assert.Assert(t, strings.HasPrefix(words, "done: 12 of 12 steps in ") && !strings.Contains(words, ";"), words)
	code, words = outcome(t, s, "all", hookspec.Spec{Steps: spec.Steps[last:]})
	assert.Equal(t, code, runner.ExitNo, words)
	assert.Equal(t, words, "hook failed failed: too late (DeadlineExceeded)")

	for i := range spec.Steps {
		alone := hookspec.Spec{Steps: spec.Steps[i : i+1]}
		name := spec.Steps[i].Name
		for n, less := range without(alone.Rules(s.Namespace)) {
			t.Run(name+" without "+less.verb+" "+less.resource, func(t *testing.T) {
				account := fmt.Sprintf("%s-%d", name, n)
				s.Grant(t, account, less.rules)
				again(t, s)
				code, words := outcome(t, s, account, alone)
				if less.resource == "pods/exec" && less.verb == "get" {
					// WebSocket needs it, and what is refused to WebSocket is tried with SPDY.
					assert.Equal(t, code, runner.ExitDone, words)
					return
				}
				assert.Equal(t, code, runner.ExitDenied, words)
				want := fmt.Sprintf("forbidden: ServiceAccount NS/%s may not %s %s in namespace NS", account, less.verb, less.resource)
				assert.Assert(t, strings.Contains("; and "+words, "; and "+name+": permission refused: ") && strings.Contains(words, want), words)
			})
		}
	}
}

// A lack is a list of rules without one verb of one resource.
type lack struct {
	rules          []hookspec.Rule
	verb, resource string
}

func without(rules []hookspec.Rule) (out []lack) {
	for i, r := range rules {
		for j, verb := range r.Verbs {
			less := slices.Clone(rules)
			less[i].Verbs = slices.Delete(slices.Clone(r.Verbs), j, j+1)
			if len(less[i].Verbs) == 0 {
				less = slices.Delete(less, i, i+1)
			}
			resource := r.Resource
			if r.Group != "" {
				resource += "." + r.Group
			}
			out = append(out, lack{less, verb, resource})
		}
	}
	return out
}

// TestExitCodesOfClusters takes each kind of end through a whole run.
func TestExitCodesOfClusters(t *testing.T) {
	s := world(t)
	spec := parse(t, "steps:\n- {name: backup, timeout: 3s, interval: 100ms, cnpg.backup: {cluster: pg, settle: 1s, onUnhealthy: fail, revision: abc}}\n- {name: healthy, timeout: 1s, interval: 100ms, cnpg.healthy: {cluster: pg}}\n")
	s.Grant(t, "hook", spec.Rules(s.Namespace))
	for _, test := range []struct {
		change [2]string
		code   int
		words  string
	}{
		{
			[2]string{"metadata: {name: pg}", `metadata: {name: pg, annotations: {cnpg.io/hibernation: "on"}}`},
			runner.ExitDone, "backup skipped: Cluster NS/pg is hibernated: no backup can be taken; healthy skipped: Cluster NS/pg is hibernated",
		},
		{
			[2]string{"Cluster in healthy state", "Waiting for user action"},
			runner.ExitNo, "backup: Cluster NS/pg is waiting for user action (primaryUpdateStrategy supervised): promote another instance or restart the primary: no backup can be taken (onUnhealthy: fail)",
		},
		{
			[2]string{"targetPrimary: pg-1", "targetPrimary: pg-2"},
			runner.ExitNo, "backup: Cluster NS/pg has a switchover or failover under way: the primary is pg-1, shall be pg-2, for 1s already: no backup can be taken (onUnhealthy: fail)",
		},
		{
			[2]string{},
			runner.ExitTime, "backup: gave up after 3s: Backup NS/pg-presync-ba7816bf not looked at by the operator for ",
		},
	} {
		s.Put(t, strings.Replace(cluster, test.change[0], test.change[1], 1))
		code, words := outcome(t, s, "hook", spec)
		assert.Equal(t, code, test.code, words)
		assert.Assert(t, strings.Contains(words, test.words), words)
	}
	// The Backup that never started was deleted on the way out.
	assert.DeepEqual(t, s.Names(t, "postgresql.cnpg.io/v1", "Backup"), []string{})
}

// inPod runs commands of the instances where PostgreSQL runs, and all others
// here.
func inPod(server *testenv.PostgresServer) kubetest.Container {
	return func(ctx context.Context, _, _ string, command []string) (stdout, stderr string, exitCode int, err error) {
		return server.Exec(ctx, command)
	}
}
