package policy

import (
	"fmt"
	"strings"
)

// A Remark is what a guard of a preset has to say, its reason.
type Remark struct {
	Reason string
	// LeftOut says that the entry is left out by itself as long as the guard holds.
	LeftOut bool
	// Switch is the input that leaves the entry out for good, with the value Off; ""
	// where the preset has none for it.
	Switch string
	Off    any
	// Inputs are those that the guard looks at.
	Inputs []string
}

// Rehearse tells what Instantiate would say about values without a policy that
// gives any of them: the entries that stay, the reasons of guards that hold, and an
// error with the problems of these entries, with the places of p's file.
func (p Preset) Rehearse(values map[string]any) (Policy, []Remark, error) {
	stays, left, err := p.instantiate(values, Sections())
	var out []Remark
	for _, h := range left.held {
		r := Remark{Reason: h.reason, LeftOut: h.gone, Inputs: p.below(h.guard)}
		r.Switch, r.Off = p.switchOf(h.entry)
		out = append(out, r)
	}
	return stays, out, err
}

// below lists the inputs that path or what is under it refers to.
func (p Preset) below(path string) []string {
	var out []string
	for _, u := range p.uses {
		if path != "" && under(u.path, path) {
			out = append(out, u.names...)
		}
	}
	return out
}

// switchOf finds the input that leaves the hook or step at path out: the one
// that a guard without a reason looks at, and nothing else.
func (p Preset) switchOf(path string) (name string, off any) {
	for _, u := range p.uses {
		guard, isValue := strings.CutSuffix(u.path, ".value")
		if !isValue || !under(guard, path+".skipIf") || len(u.names) != 1 {
			continue
		}
		g := p.guardAt(guard)
		if g["reason"] == nil && g["value"] == "${"+u.names[0]+"}" {
			return u.names[0], g["equals"]
		}
	}
	return "", nil
}

// guardAt is a skipIf of a hook or of a step, as it stands in p's file.
func (p Preset) guardAt(path string) map[string]any {
	var hook, step, guard int
	n, _ := fmt.Sscanf(path, "hooks[%d].steps[%d].skipIf[%d]", &hook, &step, &guard)
	if n == 3 {
		return at(at(at(p.Hooks, hook)["steps"], step)["skipIf"], guard)
	}
	if n, _ = fmt.Sscanf(path, "hooks[%d].skipIf[%d]", &hook, &guard); n == 2 {
		return at(at(p.Hooks, hook)["skipIf"], guard)
	}
	return nil
}

// at is the i-th entry of a list of mappings.
func at(list any, i int) map[string]any {
	items, _ := list.([]any)
	if i >= len(items) {
		return nil
	}
	m, _ := items[i].(map[string]any)
	return m
}
