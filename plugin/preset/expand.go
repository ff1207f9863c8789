package preset

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// An Env is what is known about the application without looking at its objects.
// An empty value is unknown: a preset that needs it says so.
type Env struct {
	// AppName is what ${app.name} stands for.
	AppName string
	// AppNamespace is what ${app.namespace} stands for: the namespace that the
	// application is deployed to.
	AppNamespace string
	// Unrendered says how else to go on, for a caller that has rendered nothing:
	// a hint below each value that objects would have held. "" where what was
	// rendered was handed over.
	Unrendered string
}

// A Reader returns the file of a preset that a policy uses by path. The path is
// relative to the policy's directory; keeping it inside the repository is the
// reader's business.
type Reader func(path string) ([]byte, error)

// Expand returns p with the presets that it uses put in, and no presets. Inputs
// come from the policy's with, else from objects, else from the default. Presets
// count in their order, and p's own entries are stronger than theirs; a hook that
// two presets have, and p has not, is a problem.
//
// The problems that it returns are warnings: what a preset leaves out and why.
// Its error holds every problem of the presets and their inputs.
func Expand(p policy.Policy, objects []manifest.Object, env Env, read Reader) (policy.Policy, []diag.Problem, error) {
	return expand(p, policy.Sections(), inputs{objects: objects, rendered: true, env: env}, read)
}

// ExpandForParent returns what the parent of an application, an app of apps, has
// to know of the application's policy p: its retry and its chart parameters.
// Nothing of the application is rendered then, so that the inputs which these
// need come from the policy's with or are defaults.
func ExpandForParent(p policy.Policy, env Env, read Reader) (*policy.Retry, []policy.Chart, error) {
	out, _, err := expand(p, []string{"retry", "charts"}, inputs{env: env}, read)
	return out.Retry, out.Charts, err
}

// maxPresets bounds how much work a small policy can ask for.
const maxPresets = 64

// expand does the work for some of the sections.
func expand(p policy.Policy, sections []string, in inputs, read Reader) (policy.Policy, []diag.Problem, error) {
	if len(p.Presets) > maxPresets {
		return policy.Policy{}, nil, p.Presets[maxPresets].At.Problemf("want at most %d presets, got %d", maxPresets, len(p.Presets))
	}
	var problems diag.List
	var layers []policy.Policy
	for _, use := range p.Presets {
		layer, warnings, err := instantiate(use, sections, in, read)
		problems.Add(warnings...)
		if err := problems.AddErr(err); err != nil {
			return policy.Policy{}, nil, err
		}
		layers = append(layers, layer)
	}
	problems.Add(clashes(p, layers)...)
	if err := problems.Err(); err != nil {
		return policy.Policy{}, problems.Warnings(), err
	}
	p.Presets = nil
	own, warnings := p.Guarded()
	problems.Add(warnings...)
	var out policy.Policy
	for _, layer := range append(layers, own) {
		out = policy.Merge(out, layer)
	}
	return out, problems.Warnings(), nil
}

// instantiate turns one use of a preset into plain policy.
func instantiate(use policy.PresetUse, sections []string, in inputs, read Reader) (policy.Policy, []diag.Problem, error) {
	p, err := open(use, read)
	if err != nil {
		return policy.Policy{}, nil, err
	}
	values, err := in.resolve(p, use, sections)
	if err != nil {
		return policy.Policy{}, nil, err
	}
	out, warnings, err := p.InstantiateSections(values, sections...)
	at := blame{preset: p, use: use}
	for i, w := range warnings {
		warnings[i] = at.problem(w)
	}
	if err != nil {
		return out, warnings, at.all(err)
	}
	at.entries(&out)
	return out, warnings, nil
}

