package testenv_test

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

func TestAdmit(t *testing.T) {
	kube := shared.Kube(t)
	const job = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: hook, namespace: edge}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: hook, namespace: data}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: hook}
subjects: [{kind: ServiceAccount, name: hook, namespace: edge}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: hook, namespace: edge}
spec:
  template:
    spec:
      restartPolicy: Never
      serviceAccountName: hook
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers: [{name: c, image: i, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]
`
	t.Run("says nothing of what is restricted", func(t *testing.T) {
		assert.DeepEqual(t, kube.Admit(t, []byte(job)), []string(nil))
	})
	t.Run("says what is not", func(t *testing.T) {
		said := kube.Admit(t, []byte(strings.Replace(job, "runAsNonRoot: true, ", "", 1)))
		assert.Equal(t, len(said), 2, said)
		const why = `violate PodSecurity "restricted:latest": runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)`
		assert.Equal(t, said[0], "Job hook: would "+why)
		assert.Assert(t, strings.HasSuffix(said[1], strings.Replace(why, "violate", "violates", 1)), said[1])
	})
	t.Run("says that an account is missing", func(t *testing.T) {
		said := kube.Admit(t, []byte(strings.Replace(job, "{name: hook, namespace: edge}\n---", "{name: other, namespace: edge}\n---", 1)))
		assert.Equal(t, len(said), 1, said)
		assert.Assert(t, strings.HasSuffix(said[0], `serviceaccount "hook" not found`), said[0])
	})
}
