package kustomize

// A layer that is not in a shard keeps its configurations to itself, though they
// count for the layers above it as well. So each shard has a source of each layer
// with some.

// A presence is what some sources bring into a shard.
type presence struct {
	sources []*source
	// layers are those that are there with all that uses them.
	layers map[*layer]bool
}

// represent returns the sources that every shard has.
func (s *survey) represent() []*source {
	p := presence{layers: map[*layer]bool{}}
	for _, l := range s.fields.layers {
		p.want(l)
	}
	return p.sources
}

// want adds what brings a layer wherever it is used. What uses a component brings
// it along.
func (p *presence) want(l *layer) {
	if p.layers[l] {
		return
	}
	if from := l.any(); from != nil {
		p.sources = append(p.sources, from)
		p.enter(l)
		return
	}
	for _, parent := range l.parents {
		p.want(parent)
	}
}

func (p *presence) enter(l *layer) {
	if p.layers[l] {
		return
	}
	p.layers[l] = true
	for _, by := range l.users {
		p.enter(by.layer)
	}
	for _, parent := range l.parents {
		p.enter(parent)
	}
}

// any is a source in a layer or below it, nil if there is none.
func (l *layer) any() *source {
	for _, e := range l.resources {
		if e.layer != nil {
			if from := e.layer.any(); from != nil {
				return from
			}
			continue
		}
		for _, doc := range e.file.documents {
			if doc.source != nil {
				return doc.source
			}
		}
	}
	for _, g := range append(l.configMaps[:len(l.configMaps):len(l.configMaps)], l.secrets...) {
		if g.source != nil {
			return g.source
		}
	}
	for _, component := range l.components {
		if from := component.any(); from != nil {
			return from
		}
	}
	return nil
}