// open reads the preset that use asks for.
func open(use policy.PresetUse, read Reader) (policy.Preset, error) {
	if use.Name != "" {
		p, err := Load(use.Name)
		if len(diag.Problems(err)) == 0 && err != nil {
			return p, unknown(use)
		}
		return p, err
	}
	data, err := read(use.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return policy.Preset{}, at(use, "path").Problemf("want the file of a preset, got none at %q", use.Path).
			WithHint("the path is relative to the policy's directory")
	case err != nil && len(diag.Problems(err)) > 0:
		return policy.Preset{}, err
	case err != nil:
		return policy.Preset{}, fmt.Errorf("read preset %s: %w", use.Path, err)
	}
	return policy.ParsePreset(path.Join(path.Dir(use.At.File), use.Path), data)
}

// withAt is the place of an input of use; of use itself, if it does not give the
// input.
func withAt(use policy.PresetUse, name string) diag.Pos {
	if pos, ok := use.WithAt[name]; ok {
		return pos
	}
	return at(use, "with."+name)
}

// at is the place of a key of use.
func at(use policy.PresetUse, key string) diag.Pos {
	pos := use.At
	pos.Path = strings.TrimPrefix(pos.Path+"."+key, ".")
	return pos
}

// A blame finds the place that a person can change: where a value comes from
// the policy it is the policy, not the preset that uses the value. Nobody can
// change a built-in preset, so that all its places are the use of it.
type blame struct {
	preset policy.Preset
	use    policy.PresetUse
}

// all moves the problems in err. A value that stands in several places of the
// preset is one mistake.
func (b blame) all(err error) error {
	var out diag.List
	seen := map[diag.Pos]bool{}
	for _, p := range diag.Problems(err) {
		if p = b.problem(p); !seen[p.Pos] {
			out.Add(p)
		}
		seen[p.Pos] = true
	}
	if out.Err() == nil {
		return err
	}
	return out.Err()
}

func (b blame) problem(p diag.Problem) diag.Problem {
	pos, given := b.pos(p.Pos)
	switch {
	case p.Hint != "":
	case given:
		p.Hint = fmt.Sprintf("it becomes %s of the preset", p.Path)
	case b.use.Name != "":
		p.Hint = b.giveHint(p.Path)
	}
	p.Pos = pos
	return p
}

// giveHint says which input would mend what a default has brought to a place of
// a built-in preset; "" where none has.
func (b blame) giveHint(path string) string {
	names, _ := b.preset.InputsAt(path)
	for _, input := range b.preset.Inputs {
		if len(names) == 1 && input.Name == names[0] {
			return fmt.Sprintf("give %s a value under with; it is the %s", input.Name, input.Description)
		}
	}
	return ""
}

// pos is the place to show for a place of the preset; given is true if that is
// an input of the policy.
func (b blame) pos(place diag.Pos) (pos diag.Pos, given bool) {
	names, rest := b.preset.InputsAt(place.Path)
	for _, name := range names {
		if _, given := b.use.With[name]; given {
			pos = withAt(b.use, name)
			pos.Path += rest
			return pos, true
		}
	}
	if b.use.Name == "" || place == (diag.Pos{}) {
		return place, false
	}
	return at(b.use, b.use.Name+"."+place.Path), false
}

// entries moves the places of a policy's entries, which later steps may find
// fault with.
func (b blame) entries(p *policy.Policy) {
	places := []*diag.Pos{}
	for i := range p.Hooks {
		h := &p.Hooks[i]
		places = append(places, &h.At, &h.AccountAt)
		if c := h.Container; c != nil {
			places = append(places, &c.At, &c.ImageAt)
		}
	}
	for i := range p.Rollout {
		places = append(places, &p.Rollout[i].At)
	}
	for i := range p.Charts {
		places = append(places, &p.Charts[i].At)
	}
	if r := p.Retry; r != nil {
		places = append(places, &r.At, &r.LimitAt)
		if r.Backoff != nil {
			places = append(places, &r.Backoff.At)
		}
	}
	if j := p.Job; j != nil {
		places = append(places, &j.At, &j.ImageAt)
	}
	for _, place := range places {
		*place, _ = b.pos(*place)
	}
}
