package backup_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/backup"
	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/kubetest"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

var shared testenv.Shared

func TestMain(m *testing.M) { os.Exit(shared.Run(m)) }

const (
	cnpgV1   = "postgresql.cnpg.io/v1"
	barmanV1 = "barmancloud.cnpg.io/v1"
)

// A stage is a namespace with a cluster, and a clock that the test moves.
type stage struct {
	*kubetest.Space
	api   *kube.Client
	ahead time.Duration
}

func newStage(t *testing.T) *stage {
	t.Helper()
	server := shared.Kube(t)
	server.InstallCRDs(t, testenv.CRDs(t, testenv.CloudNativePG))
	server.InstallCRDs(t, testenv.CRDs(t, testenv.BarmanCloudPlugin))
	s := &stage{Space: kubetest.New(t, server)}
	var err error
	s.api, err = kube.New(s.Admin, s.Namespace)
	assert.NilError(t, err)
	return s
}

func (s *stage) now() time.Time { return time.Now().Add(s.ahead) }

// step is a cnpg.backup step of the cluster pg with some keys and all defaults.
func step(t *testing.T, keys string) hookspec.CNPGBackup {
	t.Helper()
	spec, err := hookspec.Parse("spec", []byte("steps:\n- name: x\n  cnpg.backup: {cluster: pg, "+keys+"}\n"))
	assert.NilError(t, err)
	spec, err = spec.WithDefaults()
	assert.NilError(t, err)
	return *spec.Steps[0].CNPGBackup
}

// probe is a new run of the step.
func (s *stage) probe(t *testing.T, keys string) probe.Probe {
	t.Helper()
	return backup.New(s.api, step(t, keys), s.now)
}

// says asks once and hides the name of the namespace.
func (s *stage) says(t *testing.T, p probe.Probe) string {
	t.Helper()
	yes, err := p.Ask(t.Context())
	return strings.ReplaceAll(kubetest.Words(yes, err), s.Namespace, "NS")
}

// abandons is what p says when its time is over.
func (s *stage) abandons(t *testing.T, p probe.Probe) string {
	t.Helper()
	a, ok := p.(probe.Abandoner)
	assert.Assert(t, ok)
	return strings.ReplaceAll(a.Abandon(t.Context()), s.Namespace, "NS")
}

// becomes is what the operator writes on a Backup.
func (s *stage) becomes(t *testing.T, name, status string) {
	t.Helper()
	s.SetStatus(t, cnpgV1, "Backup", name, status)
}

// put makes a Backup of the cluster pg; ours are those with a revision.
func (s *stage) put(t *testing.T, name, revision, status string) {
	t.Helper()
	meta := "name: " + name
	if revision != "" {
		meta += ", labels: {cnpg.io/cluster: pg, app.kubernetes.io/managed-by: argocd-safesync, safesync/backup: presync}, annotations: {safesync/revision: " + revision + "}"
	}
	s.Put(t, "{apiVersion: "+cnpgV1+", kind: Backup, metadata: {"+meta+"}, spec: {cluster: {name: pg}, method: plugin, pluginConfiguration: {name: x}}, status: "+status+"}")
}

// healthy is a cluster that can be backed up.
const healthy = `
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: pg}
spec:
  instances: 2
  imageName: ghcr.io/cloudnative-pg/postgresql:17.5
  storage: {size: 1Gi, storageClass: local-path}
  plugins: [{name: barman-cloud.cloudnative-pg.io, isWALArchiver: true, parameters: {barmanObjectName: store, serverName: pg-v8}}]
status:
  phase: Cluster in healthy state
  currentPrimary: pg-1
  targetPrimary: pg-1
  readyInstances: 2
  conditions: [{type: ContinuousArchiving, status: "True", reason: ContinuousArchivingSuccess, message: Continuous archiving is working, lastTransitionTime: "2026-01-01T00:00:00Z"}]
`
