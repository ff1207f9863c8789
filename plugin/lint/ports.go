package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// closedPort: a request to a port that a Service does not have is dropped rather
// than refused, so that the hook waits until it gives up, in every sync. Pods that
// are asked by their own addresses refuse it, with the same end.
func closedPort(app *App) []diag.Problem {
	var out []diag.Problem
	for _, o := range app.Objects {
		if !runs(o) || podSpec(o) == nil {
			continue
		}
		for _, a := range asked(o) {
			if a.selector == "" {
				out = append(out, app.closedAtService(o, a)...)
			} else {
				out = append(out, app.closedAtPods(o, a)...)
			}
		}
	}
	return out
}

func (app *App) closedAtService(hook manifest.Object, a address) []diag.Problem {
	service, ok := app.serviceAt(a.host, app.home(hook.Ref()))
	if !ok || hasPort(service, a.port) {
		return nil
	}
	return []diag.Problem{hook.Origin().
		Warningf("%s: want a port that %s has, got %s (%s): the hook waits for it until it gives up", called(hook), service.Ref(), a.port, portsOf(service)).
		WithHint("put the port on the Service, or ask one that it has; http steps can ask the pods themselves (perPod)")}
}

func (app *App) closedAtPods(hook manifest.Object, a address) []diag.Problem {
	namespace := a.namespace
	if namespace == "" {
		namespace = app.home(hook.Ref())
	}
	for _, o := range app.Objects {
		if o.Ref().Group != "apps" || app.home(o.Ref()) != namespace || !a.selects(o) {
			continue
		}
		ports := declared(o)
		if len(ports) == 0 || slices.Contains(ports, a.port) {
			continue
		}
		return []diag.Problem{hook.Origin().
			Warningf("%s: want a port that the pods of %s have, got %s (they have %s): the hook waits for it until it gives up", called(hook), o.Ref(), a.port, strings.Join(ports, ", ")).
			WithHint("give the pods' port beside their selector; without it that of the url counts, which may be the Service's")}
	}
	return nil
}

// serviceAt is the application's Service of a host, as a pod in the namespace
// finds it. One that only stands for pods or for another name is none: any port
// of those may answer.
func (app *App) serviceAt(host, namespace string) (service manifest.Object, ok bool) {
	parts := strings.Split(strings.TrimSuffix(host, ".cluster.local"), ".")
	if host == "" || len(parts) > 3 || len(parts) == 3 && parts[2] != "svc" {
		return manifest.Object{}, false
	}
	if len(parts) > 1 {
		namespace = parts[1]
	}
	for _, o := range app.Objects {
		if r := o.Ref(); r.Is("", "Service") && r.Name == parts[0] && app.home(r) == namespace {
			return o, o.Text("spec", "clusterIP") != "None" && o.Text("spec", "type") != "ExternalName"
		}
	}
	return manifest.Object{}, false
}

func hasPort(service manifest.Object, port string) bool {
	return slices.ContainsFunc(listAt(service, "spec", "ports"), func(p any) bool { return fmt.Sprint(mapping(p)["port"]) == port })
}

// portsOf says which ports a Service has.
func portsOf(service manifest.Object) string {
	var out []string
	for _, p := range listAt(service, "spec", "ports") {
		text := fmt.Sprint(mapping(p)["port"])
		if name := textAt(p, "name"); name != "" {
			text += " " + name
		}
		out = append(out, text)
	}
	if out == nil {
		return "it has none"
	}
	return "it has " + strings.Join(out, ", ")
}

// declared are the ports that the containers of o say they listen on.
func declared(o manifest.Object) []string {
	var out []string
	for _, c := range containers(o, podSpec(o), true) {
		for _, p := range c.list("ports") {
			out = append(out, fmt.Sprint(mapping(p)["containerPort"]))
		}
	}
	return out
}
