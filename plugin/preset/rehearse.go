package preset

import (
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// stand is the value of a required text in a rehearsal, so that what else is
// missing is seen at once.
const stand = "to-be-filled-in"

// rehearse uses the preset as a policy without a word of its own would, and
// adds to r what then comes out: what has to be switched off, and which inputs
// the steps that stay want and have not got.
func (r *Recognised) rehearse(p policy.Preset, in inputs) {
	use := policy.PresetUse{Name: r.Name, With: map[string]any{}}
	for _, problem := range r.Problems {
		use.With[problem.Path[strings.LastIndex(problem.Path, ".")+1:]] = stand
	}
	asked := in.resolver(p, use, policy.Sections())
	_, remarks, _ := p.Rehearse(asked.values)
	for _, remark := range remarks {
		switch input, known := inputOf(p, remark.Switch); {
		case remark.LeftOut:
			r.LeftOut = append(r.LeftOut, remark.Reason)
		case known:
			use.With[input.Name] = remark.Off
			r.Off = append(r.Off, Off{Found{Name: input.Name, Description: input.Description, Value: remark.Off}, remark.Reason})
		default:
			r.ask(p, remark.Inputs, asked.values, remark.Reason)
		}
	}
	asked = in.resolver(p, use, policy.Sections())
	stays, _, err := p.Rehearse(asked.values)
	r.watch(stays)
	for _, problem := range diag.Problems(err) {
		names, _ := p.InputsAt(problem.Path)
		r.ask(p, names, asked.values, "")
	}
}

// watch notes the workloads that show the preset and whose rollout no step waits
// for.
func (r *Recognised) watch(p policy.Policy) {
	watched := map[string]bool{}
	for _, h := range p.Hooks {
		for _, s := range h.Steps {
			switch {
			case s.Rollout == nil:
			case s.Rollout.Name == stand:
				return // one that somebody is asked for
			default:
				watched[s.Rollout.Kind+" "+s.Rollout.Name] = true
			}
		}
	}
	for _, o := range r.Because {
		if ref := o.Ref(); ref.Group == "apps" && !watched[ref.Kind+" "+ref.Name] {
			r.Unwatched = append(r.Unwatched, o)
		}
	}
}

// ask adds those of the inputs that are empty, and nowhere in the objects, to
// what has to be filled in.
func (r *Recognised) ask(p policy.Preset, names []string, values map[string]any, why string) {
	for _, name := range names {
		input, known := inputOf(p, name)
		asked := slices.ContainsFunc(r.Problems, func(p diag.Problem) bool { return strings.HasSuffix(p.Path, "."+name) })
		if !known || input.Internal || asked || values[name] != "" {
			continue
		}
		at := diag.Pos{Path: "with." + name}
		if why == "" {
			r.Problems = append(r.Problems, at.Problemf("required: %s", input.Description))
			continue
		}
		r.Problems = append(r.Problems, at.Problemf("%s: %s", input.Description, why))
	}
}

func inputOf(p policy.Preset, name string) (policy.Input, bool) {
	i := slices.IndexFunc(p.Inputs, func(in policy.Input) bool { return in.Name == name })
	if i < 0 {
		return policy.Input{}, false
	}
	return p.Inputs[i], true
}
