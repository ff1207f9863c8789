package testenv_test

import (
	"os"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

var shared testenv.Shared

func TestMain(m *testing.M) { os.Exit(shared.Run(m)) }

func TestKubeAPIServerEndsWithTheTest(t *testing.T) {
	var host string
	t.Run("started", func(t *testing.T) {
		host = testenv.KubeAPIServer(t).Host
		assert.ErrorContains(t, ask(host), "certificate signed by unknown authority")
	})
	if host == "" {
		t.Skip("it was not started")
	}
	assert.ErrorContains(t, ask(host), "connection refused")
}

const pod = `
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers: [{name: c, image: i}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
`

func TestKubeCreates(t *testing.T) {
	kube := shared.Kube(t)

	t.Run("objects in a namespace without rules", func(t *testing.T) {
		warnings, err := kube.Create(t, kube.Namespace(t, nil), []byte(pod))
		assert.NilError(t, err)
		assert.Equal(t, len(warnings), 0)
	})
	t.Run("no pod that is not restricted where only such are allowed", func(t *testing.T) {
		_, err := kube.Create(t, kube.Namespace(t, testenv.Restricted()), []byte(pod))
		assert.ErrorContains(t, err, `403 Forbidden: pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false`)
	})
	t.Run("a Job whose pods would be refused, with a warning", func(t *testing.T) {
		job := "{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}"
		warnings, err := kube.Create(t, kube.Namespace(t, testenv.Restricted()), []byte(job))
		assert.NilError(t, err)
		assert.Equal(t, len(warnings), 1)
		assert.Assert(t, strings.HasPrefix(warnings[0], `would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "c" must set`), warnings[0])
	})
	t.Run("nothing of a kind that it does not serve", func(t *testing.T) {
		_, err := kube.Create(t, kube.Namespace(t, nil), []byte("{apiVersion: v1, kind: Pood, metadata: {name: p}}"))
		assert.Error(t, err, "the API server has no kind Pood in v1")
	})
}

func TestKubeHoldsServiceAccountsToTheirRoles(t *testing.T) {
	kube := shared.Kube(t)
	namespace := kube.Namespace(t, nil)
	_, err := kube.Create(t, namespace, []byte(`
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: r}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{kind: ServiceAccount, name: default}]
`))
	assert.NilError(t, err)

	bearer := *kube
	bearer.Token = kube.ServiceAccountToken(t, namespace, "default")
	_, err = bearer.Create(t, namespace, []byte("{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}"))
	assert.ErrorContains(t, err, `User "system:serviceaccount:`+namespace+`:default" cannot create resource "configmaps"`)
	assert.Assert(t, strings.Contains(string(kube.KubeconfigFor(t, namespace, "default")), `"namespace": "`+namespace+`"`))
}

func TestKubeServesCRDs(t *testing.T) {
	kube := shared.Kube(t)
	kube.InstallCRDs(t, testenv.CRDs(t, testenv.CloudNativePG))
	kube.InstallCRDs(t, testenv.CRDs(t, testenv.BarmanCloudPlugin))
	_, err := kube.Create(t, kube.Namespace(t, nil), []byte(`
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: pg}
spec: {instances: 2, storage: {size: 1Gi}}
---
apiVersion: barmancloud.cnpg.io/v1
kind: ObjectStore
metadata: {name: store}
spec: {configuration: {destinationPath: "s3://b", s3Credentials: {inheritFromIAMRole: true}}}
`))
	assert.NilError(t, err)
}
