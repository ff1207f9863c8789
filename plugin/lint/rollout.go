package lint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// surgeConflict: a surge starts the new pod beside the old one, which still has
// what only one of them can have. Claims that are not in the application are
// somebody else's: nobody knows how many pods may mount them.
func surgeConflict(app *App) []diag.Problem {
	var out []diag.Problem
	for _, o := range app.Objects {
		if !surges(o) {
			continue
		}
		if port, path := hostPort(o); port != "" {
			out = append(out, at(o, path...).
				Warningf("%s: want no second pod during an update, got a surge: %s of a node can be taken only once", o.Ref(), port).
				WithHint("set maxSurge to 0 and maxUnavailable to 1, or the strategy Recreate"))
		}
		if claim, path := claimedOnce(app, o); path != nil {
			out = append(out, at(o, path...).
				Warningf("%s: want no second pod during an update, got a surge: %s is %s, and a pod on another node waits for it", o.Ref(), claim.Ref(), strings.Join(accessModes(claim), ", ")).
				WithHint("set the strategy Recreate, or maxSurge to 0 and maxUnavailable to 1"))
		}
	}
	return out
}

// surges reports whether an update of o runs more pods than there are otherwise.
// For a Deployment that is so unless it says no; for a DaemonSet if it says so.
func surges(o manifest.Object) bool {
	switch r := o.Ref(); {
	case runs(o):
		return false
	case r.Is("apps", "Deployment"):
		if replicas, ok := o.Get("spec", "replicas"); ok && replicas == int64(0) || o.Text("spec", "strategy", "type") == "Recreate" {
			return false
		}
		value, ok := o.Get("spec", "strategy", "rollingUpdate", "maxSurge")
		return !ok || value == nil || some(value)
	case r.Is("apps", "DaemonSet"):
		value, _ := o.Get("spec", "updateStrategy", "rollingUpdate", "maxSurge")
		return value != nil && some(value)
	}
	return false
}

// some reports whether a number or a percentage is more than nothing. A
// percentage of a surge is rounded up.
func some(value any) bool {
	text := strings.TrimSuffix(fmt.Sprint(value), "%")
	n, err := strconv.Atoi(text)
	return err == nil && n > 0
}

// hostPort is a port of the node that the pods of o take.
func hostPort(o manifest.Object) (port string, path []any) {
	spec := podSpec(o)
	shared, _ := o.Get(along(spec, "hostNetwork")...)
	for _, c := range containers(o, spec, false) {
		for i, p := range c.list("ports") {
			fields := mapping(p)
			if n, ok := fields["hostPort"].(int64); ok && n != 0 {
				return fmt.Sprintf("port %d", n), along(c.path, "ports", i, "hostPort")
			}
			if n, ok := fields["containerPort"].(int64); ok && shared == true {
				return fmt.Sprintf("port %d", n), along(spec, "hostNetwork")
			}
		}
	}
	return "", nil
}

// claimedOnce is a claim of the application that o mounts and that only one
// node, or pod, can have.
func claimedOnce(app *App, o manifest.Object) (claim manifest.Object, path []any) {
	spec := podSpec(o)
	for i, v := range listAt(o, along(spec, "volumes")...) {
		name := textAt(mapping(v)["persistentVolumeClaim"], "claimName")
		if name == "" {
			continue
		}
		for _, c := range app.Objects {
			r := c.Ref()
			if r.Is("", "PersistentVolumeClaim") && r.Name == name && app.home(r) == app.home(o.Ref()) && isOnce(accessModes(c)) {
				return c, along(spec, "volumes", i)
			}
		}
	}
	return manifest.Object{}, nil
}

func accessModes(claim manifest.Object) []string {
	var out []string
	for _, m := range listAt(claim, "spec", "accessModes") {
		if text, ok := m.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

func isOnce(modes []string) bool {
	return len(modes) > 0 && !slices.Contains(modes, "ReadWriteMany") && !slices.Contains(modes, "ReadOnlyMany")
}

// noReadinessProbe asks only where a rolling update was written down: there
// somebody counts on it.
func noReadinessProbe(o manifest.Object) []diag.Problem {
	key := map[string]string{"Deployment": "strategy", "StatefulSet": "updateStrategy", "DaemonSet": "updateStrategy"}[o.Ref().Kind]
	if o.Ref().Group != "apps" || key == "" || runs(o) {
		return nil
	}
	kind := o.Text("spec", key, "type")
	if kind != "RollingUpdate" && (kind != "" || !has(o, "spec", key, "rollingUpdate")) {
		return nil
	}
	for _, c := range containers(o, podSpec(o), true) {
		// A sidecar is an init container with a probe of its own.
		if c.fields["readinessProbe"] != nil || c.fields["startupProbe"] != nil {
			return nil
		}
	}
	return []diag.Problem{at(o, "spec", key).
		Warningf("%s: want a readiness probe for a rolling update, got none: a new pod counts as ready as soon as it runs, and the old one goes", o.Ref()).
		WithHint("give the container that answers a readinessProbe; minReadySeconds helps where there is nothing to ask")}
}
