package kustomize

import "sigs.k8s.io/kustomize/kyaml/resid"

// A group is sources that are never built apart.
type group struct {
	sources []*source
	// shard is the one that its objects are taken from.
	shard int
}

// A generator makes an object, or changes one.
type generator struct {
	made   identified
	source *source
	change *modifier
}

// A modifier is an entry of a layer that must find an object: it is built where
// the sources are that it finds.
type modifier struct {
	sources []*source
	// targets are the identities that patches look for.
	targets []resid.ResId
	// remembers is whether kustomize notes the identity of what it changes.
	remembers bool
	// renaming is what it changes of identities; nil is nothing.
	renaming *renaming
	// mentions are the texts that it may write.
	mentions []word
	// together is whether all that it finds has to be there.
	together bool
}

func (m *modifier) find(s *source) {
	for _, known := range m.sources {
		if known == s {
			return
		}
	}
	m.sources = append(m.sources, s)
	s.modifiers = append(s.modifiers, m)
	if m.together {
		join(m.sources[0], s)
	}
}

// join makes sources inseparable.
func join(a, b *source) {
	if a.group == b.group {
		return
	}
	if len(a.group.sources) < len(b.group.sources) {
		a, b = b, a
	}
	moved := b.group.sources
	a.group.sources = append(a.group.sources, moved...)
	for _, s := range moved {
		s.group = a.group
	}
}
