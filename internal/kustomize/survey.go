package kustomize

import (
	"errors"
	"fmt"
	"path/filepath"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// A survey is what a kustomization has, without building it: its layers, the
// objects that each of them gets, and under which names kustomize knows them. It
// goes through the layers in kustomize's own order.
//
// What it does not know for certain it does not survey: then the kustomization is
// built at once.
type survey struct {
	jail   *jail
	top    *layer
	layers map[string]*layer
	files  map[string]*file
	// read are the files in the order in which they are read, documents how many
	// are in them; lists is whether these may have others in them.
	read      []*file
	documents int
	lists     bool
	// patches are files of patches, by their paths in the repository.
	patches map[string][]byte
	// sources are in the order in which kustomize reads them.
	sources []*source
	words   words
	decoder manifest.Decoder
	// everywhere are the texts that a layer may put into any object.
	everywhere map[word]bool
	// renames is whether a patch changes an identity.
	renames bool
	// charts are the layers with some.
	charts []*layer
	// fields are what the layers' own configurations say about fields.
	fields fields
	// items are the objects of the outermost layer.
	items   []*item
	renamed renamed
}

// maxItems bounds a survey: a layer can use another one more than once.
const maxItems = 200_000

// errAtOnce is why a kustomization is built at once; errFew is one of the reasons.
var (
	errAtOnce = errors.New("it is not surveyed")
	errFew    = atOnce("there are few objects")
)

type atOnceError struct{ why string }

func (e atOnceError) Error() string { return e.why }

func (atOnceError) Is(target error) bool { return target == errAtOnce }

// atOnce is why a kustomization is built at once, as the end of a sentence.
func atOnce(format string, args ...any) error {
	return atOnceError{fmt.Sprintf(format, args...)}
}

// A layer is the file of a kustomization or a component. It may be used more than
// once.
type layer struct {
	dir filesys.ConfirmedDir
	// path is that of the file in the repository.
	path string
	k    types.Kustomization
	// resources are the entries of k.Resources, components those of k.Components.
	resources  []entry
	components []*layer
	// generators are those that make an object, by the index of their entry; others
	// change one, and are modifiers.
	configMaps, secrets []generator
	strategic, patches  []*modifier
	replacements        []types.Replacement
	replicas            []*modifier
	// users are the entries of resources that lead here, parents the layers that this
	// is a component of.
	users   []user
	parents []*layer
	// inflated is whether its objects are those of charts.
	inflated bool
	mark
	// above marks the shards in which those above are known to be.
	above mark
	// picked are the resources of the shard in hand.
	picked []int
}

// An entry of resources is a file or another layer.
type entry struct {
	file  *file
	layer *layer
}

// A user is the entry of a layer that leads to a file or another layer.
type user struct {
	layer *layer
	index int
}

// A mark says in which shard something is.
type mark struct{ shard int }

// enter reports whether something is new in a shard.
func (m *mark) enter(shard int) bool {
	before := m.shard
	m.shard = shard
	return before != shard
}

// A source is a document of a file or an entry of a generator. Each time that its
// layer is used, it becomes an item.
type source struct {
	order int
	file  *file
	layer *layer
	first identified
	// inflated is the file that made an object of a chart, "" for others.
	inflated string
	// modifiers are what changes it and nothing else, or has to find it.
	modifiers []*modifier
	// needs are the sources that its items may refer to, values those that
	// something is copied from into it.
	needs, values []*source
	// group are the sources that are never built apart, this one among them.
	group *group
	mark
}

// at is the file that messages about a source name.
func (s *source) at() string {
	switch {
	case s.inflated != "":
		return filepath.ToSlash(s.inflated)
	case s.file != nil:
		return filepath.ToSlash(s.file.path)
	}
	return filepath.ToSlash(s.layer.path)
}

// survey goes through the kustomization that is built.
// More than a few objects are worth it.
func (j *jail) survey(few int) (*survey, error) {
	s := &survey{
		jail: j, layers: map[string]*layer{}, files: map[string]*file{}, patches: map[string][]byte{},
		words: words{index: map[string]word{}}, everywhere: map[word]bool{},
	}
	dir, _, err := j.CleanedAbs(filepath.Join(j.root, filepath.FromSlash(j.opts.App)))
	if err != nil {
		return nil, err
	}
	top, err := s.layer(dir, anyKind)
	if err != nil {
		return nil, err
	}
	s.top = top
	if s.needsSchema() {
		if err := loadSchema(); err != nil {
			return nil, err
		}
	}
	if !s.lists && len(s.charts) == 0 && s.documents+len(s.sources) <= few {
		return nil, errFew
	}
	if err := s.identifyAll(); err != nil {
		return nil, err
	}
	if err := s.inflateAll(); err != nil {
		return nil, err
	}
	// Charts would be inflated once more.
	if len(s.charts) == 0 && len(s.sources) <= few {
		return nil, errFew
	}
	if s.items, err = s.accumulate(top, nil); err != nil {
		return nil, err
	}
	for _, i := range s.items {
		if i.hash {
			i.remember()
		}
	}
	if err := unlike(s.items); err != nil {
		return nil, err
	}
	s.renamed = s.findRenamed()
	return s, s.refer()
}

// newSource adds a source in kustomize's order of reading.
func (s *survey) newSource(from source) *source {
	added := &from
	added.order = len(s.sources)
	added.group = &group{sources: []*source{added}}
	s.sources = append(s.sources, added)
	return added
}

// accumulate adds the items of a layer to those that a component finds, in the
// order in which kustomize does: resources, generators, components, changes.
func (s *survey) accumulate(l *layer, items []*item) ([]*item, error) {
	for _, e := range l.resources {
		if e.file != nil {
			for _, doc := range e.file.documents {
				if doc.source != nil {
					items = append(items, doc.source.item())
				}
			}
		} else {
			below, err := s.accumulate(e.layer, nil)
			if err != nil {
				return nil, err
			}
			if e.layer.inflated {
				if err := unknown(items, below); err != nil {
					return nil, err
				}
			}
			items = append(items, below...)
		}
		if len(items) > maxItems {
			return nil, atOnce("there are more than %d objects", maxItems)
		}
	}
	items, err := generate(l, items)
	if err != nil {
		return nil, err
	}
	for _, component := range l.components {
		if items, err = s.accumulate(component, items); err != nil {
			return nil, err
		}
	}
	if len(items) == 0 {
		return nil, atOnce("there is no object in %s", l.path)
	}
	// Two that are the same on the way up are the same at the top, unless a patch
	// gives one of them another name.
	if s.renames {
		if err := unlike(items); err != nil {
			return nil, err
		}
	}
	return items, s.fields.transform(l, items)
}
