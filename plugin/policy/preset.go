package policy

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
)

// A Preset is a policy that somebody else wrote: the sections of a policy, with
// ${references} to inputs. What the sections mean is decided when the inputs
// have values, by the decoder that reads policies.
type Preset struct {
	At          diag.Pos `yaml:"-"`
	APIVersion  string   `yaml:"apiVersion" need:"true" enum:"safesync/v1alpha1" doc:"version of this language"`
	Kind        string   `yaml:"kind" need:"true" enum:"Preset" doc:"always Preset"`
	Description string   `yaml:"description" need:"true" doc:"one sentence: what the preset does"`
	Detect      []Select `yaml:"detect,omitempty" doc:"objects that show that the preset is for this application: init proposes it then"`
	Inputs      []Input  `yaml:"inputs,omitempty" doc:"what differs from one application to another"`
	Retry       any      `yaml:"retry,omitempty" doc:"as in a policy"`
	Rollout     any      `yaml:"rollout,omitempty" doc:"as in a policy"`
	Hooks       any      `yaml:"hooks,omitempty" doc:"as in a policy"`
	Job         any      `yaml:"job,omitempty" doc:"as in a policy"`
	Charts      any      `yaml:"charts,omitempty" doc:"as in a policy"`

	doc  *strict.Document
	uses []use
}

// maxInputs bounds how often the rendered objects are searched. The largest
// preset of ours has less than half as many.
const maxInputs = 64

// Sections are the keys of a preset that are sections of a policy.
func Sections() []string { return []string{"retry", "rollout", "hooks", "job", "charts"} }

// ParsePreset reads a preset, which is called file in messages. Its structure
// and its references must be right; the sections are decoded by Instantiate.
func ParsePreset(file string, data []byte) (Preset, error) {
	doc, err := strict.Parse(file, data)
	if err != nil {
		return Preset{}, err
	}
	p := Preset{doc: doc}
	if err := doc.Decode(&p); err != nil {
		return Preset{}, err
	}
	var problems diag.List
	p.checkInputs(&problems)
	p.checkReferences(&problems)
	return p, problems.Err()
}

// inputName is how an input may be called. It has no dot, so that it is never
// mistaken for app.name.
func inputName(s string) bool {
	refs, err := References("${" + s + "}")
	return err == nil && len(refs) == 1 && !slices.ContainsFunc([]rune(s), func(r rune) bool { return r == '.' })
}

func (p *Preset) checkInputs(problems *diag.List) {
	if len(p.Inputs) > maxInputs {
		problems.Add(p.doc.At("inputs").Problemf("want at most %d inputs, got %d", maxInputs, len(p.Inputs)))
	}
	seen := map[string]bool{}
	for i, in := range p.Inputs {
		at := p.doc.At(fmt.Sprintf("inputs[%d].name", i))
		switch {
		case !inputName(in.Name):
			problems.Add(at.Problemf("want letters and digits that begin with a small letter, got %q", in.Name))
		case seen[in.Name]:
			problems.Add(at.Problemf("want a name of its own, got %q again", in.Name))
		}
		seen[in.Name] = true
		if in.Internal && in.Default == nil {
			problems.Add(in.At.Problemf("want a default, got none: nobody can give input %q, which is internal", in.Name))
		}
		if _, ok := in.Take(in.Default); in.Default != nil && !ok && !refers(in.Default) {
			n := strict.Child(p.inputNode(i), "default")
			problems.Add(p.doc.Pos(n, in.At.Path+".default").Problemf("want %s, got %s", in.Wanted(), strict.KindName(n)))
		}
	}
}

// inputNode is what stands in the file for the i-th input.
func (p *Preset) inputNode(i int) *yaml.Node { return strict.Child(p.doc.Root, "inputs").Content[i] }

// refers reports whether a default gets its value, and so its type, later.
func refers(v any) bool {
	s, ok := v.(string)
	if !ok {
		return false
	}
	refs, err := References(s)
	return err != nil || len(refs) > 0
}

// A use is a place of a preset that refers to inputs.
type use struct {
	path  string
	names []string
}

// builtIn lists the references that are no inputs.
func builtIn() []string { return []string{"app.name", "app.namespace"} }

// checkReferences holds that every reference is to something, and every input
// is referred to.
func (p *Preset) checkReferences(problems *diag.List) {
	used := map[string]bool{}
	known := builtIn()
	for i, in := range p.Inputs {
		for _, key := range []string{"default", "find"} {
			n := strict.Child(p.inputNode(i), key)
			p.references(n, fmt.Sprintf("inputs[%d].%s", i, key), problems, func(names []string, _ string) []string {
				return p.note(names, known, used)
			})
		}
		known = append(known, in.Name)
	}
	for _, key := range Sections() {
		p.references(strict.Child(p.doc.Root, key), key, problems, func(names []string, path string) []string {
			p.uses = append(p.uses, use{path, names})
			return p.note(names, known, used)
		})
	}
	for _, in := range p.Inputs {
		if !used[in.Name] && inputName(in.Name) {
			problems.Add(in.At.Problemf("input %q is never used", in.Name).WithHint("refer to it with ${%s}, or remove it", in.Name))
		}
	}
}

// note marks names as used and returns those that are not known.
func (p *Preset) note(names, known []string, used map[string]bool) (unknown []string) {
	for _, name := range names {
		used[name] = true
		if !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	return unknown
}

// references calls each for every text of n that refers to something, and
// reports what each says is unknown.
func (p *Preset) references(n *yaml.Node, path string, problems *diag.List, each func(names []string, path string) (unknown []string)) {
	walk(n, path, func(n *yaml.Node, path string) {
		names, err := References(n.Value)
		if err != nil {
			problems.Add(p.doc.Pos(n, path).Problemf("%s", err).WithHint("write $${ for a literal ${"))
			return
		}
		if len(names) == 0 {
			return
		}
		for _, name := range each(names, path) {
			problems.Add(p.doc.Pos(n, path).Problemf("unknown input ${%s}", name).WithHint("%s", p.unknownHint(name)))
		}
	})
}

func (p *Preset) unknownHint(name string) string {
	names := builtIn()
	for _, in := range p.Inputs {
		if in.Name == name {
			return "an input refers only to inputs above it"
		}
		names = append(names, in.Name)
	}
	return strict.Suggest(name, names, "inputs")
}
