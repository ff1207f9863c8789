package runner_test

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/argocd-safesync/argocd-safesync/internal/kubetest"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// cluster is a CloudNative-PG cluster of two instances that is well.
const cluster = `
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: pg}
spec: {instances: 2, storage: {size: 1Gi}, plugins: [{name: barman-cloud.cloudnative-pg.io, isWALArchiver: true, parameters: {barmanObjectName: store}}]}
status: {phase: Cluster in healthy state, currentPrimary: pg-1, targetPrimary: pg-1, readyInstances: 2, instanceNames: [pg-1, pg-2]}
`

// workloads are rolled out, with no pod: none is wanted.
const workloads = `
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, annotations: {deployment.kubernetes.io/revision: "1"}}, spec: {replicas: 0, SELECT}, status: {observedGeneration: 1}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: {replicas: 0, serviceName: web, SELECT}, status: {observedGeneration: 1, replicas: 0, updateRevision: new}}
---
{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: web}, spec: {SELECT}, status: {observedGeneration: 1, currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}
---
{apiVersion: batch/v1, kind: Job, metadata: {name: failed}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: hook, image: i}]}}}, status: {startTime: "2099-01-01T00:00:00Z", failed: 1, conditions: [
  {type: FailureTarget, status: "True", reason: DeadlineExceeded, message: too late, lastTransitionTime: "2099-01-01T00:00:00Z"}, {type: Failed, status: "True", reason: DeadlineExceeded, message: too late, lastTransitionTime: "2099-01-01T00:00:00Z"}]}}
---
{apiVersion: barmancloud.cnpg.io/v1, kind: ObjectStore, metadata: {name: store}, spec: {configuration: {destinationPath: s3://b}}, status: {serverRecoveryWindow: {pg: {lastSuccessfulBackupTime: "2100-01-01T00:00:00Z"}}}}
---
`

// world makes a namespace with a workload of each kind and a cluster, whose
// primary is a real PostgreSQL with a standby behind a kubelet's exec server.
func world(t *testing.T) *kubetest.Space {
	t.Helper()
	server := shared.Kube(t)
	server.InstallCRDs(t, testenv.CRDs(t, testenv.CloudNativePG))
	server.InstallCRDs(t, testenv.CRDs(t, testenv.BarmanCloudPlugin))
	s := kubetest.New(t, server)
	const choose = "selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: i}]}}"
	s.Put(t, strings.ReplaceAll(workloads, "SELECT", choose)+cluster)
	revisions(t, s)

	primary := testenv.Postgres(t)
	primary.Standby(t, "pg-2")
	node := s.Node(t, inPod(primary))
	for name, labels := range map[string]string{"pg-1": "cnpg.io/cluster: pg, cnpg.io/podRole: instance", "pg-2": "cnpg.io/cluster: pg, cnpg.io/podRole: instance", "found": "app: found"} {
		s.Put(t, `{apiVersion: v1, kind: Pod, metadata: {name: `+name+`, labels: {`+labels+`}}, spec: {nodeName: `+node+`, containers: [{name: postgres, image: i}, {name: main, image: i}]},
			status: {phase: Running, conditions: [{type: Ready, status: "True"}]}}`)
	}
	return s
}

// revisions are what the controllers record of the newest revision.
func revisions(t *testing.T, s *kubetest.Space) {
	t.Helper()
	owner := func(kind string) string {
		uid := s.Get(t, "apps/v1", kind, "web").GetUID()
		return "ownerReferences: [{apiVersion: apps/v1, kind: " + kind + ", name: web, uid: " + string(uid) + ", controller: true}]"
	}
	const labels = "labels: {app: web, pod-template-hash: x, controller-revision-hash: x}"
	s.Put(t, `{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web-x, `+labels+`, annotations: {deployment.kubernetes.io/revision: "1"}, `+owner("Deployment")+`},
		spec: {replicas: 0, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: i}]}}}}
---
{apiVersion: apps/v1, kind: ControllerRevision, metadata: {name: web-x, `+labels+`, `+owner("DaemonSet")+`}, revision: 1, data: {}}`)
}

// leftover is a backup of ours that is due to be pruned.
const leftover = "pg-presync-old"

// again puts the backups, and what was reported, back as they are before a hook.
func again(t *testing.T, s *kubetest.Space) {
	t.Helper()
	err := s.At("v1", "ConfigMap").Delete(t.Context(), "web-safesync-state", metav1.DeleteOptions{})
	assert.Assert(t, err == nil || apierrors.IsNotFound(err), err)
	assert.NilError(t, s.At("postgresql.cnpg.io/v1", "Backup").DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{}))
	s.Put(t, `{apiVersion: postgresql.cnpg.io/v1, kind: Backup, metadata: {name: `+leftover+`, labels: {app.kubernetes.io/managed-by: argocd-safesync, safesync/backup: presync}},
		spec: {cluster: {name: pg}, method: plugin, pluginConfiguration: {name: x}}, status: {phase: completed}}`)
}

// play is the operator: until the end of the test it completes every backup.
func play(t *testing.T, s *kubetest.Space) {
	t.Helper()
	again(t, s)
	at := s.At("postgresql.cnpg.io/v1", "Backup")
	events, err := at.Watch(t.Context(), metav1.ListOptions{})
	assert.NilError(t, err)
	t.Cleanup(events.Stop)
	go func() {
		for event := range events.ResultChan() {
			backup, ok := event.Object.(*unstructured.Unstructured)
			if !ok || event.Type != watch.Added || backup.GetName() == leftover {
				continue
			}
			backup.Object["status"] = map[string]any{"phase": "completed"}
			_, _ = at.UpdateStatus(t.Context(), backup, metav1.UpdateOptions{}) // it may be gone already
		}
	}()
}
