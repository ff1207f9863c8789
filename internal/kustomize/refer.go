package kustomize

import (
	"slices"
)

// Where a name has changed, kustomize changes the references to it: fields of
// kinds that it knows, whose text is a name that the object had. Which kinds and
// fields these are is not looked at here: any text in an object that is a name
// which another one had may be a reference to it, if the two can see each other.

// maxNeeds is how many objects one may refer to.
const maxNeeds = 1000

// renamed are the items that kustomize remembers another identity of, by the words
// that they were called.
type renamed struct {
	words *words
	// in are those of a namespace, global those without one, all both.
	in          map[placed][]*source
	global, all map[word][]*source
	// homes are namespaces that objects had first: one of those in each of their
	// present ones, and in "" one of all. A reference with a namespace goes to those
	// whose first one it is, if there are any, and else to those that are there now.
	homes map[word]map[string][]*source
}

type placed struct {
	name      word
	namespace string
}

// unlike holds that no two objects have one identity: kustomize compares each
// with all others whenever it adds or moves one.
func unlike(items []*item) error {
	seen := make(map[identity5]bool, len(items))
	for _, i := range items {
		key := identityOf(i.now)
		if seen[key] {
			return atOnce("%s is there twice", i.now)
		}
		seen[key] = true
	}
	return nil
}

// refer finds what each source may refer to.
func (s *survey) refer() error {
	r := &s.renamed
	if len(r.all) == 0 {
		return nil
	}
	var anywhere []word
	for w := range s.everywhere {
		if len(r.all[w]) > 0 || r.homes[w] != nil {
			anywhere = append(anywhere, w)
		}
	}
	for _, i := range s.items {
		mentions := slices.Concat(i.source.first.mentions, anywhere)
		for _, m := range i.source.modifiers {
			mentions = append(mentions, m.mentions...)
		}
		mentions = s.fields.affixed(&s.words, mentions)
		r.each(i, mentions, i.source.need)
		if len(i.source.needs) > maxNeeds {
			return atOnce("%s may refer to too many objects", i.now)
		}
	}
	return nil
}

// complete holds that nothing that an object may refer to was missing from its
// shard: a reference that was not followed still has a former name in it.
func (s *survey) complete(i *item, text []byte, shard int) error {
	if len(s.renamed.all) == 0 || s.fields.refersToNothing(i.now.Kind) {
		return nil
	}
	mentions, err := s.mentions(text)
	if err != nil {
		return err
	}
	s.renamed.each(i, mentions, func(others []*source) {
		for _, other := range others {
			if other.shard != shard {
				err = atOnce("%s refers to an object in a way that was not foreseen", i.now)
			}
		}
	})
	return err
}

func (s *survey) findRenamed() renamed {
	r := renamed{words: &s.words, in: map[placed][]*source{}, global: map[word][]*source{}, all: map[word][]*source{}, homes: map[word]map[string][]*source{}}
	for _, i := range s.items {
		r.settle(i)
		if len(i.before) == 0 {
			continue
		}
		var names []word
		for _, id := range i.before {
			if w := s.words.of(id.Name); !slices.Contains(names, w) {
				names = append(names, w)
			}
		}
		for _, name := range names {
			r.all[name] = append(r.all[name], i.source)
			if i.now.IsClusterScoped() {
				r.global[name] = append(r.global[name], i.source)
				continue
			}
			namespaces := []string{i.now.EffectiveNamespace(), i.now.Namespace}
			for _, namespace := range slices.Compact(namespaces) {
				key := placed{name, namespace}
				r.in[key] = append(r.in[key], i.source)
			}
		}
	}
	return r
}

// settle notes the first namespace of an item.
func (r *renamed) settle(i *item) {
	if i.now.IsClusterScoped() {
		return
	}
	w := r.words.of(i.original().EffectiveNamespace())
	if r.homes[w] == nil {
		r.homes[w] = map[string][]*source{}
	}
	for _, namespace := range []string{"", i.now.EffectiveNamespace()} {
		if r.homes[w][namespace] == nil {
			r.homes[w][namespace] = []*source{i.source}
		}
	}
}

// home calls do with what shows an item that a text is the first namespace of
// others, unless it does so itself.
func (r *renamed) home(i *item, w word, mentions []word, do func([]*source)) {
	homes := r.homes[w]
	switch {
	case homes == nil || !i.now.IsClusterScoped() && i.original().EffectiveNamespace() == r.words.text(w):
		return
	case i.now.IsClusterScoped():
		do(homes[""])
		return
	}
	do(homes[i.now.EffectiveNamespace()])
	if i.now.Kind == "RoleBinding" {
		for _, namespace := range mentions {
			do(homes[r.words.text(namespace)])
		}
	}
}

// each calls do with the sources that one item may refer to with these texts.
func (r *renamed) each(i *item, mentions []word, do func([]*source)) {
	for _, w := range mentions {
		r.home(i, w, mentions, do)
		all := r.all[w]
		if len(all) == 0 {
			continue
		}
		if i.now.IsClusterScoped() {
			do(all)
			continue
		}
		do(r.global[w])
		do(r.in[placed{w, i.now.EffectiveNamespace()}])
		if i.now.Kind != "RoleBinding" {
			continue
		}
		// The only kind with references into namespaces that it names.
		for _, namespace := range mentions {
			do(r.in[placed{w, r.words.text(namespace)}])
		}
	}
}

// need notes sources that this one may refer to.
func (s *source) need(others []*source) {
	for _, other := range others {
		if len(s.needs) > maxNeeds {
			return
		}
		if other != s && !slices.Contains(s.needs, other) {
			s.needs = append(s.needs, other)
		}
	}
}
