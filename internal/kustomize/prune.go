package kustomize

import (
	"slices"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"
)

// Shards are built from the user's own kustomizations with entries left out. Every
// layer that has a part in a shard keeps whatever it does to each object alone.

// A shard is what is built together.
type shard struct {
	number int
	// members are all that is there, own those whose objects are taken from it; the
	// others are there because one of its own may refer to them.
	members, own []*source
}

// shards divides the sources into shards of about so many. Those that refer to each
// other come together as far as there is room: charts print objects by kind.
func (s *survey) shards(size int) (out []*shard) {
	users := s.users(size)
	placed := make([]bool, len(s.sources))
	in := &shard{number: 1}
	for _, from := range s.sources {
		for near := []*source{from}; len(near) > 0 && len(in.own) < size; near = near[1:] {
			if placed[near[0].order] {
				continue
			}
			near[0].group.shard = in.number
			for _, together := range near[0].group.sources {
				placed[together.order] = true
				in.own = append(in.own, together)
				near = append(near, together.needs...)
				if by := users[together.order]; len(by) <= size {
					near = append(near, by...)
				}
			}
		}
		if len(in.own) >= size {
			out, in = append(out, in), &shard{number: in.number + 1}
		}
	}
	if len(in.own) > 0 {
		out = append(out, in)
	}
	always := s.represent()
	for _, in := range out {
		in.fill(always)
	}
	return out
}

// users are the sources that may refer to each one, no more than one too many.
func (s *survey) users(most int) [][]*source {
	out := make([][]*source, len(s.sources))
	for _, from := range s.sources {
		for _, needed := range from.needs {
			if len(out[needed.order]) <= most {
				out[needed.order] = append(out[needed.order], from)
			}
		}
	}
	return out
}

// fill adds what the shard's own sources may refer to, what is always there, and
// what is copied into any of them.
func (in *shard) fill(always []*source) {
	for _, s := range in.own {
		in.add(s)
	}
	for _, s := range in.own {
		for _, needed := range s.needs {
			in.add(needed)
		}
	}
	for _, s := range always {
		in.add(s)
	}
	for i := 0; i < len(in.members); i++ {
		for _, copied := range in.members[i].values {
			in.add(copied)
		}
	}
}

func (in *shard) add(s *source) {
	for _, together := range s.group.sources {
		if together.enter(in.number) {
			in.members = append(in.members, together)
		}
	}
}

// view is what the repository looks like for a shard: the paths of the files that
// are read, and what is in them.
func (s *survey) view(in *shard) (map[string][]byte, error) {
	v := view{shard: in.number}
	for _, member := range in.members {
		member.shard = in.number
		if f := member.file; f != nil {
			v.enterFile(f)
		} else {
			v.enterLayer(member.layer)
		}
	}
	out := make(map[string][]byte, len(v.files)+len(v.layers)+len(s.patches))
	for path, text := range s.patches {
		out[path] = text
	}
	for _, f := range v.files {
		out[f.path] = v.documents(f)
	}
	for _, l := range v.layers {
		text, err := yaml.Marshal(v.pruned(l))
		if err != nil {
			return nil, err
		}
		out[l.path] = text
	}
	return out, nil
}

// A view is the part of a survey that is in a shard.
type view struct {
	shard  int
	files  []*file
	layers []*layer
}

func (v *view) enterFile(f *file) {
	if f.enter(v.shard) {
		v.files = append(v.files, f)
		v.enterUsers(f.users)
	}
}

func (v *view) enterUsers(users []user) {
	for _, by := range users {
		v.enterLayer(by.layer)
		by.layer.picked = append(by.layer.picked, by.index)
	}
}

// enterLayer adds a layer that has a member, and those above it.
func (v *view) enterLayer(l *layer) {
	v.include(l)
	if l.above.enter(v.shard) {
		v.enterUsers(l.users)
		for _, by := range l.parents {
			v.enterLayer(by)
		}
	}
}

// include adds a layer with its components, which change what is in it.
func (v *view) include(l *layer) {
	if !l.enter(v.shard) {
		return
	}
	l.picked = nil
	v.layers = append(v.layers, l)
	for _, component := range l.components {
		v.include(component)
	}
}

// documents are those of a file that are present.
func (v *view) documents(f *file) []byte {
	var present []string
	for _, doc := range f.documents {
		if doc.source != nil && doc.source.shard == v.shard {
			present = append(present, doc.text)
		}
	}
	return pasted(present)
}

// pruned is a layer with the entries that have a part in the shard.
func (v *view) pruned(l *layer) types.Kustomization {
	k := l.k
	slices.Sort(l.picked)
	k.Resources = nil
	for _, i := range l.picked {
		k.Resources = append(k.Resources, l.k.Resources[i])
	}
	k.Components = nil
	for i, component := range l.components {
		if !v.isEmpty(component) {
			k.Components = append(k.Components, l.k.Components[i])
		}
	}
	k.ConfigMapGenerator = chosen(k.ConfigMapGenerator, func(i int) bool { return v.generates(l.configMaps[i]) })
	k.SecretGenerator = chosen(k.SecretGenerator, func(i int) bool { return v.generates(l.secrets[i]) })
	k.PatchesStrategicMerge = chosen(k.PatchesStrategicMerge, func(i int) bool { return v.finds(l.strategic[i]) }) //nolint:staticcheck // people use it
	k.Patches = chosen(k.Patches, func(i int) bool { return len(l.patches[i].targets) == 0 || v.finds(l.patches[i]) })
	k.Replicas = chosen(k.Replicas, func(i int) bool { return v.finds(l.replicas[i]) })
	return k
}

// isEmpty reports whether nothing is left of a component, which kustomize refuses.
func (v *view) isEmpty(component *layer) bool {
	k := v.pruned(component)
	return k.CheckEmpty() != nil
}

func (v *view) generates(g generator) bool {
	if g.source != nil {
		return g.source.shard == v.shard
	}
	return v.finds(g.change)
}

// finds reports whether there is anything in the shard for a modifier to find.
func (v *view) finds(m *modifier) bool {
	return slices.ContainsFunc(m.sources, func(s *source) bool { return s.shard == v.shard })
}

// chosen are the entries of a list for which keep is true; none is no list.
func chosen[T any](list []T, keep func(i int) bool) (out []T) {
	for i, entry := range list {
		if keep(i) {
			out = append(out, entry)
		}
	}
	return out
}
