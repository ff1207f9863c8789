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
// what only one of them can have, and does not go before the new one is ready. Claims that are not in the application are
// somebody else's: nobody knows how many pods may mount them.
func surgeConflict(app *App) []diag.Problem {
	var out []diag.Problem
	for _, o := range app.Objects {
		if !surges(o) {
			continue
		}
		if port, path := hostPort(o); port != "" {
			out = append(out, at(o, path...).
				Warningf("%s: want no second pod during an update, got a surge: %s of a node can be taken only once", called(o), port).
				WithHint("set maxSurge to 0 and maxUnavailable to 1; a Deployment may have the strategy Recreate instead"))
		}
		if claim, path := claimedOnce(app, o); path != nil {
			out = append(out, at(o, path...).
				Warningf("%s: want no second pod during an update, got a surge: %s is %s, and a pod on another node waits for it", called(o), claim.Ref(), strings.Join(accessModes(claim), ", ")).
				WithHint("set the strategy Recreate, or maxSurge to 0 and maxUnavailable to 1"))
		}
	}
	return out
}

// surges reports whether an update of o needs a new pod to be ready before the
// first old one goes.
func surges(o manifest.Object) bool {
	r := o.Ref()
	switch {
	case runs(o):
		return false
	case r.Is("apps", "Deployment"):
		replicas := int64(1)
		if value, _ := o.Get("spec", "replicas"); value != nil {
			replicas, _ = value.(int64)
		}
		if replicas == 0 || o.Text("spec", "strategy", "type") == "Recreate" {
			return false
		}
		rolling := []any{"spec", "strategy", "rollingUpdate"}
		surge := pods(o, replicas, true, along(rolling, "maxSurge"))
		return surge > 0 && pods(o, replicas, false, along(rolling, "maxUnavailable")) == 0
	case r.Is("apps", "DaemonSet"):
		path := []any{"spec", "updateStrategy", "rollingUpdate", "maxSurge"}
		return has(o, path...) && pods(o, 1, true, path) > 0
	}
	return false
}

// defaultShare is what a Deployment's maxSurge and maxUnavailable are where
// nobody writes them.
const defaultShare = "25%"

// pods is the number of pods that the value at path comes to: a number, or a
// percentage of all, which Kubernetes rounds up for a surge and down otherwise.
func pods(o manifest.Object, all int64, up bool, path []any) int64 {
	value, _ := o.Get(path...)
	if value == nil {
		value = defaultShare
	}
	text, percent := strings.CutSuffix(fmt.Sprint(value), "%")
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || !percent {
		return n
	}
	if up {
		return (n*all + 99) / 100
	}
	return n * all / 100
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
