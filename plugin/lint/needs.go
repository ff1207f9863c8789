package lint

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// A need is an object that a pod uses, and without which it does not start
// unless the reference is optional.
type need struct {
	kind, name string
	optional   bool
	path       []any
}

// ref is what the pods of o need, without its version.
func (n need) ref(app *App, o manifest.Object) manifest.Ref {
	return manifest.Ref{Kind: n.kind, Namespace: app.home(o.Ref()), Name: n.name}
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
	first, shared := applied(app), inUse(app)
	var out []diag.Problem
	for _, o := range app.Objects {
		spec := podSpec(o)
		if spec == nil || !runs(o) {
			continue
		}
		start := firstMoment(o)
		for _, n := range needs(o, spec) {
			there, known := first[n.ref(app, o)]
			if !known || n.optional || !there.at.after(start) {
				continue
			}
			out = append(out, at(o, n.path...).
				Problemf("%s: want %s in an earlier phase or wave, or the same, got it in %s: in the first sync the hook waits for it, and it for the hook", called(o), there.object.Ref(), there.at.words(start)).
				WithHint("%s", start.invitation(o, there, shared[n.ref(app, o)])))
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

// invitation says how the hook, which begins at m, gets what is applied later. To
// make that a hook as well is right only where nothing else has it: a hook is
// deleted before it is made again.
func (m moment) invitation(hook manifest.Object, late place, user manifest.Object) string {
	phase, kind := argocd.Phases[m.phase], late.object.Ref().Kind
	if m.phase == late.at.phase {
		return fmt.Sprintf("give it the wave %d or an earlier one", m.wave)
	}
	if argocd.RoleOf(late.object).IsHook {
		return fmt.Sprintf("add %s to the phases of its hook annotation, with no later wave", phase)
	}
	move := fmt.Sprintf("run the %s with %s: %s in wave %d or a later one", hook.Ref().Kind, argocd.Hook, argocd.Phases[late.at.phase], late.at.wave)
	switch {
	case kind == "PersistentVolumeClaim":
		return move + "; as a hook the claim would be deleted before each sync, with its data"
	case user.Ref().Kind != "":
		return fmt.Sprintf("%s, or give it a %s of its own, with another name and %s: %s: this one as a hook would be deleted before each sync, and %s uses it",
			move, kind, argocd.Hook, phase, called(user))
	}
	return fmt.Sprintf("%s; if no other pod needs the %s, that may be a hook instead, with %s: %s and no later wave", move, kind, argocd.Hook, phase)
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

// needs lists what the pod at spec uses.
func needs(o manifest.Object, spec []any) []need {
	var out []need
	add := func(kind, name string, optional any, path []any) {
		if name != "" {
			out = append(out, need{kind, name, optional == true, path})
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
