package cnpg_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/kubetest"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/cnpg"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

var shared testenv.Shared

func TestMain(m *testing.M) { os.Exit(shared.Run(m)) }

// space is a namespace on an API server that knows CloudNative-PG, and the
// access of its administrator.
func space(t *testing.T) (*kubetest.Space, cnpg.Access) {
	t.Helper()
	server := shared.Kube(t)
	server.InstallCRDs(t, testenv.CRDs(t, testenv.CloudNativePG))
	s := kubetest.New(t, server)
	c, err := kube.New(s.Admin, s.Namespace)
	assert.NilError(t, err)
	return s, cnpg.Access{API: c}
}

// step parses one step whose key is kind and fills in the defaults.
func step(t *testing.T, kind, keys string) *hookspec.Step {
	t.Helper()
	spec, err := hookspec.Parse("spec", []byte("steps:\n- name: x\n  "+kind+": {cluster: pg, "+keys+"}\n"))
	assert.NilError(t, err)
	spec, err = spec.WithDefaults()
	assert.NilError(t, err)
	return &spec.Steps[0]
}

// says asks once and hides the name of the namespace.
func says(ctx context.Context, s *kubetest.Space, p probe.Probe) string {
	yes, err := p.Ask(ctx)
	return strings.ReplaceAll(kubetest.Words(yes, err), s.Namespace, "NS")
}

// through runs commands where a PostgreSQL server runs, in the place of exec.
func through(t *testing.T, server *testenv.PostgresServer) cnpg.Shell {
	return func(ctx context.Context, at kube.Container, command []string) (kube.Output, error) {
		assert.Equal(t, at.Pod, "pg-1", "want the primary")
		assert.Equal(t, at.Name, "postgres")
		stdout, stderr, code, err := server.Exec(ctx, command)
		return kube.Output{Stdout: stdout, Stderr: stderr, ExitCode: code}, err
	}
}

// healthy is a cluster of three instances that is well.
const healthy = `
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: pg}
spec: {instances: 3, storage: {size: 1Gi}, plugins: [{name: barman-cloud.cloudnative-pg.io, isWALArchiver: true, parameters: {barmanObjectName: store}}]}
status:
  phase: Cluster in healthy state
  currentPrimary: pg-1
  targetPrimary: pg-1
  instances: 3
  readyInstances: 3
  instanceNames: [pg-1, pg-2, pg-3]
`
