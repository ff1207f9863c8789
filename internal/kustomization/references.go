package kustomization

import (
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// fields are the fields in which kustomize looks for names of other objects, whatever
// the kind of the object. One without fields of its own holds a name, or has a field
// name. Nothing in them changes as long as no name does, but kustomize refuses what
// does not have their shape.
type fields map[string]fields

// references are kustomize's; a test holds them to its configuration.
func references() fields {
	source := fields{"name": nil}
	env := fields{
		"env":     {"valueFrom": {"configMapKeyRef": source, "secretKeyRef": source}},
		"envFrom": {"configMapRef": source, "secretRef": source},
	}
	pod := fields{
		"containers": env, "initContainers": env,
		"volumes": {
			"configMap": source, "secret": {"secretName": nil}, "persistentVolumeClaim": {"claimName": nil},
			"projected": {"sources": {"configMap": source, "secret": source}},
		},
		"imagePullSecrets": source, "serviceAccountName": nil, "priorityClassName": nil,
	}
	template := fields{"spec": pod}
	backend := fields{"serviceName": nil, "service": source}
	spec := fields{
		"template": template, "jobTemplate": {"spec": {"template": template}}, "volumeClaimTemplates": {"spec": {"storageClassName": nil}},
		"rules": {"http": {"paths": {"backend": backend}}}, "backend": backend, "defaultBackend": backend, "tls": {"secretName": nil},
		"scaleTargetRef": source, "configSource": {"configMap": nil}, "azureFile": {"secretName": nil}, "service": source,
		"serviceName": nil, "volumeName": nil, "storageClassName": nil, "ingressClassName": nil, "policyName": nil,
	}
	for name, field := range pod {
		spec[name] = field
	}
	return fields{
		"spec": spec, "template": template, "rules": {"resourceNames": nil}, "imagePullSecrets": source,
		"webhooks": {"clientConfig": {"service": nil}}, "roleRef": source, "subjects": nil,
		"parameters": {"secretName": nil, "adminSecretName": nil, "userSecretName": nil, "secretRef": nil},
	}
}

// allow reports whether kustomize can look into all of the fields of a part.
func (f fields) allow(p manifest.Part) bool {
	switch {
	case isList(p):
		for item := range p.Items() {
			if !f.allow(item) {
				return false
			}
		}
		return true
	case isMap(p) && len(f) == 0:
		_, has := p.Get("name")
		return has
	case isMap(p):
		for key, value := range p.Entries() {
			if below, ok := f[string(key.Bytes())]; ok && !below.allow(value) {
				return false
			}
		}
		return true
	default:
		return len(f) == 0
	}
}

// has reports whether a path of kustomize's leads through the fields.
func (f fields) has(path string) bool {
	first, rest, more := strings.Cut(path, "/")
	below, ok := f[first]
	return ok && (more && below.has(rest) || !more && len(below) == 0)
}
