package lint

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// A need is an object without which a pod does not start.
type need struct {
	kind, name string
	path       []any
}

// A moment is when an object is applied: the phase's place in argocd.Phases and
// the wave.
type moment struct{ phase, wave int }

func (m moment) after(other moment) bool {
	return m.phase > other.phase || m.phase == other.phase && m.wave > other.wave
}

// firstInstall: whatever is in the cluster already hides this, so it shows on
// the day of a new cluster. Argo CD waits for a hook before it goes on to what
// the hook waits for.
func firstInstall(app *App) []diag.Problem {
	first := applied(app)
	var out []diag.Problem
	for _, o := range app.Objects {
		spec := podSpec(o)
		if spec == nil || !runs(o) {
			continue
		}
		start := firstMoment(o)
		for _, n := range needs(o, spec) {
			id := manifest.Ref{Kind: n.kind, Namespace: app.home(o.Ref()), Name: n.name}
			there, known := first[id]
			if !known || !there.at.after(start) {
				continue
			}
			out = append(out, at(o, n.path...).
				Problemf("%s: want %s in an earlier phase or wave, or the same, got it in %s: in the first sync the hook waits for it, and it for the hook", called(o), there.object.Ref(), there.at.words(start)).
				WithHint("%s", start.invitation(there.at)))
		}
	}
	return out
}

// words says when m is, as seen from the other one.
func (m moment) words(other moment) string {
	if m.phase != other.phase {
		return "the phase " + argocd.Phases[m.phase]
	}
	return "wave " + strconv.Itoa(m.wave)
}

// invitation says how what is applied at the other moment gets to m.
func (m moment) invitation(other moment) string {
	if m.phase != other.phase {
		return fmt.Sprintf("make it a hook as well, with %s: %s and no later wave", argocd.Hook, argocd.Phases[m.phase])
	}
	return fmt.Sprintf("give it the wave %d or an earlier one", m.wave)
}

// A place is an object and when it is applied first.
type place struct {
	at     moment
	object manifest.Object
}

// applied says when the objects that a pod can need are applied first. Their
// refs have no version, and the namespace they end up in.
func applied(app *App) map[manifest.Ref]place {
	out := map[manifest.Ref]place{}
	for _, o := range app.Objects {
		r := o.Ref()
		if r.Group != "" || len(argocd.RoleOf(o).Phases) == 0 {
			continue
		}
		id := manifest.Ref{Kind: r.Kind, Namespace: app.home(r), Name: r.Name}
		when := firstMoment(o)
		if before, ok := out[id]; !ok || before.at.after(when) {
			out[id] = place{when, o}
		}
	}
	return out
}

// home is the namespace that an object ends up in, as far as it is known.
func (app *App) home(r manifest.Ref) string {
	if r.Namespace == "" || r.Namespace == UnknownNamespace {
		return app.Namespace
	}
	return r.Namespace
}

// firstMoment is when an object that is applied at all is applied first.
func firstMoment(o manifest.Object) moment {
	phase := len(argocd.Phases)
	for _, p := range argocd.RoleOf(o).Phases {
		phase = min(phase, slices.Index(argocd.Phases, p))
	}
	return moment{phase, argocd.WaveOf(o)}
}

// needs lists what the pod at spec cannot start without.
func needs(o manifest.Object, spec []any) []need {
	var out []need
	add := func(kind, name string, optional any, path []any) {
		if name != "" && optional != true {
			out = append(out, need{kind, name, path})
		}
	}
	named := func(kind string, ref any, path []any) {
		add(kind, textAt(ref, "name"), mapping(ref)["optional"], path)
	}
	add("ServiceAccount", o.Text(along(spec, "serviceAccountName")...), nil, along(spec, "serviceAccountName"))
	for i, v := range listAt(o, along(spec, "volumes")...) {
		volumeNeeds(v, along(spec, "volumes", i), add)
	}
	for _, c := range containers(o, spec, true) {
		for i, e := range c.list("env") {
			from := mapping(mapping(e)["valueFrom"])
			named("Secret", from["secretKeyRef"], along(c.path, "env", i))
			named("ConfigMap", from["configMapKeyRef"], along(c.path, "env", i))
		}
		for i, e := range c.list("envFrom") {
			named("Secret", mapping(e)["secretRef"], along(c.path, "envFrom", i))
			named("ConfigMap", mapping(e)["configMapRef"], along(c.path, "envFrom", i))
		}
	}
	return out
}

// volumeNeeds adds what a volume is made of.
func volumeNeeds(volume any, path []any, add func(kind, name string, optional any, path []any)) {
	v := mapping(volume)
	secret, config, claim := mapping(v["secret"]), mapping(v["configMap"]), mapping(v["persistentVolumeClaim"])
	add("Secret", textAt(secret, "secretName"), secret["optional"], path)
	add("ConfigMap", textAt(config, "name"), config["optional"], path)
	add("PersistentVolumeClaim", textAt(claim, "claimName"), nil, path)
	sources, _ := mapping(v["projected"])["sources"].([]any)
	for _, s := range sources {
		secret, config := mapping(mapping(s)["secret"]), mapping(mapping(s)["configMap"])
		add("Secret", textAt(secret, "name"), secret["optional"], path)
		add("ConfigMap", textAt(config, "name"), config["optional"], path)
	}
}

// mapping is value if it is one, else an empty one.
func mapping(value any) map[string]any {
	m, _ := value.(map[string]any)
	return m
}
