package kustomize

import (
	"fmt"
	"slices"
)

// leastOf is the n-th in order: maps have none.
func leastOf(list []string, n int) string { return slices.Sorted(slices.Values(list))[n] }

func namespaceField(namespace string) string {
	if namespace == "" {
		return ""
	}
	return ", namespace: " + namespace
}

// object is a document of a kind that refers to others or that others refer to, ""
// if its identity is taken.
func (t *randomTree) object() string {
	kinds := t.kinds()
	kind := kinds[t.IntN(len(kinds))]
	name, namespace := t.name(), t.namespace()
	if kind.global {
		namespace = ""
	}
	id := kind.version + "|" + kind.name + "|" + namespace + "|" + name
	if t.taken[id] && !t.some(400) {
		return ""
	}
	t.taken[id] = true
	local := t.one("", "", "", "", "", "", ", annotations: {config.kubernetes.io/local-config: 'true'}")
	return fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: %s%s%s}\n%s", kind.version, kind.name, name, namespaceField(namespace), local, kind.body)
}

type randomKind struct {
	version, name string
	global        bool
	body          string
}

func (t *randomTree) kinds() []randomKind {
	n := t.name
	subject := func() string {
		return "{kind: ServiceAccount, name: " + n() + namespaceField(t.namespace()) + "}"
	}
	pod := fmt.Sprintf("{serviceAccountName: %s, priorityClassName: %s, imagePullSecrets: [{name: %s}], containers: [{name: web, image: 'nginx:1', envFrom: [{configMapRef: {name: %s}}, {secretRef: {name: %s}}], env: [{name: E, valueFrom: {configMapKeyRef: {name: %s, key: k}}}]}], volumes: [{name: v, persistentVolumeClaim: {claimName: %s}}, {name: w, configMap: {name: %s}}]}",
		n(), n(), n(), n(), n(), n(), n(), n())
	role := "rules:\n- {apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [" + n() + ", " + n() + "]}\n"
	hook := "webhooks:\n- {name: a.b.c, clientConfig: {service: {name: " + n() + ", namespace: " + t.one("n1", "n2", "prod", "default") + "}}}\n"
	rbac := "rbac.authorization.k8s.io/v1"
	return []randomKind{
		{"apps/v1", "Deployment", false, "spec:\n  template:\n    spec: " + pod + "\n"},
		{"apps/v1", "Deployment", false, "spec: {template: {spec: " + pod + "}}\n"},
		{"apps/v1", "StatefulSet", false, "spec:\n  serviceName: " + n() + "\n  template: {spec: " + pod + "}\n"},
		{"batch/v1", "CronJob", false, "spec: {jobTemplate: {spec: {template: {spec: " + pod + "}}}}\n"},
		{"v1", "ConfigMap", false, "data:\n  x: " + n() + "\n  text: |\n    several\n    lines\n"},
		{"v1", "Secret", false, "stringData: {x: y}\n"},
		{"v1", "ServiceAccount", false, "imagePullSecrets: [{name: " + n() + "}]\n"},
		{"v1", "ServiceAccount", false, ""},
		{"v1", "Service", false, "spec: {selector: {app: web}}\n"},
		{rbac, "Role", false, role},
		{rbac, "RoleBinding", false, "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: " + t.one("Role", "ClusterRole") + ", name: " + n() + "}\nsubjects: [" + subject() + ", " + subject() + "]\n"},
		{rbac, "ClusterRole", true, role},
		{rbac, "ClusterRoleBinding", true, "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: " + n() + "}\nsubjects: [" + subject() + "]\n"},
		{"autoscaling/v2", "HorizontalPodAutoscaler", false, "spec: {scaleTargetRef: {kind: Deployment, name: " + n() + "}}\n"},
		{"networking.k8s.io/v1", "Ingress", false, "spec: {ingressClassName: " + n() + ", tls: [{secretName: " + n() + "}], rules: [{http: {paths: [{backend: {service: {name: " + n() + "}}}]}}]}\n"},
		{"v1", "PersistentVolumeClaim", false, "spec: {storageClassName: " + n() + ", volumeName: " + n() + "}\n"},
		{"v1", "PersistentVolume", true, "spec: {storageClassName: " + n() + ", azureFile: {secretName: " + n() + "}}\n"},
		{"storage.k8s.io/v1", "StorageClass", true, "parameters: {secretName: " + n() + "}\n"},
		{"scheduling.k8s.io/v1", "PriorityClass", true, ""},
		{"v1", "Namespace", true, ""},
		{"apiregistration.k8s.io/v1", "APIService", true, "spec: {service: {name: " + n() + ", namespace: n1}}\n"},
		{"admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", true, hook},
		{"apiextensions.k8s.io/v1", "CustomResourceDefinition", true, "spec: {conversion: {webhook: {clientConfig: {service: {name: " + n() + ", namespace: n1}}}}}\n"},
		{"example.org/v1", "Thing", false, "spec: {ref: " + n() + "}\n"},
	}
}
