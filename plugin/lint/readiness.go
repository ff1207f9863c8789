package lint

import (
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// noReadinessProbe warns where a rolling update was written down: there somebody
// counts on it. A workload has one by default, and where a Service leads to its
// pods that is worth a note.
func noReadinessProbe(app *App) []diag.Problem {
	var out []diag.Problem
	for _, o := range app.Objects {
		key := map[string]string{"Deployment": "strategy", "StatefulSet": "updateStrategy", "DaemonSet": "updateStrategy"}[o.Ref().Kind]
		if o.Ref().Group != "apps" || key == "" || runs(o) || isProbed(o) {
			continue
		}
		kind := o.Text("spec", key, "type")
		if kind == "RollingUpdate" || kind == "" && has(o, "spec", key, "rollingUpdate") {
			out = append(out, at(o, "spec", key).
				Warningf("%s: want a readiness probe for a rolling update, got none: a new pod counts as ready as soon as it runs, and the old one goes", called(o)).
				WithHint(giveProbe))
			continue
		}
		if service, ok := app.leadingTo(o); ok && kind == "" && has(o, along(podSpec(o), "containers")...) {
			out = append(out, at(o, along(podSpec(o), "containers", 0, "readinessProbe")...).
				Notef("%s: want a readiness probe behind %s, got none: a new pod gets requests as soon as it runs, and %s goes", called(o), called(service), goes(o)).
				WithHint(giveProbe))
		}
	}
	return out
}

// goes is the pod that makes room for another when a new one of o is ready.
func goes(o manifest.Object) string {
	if o.Ref().Kind == "Deployment" {
		return "the old one"
	}
	return "the next old one"
}

const giveProbe = "give the container that answers a readinessProbe; minReadySeconds helps where there is nothing to ask"

// isProbed reports whether anything in the pods of o says when they are ready, or
// whether it has none.
func isProbed(o manifest.Object) bool {
	for _, c := range containers(o, podSpec(o), true) {
		// A sidecar is an init container with a probe of its own.
		if c.fields["readinessProbe"] != nil || c.fields["startupProbe"] != nil {
			return true
		}
	}
	replicas, _ := o.Get("spec", "replicas")
	return replicas == int64(0)
}

// leadingTo is the first Service of the application that selects the pods of o.
func (app *App) leadingTo(o manifest.Object) (service manifest.Object, ok bool) {
	value, _ := o.Get("spec", "template", "metadata", "labels")
	labels := mapping(value)
	for _, s := range app.Objects {
		if !s.Ref().Is("", "Service") || app.home(s.Ref()) != app.home(o.Ref()) {
			continue
		}
		selector, _ := s.Get("spec", "selector")
		if selects(mapping(selector), labels) {
			return s, true
		}
	}
	return manifest.Object{}, false
}

// selects reports whether a selector of a Service selects pods with the labels.
func selects(selector, labels map[string]any) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return len(selector) > 0
}
