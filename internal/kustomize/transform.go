package kustomize

import (
	"slices"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/resid"
)

// An item is an object under the names that it has on the way up.
type item struct {
	source *source
	order  int
	// now is its identity, before those that it had, as far as kustomize remembers
	// them.
	now    resid.ResId
	before []resid.ResId
	// hash is whether its name will end with a hash of its content.
	hash bool
}

func (s *source) item() *item { return &item{source: s, now: s.first.id, hash: s.first.hash} }

// remember keeps the current identity, as kustomize does before a change.
func (i *item) remember() {
	was := i.now
	was.Namespace = i.now.EffectiveNamespace()
	i.before = append(i.before, was)
}

// original is the first identity.
func (i *item) original() resid.ResId {
	if len(i.before) > 0 {
		return i.before[0]
	}
	return i.now
}

// An identity is what makes two objects one.
type identity5 struct{ group, version, kind, namespace, name string }

func identityOf(id resid.ResId) identity5 {
	return identity5{id.Group, id.Version, id.Kind, id.EffectiveNamespace(), id.Name}
}

// known finds items by any identity that they have or had.
func known(items []*item) map[identity5][]*item {
	out := make(map[identity5][]*item, len(items))
	for _, i := range items {
		add := func(id resid.ResId) {
			key := identityOf(id)
			if found := out[key]; len(found) == 0 || found[len(found)-1] != i {
				out[key] = append(found, i)
			}
		}
		add(i.now)
		for _, id := range i.before {
			add(id)
		}
	}
	return out
}

// generate adds what a layer's generators make, or finds what they change.
func generate(l *layer, items []*item) ([]*item, error) {
	if len(l.configMaps)+len(l.secrets) == 0 {
		return items, nil
	}
	index := known(items)
	for _, generators := range [][]generator{l.configMaps, l.secrets} {
		for _, g := range generators {
			key := identityOf(g.made.id)
			found := index[key]
			switch {
			case g.source != nil && len(found) == 0:
				made := g.source.item()
				items = append(items, made)
				index[key] = []*item{made}
			case g.change != nil && len(found) == 1:
				g.change.find(found[0].source)
				found[0].hash = found[0].hash && g.made.hash
			default:
				return nil, atOnce("the generator of %s in %s finds %d objects", g.made.id.Name, l.path, len(found))
			}
		}
	}
	return items, nil
}

// transform makes a layer's changes of names, and finds what it must find.
func (f *fields) transform(l *layer, items []*item) error {
	if err := findPatched(l, items); err != nil {
		return err
	}
	if l.k.Namespace != "" {
		for _, i := range items {
			i.move(l.k.Namespace)
		}
	}
	for _, affix := range []struct{ before, after string }{{l.k.NamePrefix, ""}, {"", l.k.NameSuffix}} {
		if affix.before+affix.after == "" {
			continue
		}
		for _, i := range items {
			if keepsItsName(i.original()) {
				continue
			}
			i.remember()
			i.now.Name = affix.before + i.now.Name + affix.after
		}
	}
	if err := f.findReplicas(l, items); err != nil {
		return err
	}
	findValues(l, items)
	return nil
}

// move puts an object into a namespace; the object of a namespace is named so. Those
// of charts stay where Helm put them, unless a patch takes their mark away: then they
// are remembered.
func (i *item) move(namespace string) {
	i.remember()
	if i.source.inflated != "" {
		return
	}
	if !i.now.IsClusterScoped() {
		i.now.Namespace = namespace
	}
	if i.now.Kind == types.NamespaceKind && i.now.ApiVersion() == types.MetadataNamespaceApiVersion {
		i.now.Name = namespace
	}
}

// keepsItsName reports whether prefixes and suffixes leave an object alone.
func keepsItsName(id resid.ResId) bool {
	switch id.Kind {
	case "CustomResourceDefinition", types.NamespaceKind:
		return true
	case "APIService":
		return id.Group == "apiregistration.k8s.io"
	}
	return false
}

// findPatched finds the objects of patches without a target, and gives objects the
// names that other patches have for them.
func findPatched(l *layer, items []*item) error {
	if slices.ContainsFunc(l.patches, func(p *modifier) bool { return p.remembers }) {
		for _, i := range items {
			i.remember()
		}
	}
	var index map[identity5][]*item
	for _, p := range slices.Concat(l.strategic, l.patches) {
		if p.renaming != nil {
			index = nil
			if len(items)*len(l.patches) > maxSelections {
				return atOnce("there are too many patches in %s that change names", l.path)
			}
			p.renaming.rename(items)
			if err := unlike(items); err != nil {
				return err
			}
		}
		if index == nil && len(p.targets) > 0 {
			index = known(items)
		}
		for _, target := range p.targets {
			found := index[identityOf(target)]
			if len(found) != 1 {
				return atOnce("the patch of %s in %s finds %d objects", target.Name, l.path, len(found))
			}
			p.find(found[0].source)
		}
	}
	return nil
}

// findReplicas finds the objects of a layer's numbers of replicas.
func (f *fields) findReplicas(l *layer, items []*item) error {
	if len(l.replicas) == 0 {
		return nil
	}
	byName := map[string][]*modifier{}
	for i, m := range l.replicas {
		name := l.k.Replicas[i].Name
		byName[name] = append(byName[name], m)
	}
	found := map[*modifier]bool{}
	for _, i := range items {
		for _, id := range append(i.before[:len(i.before):len(i.before)], i.now) {
			if !f.scales(id) {
				continue
			}
			for _, m := range byName[id.Name] {
				m.find(i.source)
				found[m] = true
			}
		}
	}
	if len(found) != len(l.replicas) {
		return atOnce("replicas in %s find nothing", l.path)
	}
	return nil
}
