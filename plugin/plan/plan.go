// Package plan says what Argo CD will do with finished objects: which phases a
// sync has, what is applied in which wave, what it waits for, and when it tries
// again.
//
// It knows the order of Argo CD's sync engine, which a test in e2e holds against
// the engine itself. It knows no policy file, changes nothing and waits for
// nothing.
package plan

import (
	"cmp"
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// A Plan is a sync as Argo CD will run it.
type Plan struct {
	// Phases are those that have something to do, in the order they run in.
	Phases []Phase `json:"phases"`
	// Never holds the objects that Argo CD passes over without a word: their hook
	// annotation has no value that it knows.
	Never []Step `json:"never,omitempty"`
	// Namespace is the application's; "" if it is not known. Steps name only
	// others.
	Namespace string `json:"namespace,omitempty"`
	// Retry is what happens after a failure; nil where nothing says.
	Retry *Retry `json:"retry,omitempty"`
	// PolicyRetry is the policy's, where the Application has one of its own and
	// nobody puts the policy's into it.
	PolicyRetry *Retry `json:"policyRetry,omitempty"`
	// Waits reports whether a sync waits for the health of what it applied: with
	// one phase and one wave it ends as soon as everything is applied.
	Waits bool `json:"waits"`
}

// A Phase is one of Argo CD's phases.
type Phase struct {
	Name  string `json:"name"`
	Waves []Wave `json:"waves"`
}

// A Wave is what is applied together before Argo CD waits.
type Wave struct {
	Number int    `json:"number"`
	Steps  []Step `json:"steps"`
}

// A Step is one object that is applied.
type Step struct {
	Group     string `json:"group,omitempty"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// GenerateName is what the name begins with, where each sync makes a new one.
	GenerateName string `json:"generateName,omitempty"`
	// Hook tells hooks from the objects that make up the application.
	Hook bool `json:"hook"`
	// DeletePolicy says when the hook is deleted.
	DeletePolicy []string `json:"deletePolicy,omitempty"`
	// Deadline is the activeDeadlineSeconds of a Job, which counts from its creation,
	// or of a Pod, which counts from its start on a node; 0 means that it may hang
	// for ever.
	Deadline int64 `json:"deadlineSeconds,omitempty"`
	// Run is Changed where the hook has nothing to do once it has succeeded for the
	// same objects; "" where it does its steps in every sync.
	Run string `json:"run,omitempty"`
	// Checks are the steps of a hook that safesync-hook runs.
	Checks []string `json:"checks,omitempty"`
}

// Of returns what Argo CD does with objects.
func Of(objects []manifest.Object) Plan {
	tasks, never := tasksOf(objects)
	moveUp(tasks)
	slices.SortStableFunc(tasks, inOrder)
	p := Plan{Never: never, Phases: []Phase{}}
	for _, t := range tasks {
		p.add(t)
	}
	p.Waits = waits(p)
	return p
}

// In returns p as it is read in an application's namespace: what goes there is
// named without it, whether its author wrote it down or not.
func (p Plan) In(namespace string) Plan {
	p.Namespace = namespace
	for _, phase := range p.Phases {
		for _, wave := range phase.Waves {
			inside(wave.Steps, namespace)
		}
	}
	inside(p.Never, namespace)
	return p
}

func inside(steps []Step, namespace string) {
	for i := range steps {
		if steps[i].Namespace == namespace {
			steps[i].Namespace = ""
		}
	}
}

// A task is an object in one of its phases.
type task struct {
	object manifest.Object
	phase  int // index in argocd.Phases
	wave   int
	hook   bool
}

func tasksOf(objects []manifest.Object) (tasks []task, never []Step) {
	for _, o := range objects {
		role := argocd.RoleOf(o)
		if len(role.Phases) == 0 {
			never = append(never, stepOf(task{object: o, hook: true}))
		}
		for _, phase := range role.Phases {
			tasks = append(tasks, task{
				object: o, phase: slices.Index(argocd.Phases, phase), wave: argocd.WaveOf(o), hook: role.IsHook,
			})
		}
	}
	return tasks, never
}

// inOrder is Argo CD's: phase, wave, kind, name.
func inOrder(a, b task) int {
	x, y := a.object.Ref(), b.object.Ref()
	return cmp.Or(
		cmp.Compare(a.phase, b.phase),
		cmp.Compare(a.wave, b.wave),
		cmp.Compare(kindOrder(x.Kind), kindOrder(y.Kind)),
		cmp.Compare(x.Name, y.Name),
	)
}

func (p *Plan) add(t task) {
	name := argocd.Phases[t.phase]
	if n := len(p.Phases); n == 0 || p.Phases[n-1].Name != name {
		p.Phases = append(p.Phases, Phase{Name: name})
	}
	phase := &p.Phases[len(p.Phases)-1]
	if n := len(phase.Waves); n == 0 || phase.Waves[n-1].Number != t.wave {
		phase.Waves = append(phase.Waves, Wave{Number: t.wave})
	}
	wave := &phase.Waves[len(phase.Waves)-1]
	wave.Steps = append(wave.Steps, stepOf(t))
}

// waits reports whether p has more than one step of Argo CD's own: phases of a
// sync, and waves in them. SyncFail and deletions are not part of a good sync.
func waits(p Plan) bool {
	waves := 0
	for _, phase := range p.Phases {
		if slices.Contains([]string{"PreSync", "Sync", "PostSync"}, phase.Name) {
			waves += len(phase.Waves)
		}
	}
	return waves > 1
}
