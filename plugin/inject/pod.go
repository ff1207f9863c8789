package inject

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

const (
	containerName = "hook"
	runner        = "/usr/local/bin/safesync-hook"

	// nobody is a user that owns nothing in any image; distroless images call it
	// nonroot. Without a number, an image that runs as root cannot start.
	nobody = int64(65532)

	istioInject   = "sidecar.istio.io/inject"
	linkerdInject = "linkerd.io/inject"
)

// podLabels are the labels of a Job and its pod. The policy's own come first:
// they cannot hide what marks a hook.
func podLabels(h hook, settings policy.Job) map[string]any {
	out := map[string]any{istioInject: "false"}
	for k, v := range settings.Labels {
		out[k] = v
	}
	out[labelManagedBy] = managedBy
	out[labelComponent] = "hook"
	out[labelHook] = h.Name
	return out
}

// podAnnotations keep service meshes away, whose proxy would outlive the check
// and keep the Job from ending. A policy may want one all the same.
func podAnnotations(settings policy.Job) map[string]any {
	out := map[string]any{istioInject: "false", linkerdInject: "disabled"}
	for k, v := range settings.Annotations {
		out[k] = v
	}
	return out
}

// pod is the pod's spec, within the restricted Pod Security Standard.
func pod(h hook, settings policy.Job, env Env) map[string]any {
	out := map[string]any{
		"restartPolicy":                "Never",
		"automountServiceAccountToken": h.token(),
		"enableServiceLinks":           false,
		"securityContext": map[string]any{
			"runAsNonRoot": true, "runAsUser": nobody, "runAsGroup": nobody,
			"seccompProfile": map[string]any{"type": "RuntimeDefault"},
		},
		"containers": []any{container(h, settings, env)},
	}
	if h.account != "" {
		out["serviceAccountName"] = h.account
	}
	placement(out, settings)
	return out
}

// placement adds what the policy says about where pods may run.
func placement(pod map[string]any, settings policy.Job) {
	if settings.NodeSelector != nil {
		pod["nodeSelector"] = texts(settings.NodeSelector)
	}
	if settings.Tolerations != nil {
		pod["tolerations"] = plain(settings.Tolerations)
	}
	if settings.Affinity != nil {
		pod["affinity"] = plain(settings.Affinity)
	}
	if settings.PriorityClass != "" {
		pod["priorityClassName"] = settings.PriorityClass
	}
	if settings.ImagePullSecrets != nil {
		secrets := make([]any, len(settings.ImagePullSecrets))
		for i, name := range settings.ImagePullSecrets {
			secrets[i] = map[string]any{"name": name}
		}
		pod["imagePullSecrets"] = secrets
	}
}

func container(h hook, settings policy.Job, env Env) map[string]any {
	out := map[string]any{
		"name":                     containerName,
		"terminationMessagePolicy": "FallbackToLogsOnError",
		"resources":                resources(h, settings),
		"securityContext": map[string]any{
			"allowPrivilegeEscalation": false,
			"readOnlyRootFilesystem":   true,
			"capabilities":             map[string]any{"drop": []any{"ALL"}},
		},
	}
	if c := h.Container; c != nil {
		out["image"] = c.Image
		setList(out, "command", c.Command)
		setList(out, "args", c.Args)
		if c.Env != nil {
			out["env"] = plain(c.Env)
		}
		return out
	}
	spec, vars := secretVariables(h.spec.AtRevision(env.Revision))
	out["image"] = cmp.Or(settings.Image, env.RunnerImage)
	out["command"] = []any{runner}
	out["args"] = runnerArgs(h, spec)
	if vars != nil {
		out["env"] = vars
	}
	return out
}

// runnerArgs are the arguments of safesync-hook.
func runnerArgs(h hook, spec hookspec.Spec) []any {
	return []any{
		"run", "--namespace=" + h.namespace, "--timeout=" + h.Timeout.String(),
		"--spec", verbatim(spec.String()),
	}
}

var reference = lazy.Regexp(`\$\$+|\$\(`)

// verbatim protects text from Kubernetes, which replaces $(NAME) in arguments
// and reads $$ as $.
func verbatim(text string) string {
	if !strings.Contains(text, "$") {
		return text
	}
	return reference().ReplaceAllStringFunc(text, func(found string) string {
		if found == "$(" {
			return "$$("
		}
		return found + found
	})
}

// secretVariables turns references to Secrets into environment variables, one
// for each key, so that the arguments hold only names.
func secretVariables(spec hookspec.Spec) (hookspec.Spec, []any) {
	var vars []any
	names := map[hookspec.SecretRef]string{}
	out := spec.MapSecrets(func(ref hookspec.SecretRef) hookspec.SecretRef {
		if ref.Secret == "" {
			return ref
		}
		name, known := names[ref]
		if !known {
			name = fmt.Sprintf("SAFESYNC_SECRET_%d", len(names)+1)
			names[ref] = name
			source := map[string]any{"name": ref.Secret, "key": ref.Key}
			if ref.Optional {
				source["optional"] = true
			}
			vars = append(vars, map[string]any{"name": name, "valueFrom": map[string]any{"secretKeyRef": source}})
		}
		return hookspec.SecretRef{Env: name, Optional: ref.Optional}
	})
	return out, vars
}

// resources are what the policy says, which has the built-in numbers in it.
func resources(h hook, settings policy.Job) map[string]any {
	if h.Container != nil && h.Container.Limits != nil {
		limits := texts(h.Container.Limits)
		return map[string]any{"requests": limits, "limits": limits}
	}
	if r := settings.Resources; r != nil {
		return map[string]any{"requests": texts(r.Requests), "limits": texts(r.Limits)}
	}
	return map[string]any{}
}

func setList(fields map[string]any, key string, list []string) {
	if list == nil {
		return
	}
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	fields[key] = out
}

func texts[S ~string](m map[string]S) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = string(v)
	}
	return out
}

// plain is a value of a policy as a JSON decoder would give it, which is what
// objects hold.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, inner := range v {
			out[k] = plain(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = plain(inner)
		}
		return out
	case int:
		return int64(v)
	case nil, bool, string, int64, float64:
		return v
	default:
		return fmt.Sprint(v)
	}
}
