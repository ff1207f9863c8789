package kustomize

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/resid"
	"sigs.k8s.io/yaml"
)

// Kustomize looks at all objects for each one that it adds, moves or finds a
// reference in, so that its time grows with the square of their number. Where an
// object comes out the same without the others, or with those alone that it may
// refer to, they are built in shards, one after the other, because the library has
// state of its own.
const (
	// shardObjects is how many objects are built together: fewer, and what a build
	// costs by itself counts; more, and the square does.
	shardObjects = 32
)

// An object is what a build prints.
type object struct {
	id   resid.ResId
	text []byte
	file string
	// order is that in which kustomize reads the objects.
	order int
}

// sharded builds the kustomization in shards. It refuses, with errAtOnce or any
// other error, where that could differ from building it at once, or where anything
// is wrong: then it must be built at once, and say so.
func (j *jail) sharded(build func() (resmap.ResMap, error)) (all []object, err error) {
	before := *j
	defer func() {
		j.edited = before.edited
		if err != nil {
			j.problem, j.seen, j.remotes, j.origins = before.problem, before.seen, before.remotes, before.origins
		}
	}()
	const few = 2 * shardObjects
	s, err := j.survey(few)
	if err != nil {
		return nil, err
	}
	if len(s.sources) <= few {
		return j.inShards(s, s.shards(few), build)
	}
	shards := s.shards(shardObjects)
	if err := worthIt(s, shards); err != nil {
		return nil, err
	}
	return j.inShards(s, shards, build)
}

// inShards builds the shards of a survey.
func (j *jail) inShards(s *survey, shards []*shard, build func() (resmap.ResMap, error)) (all []object, err error) {
	defer quiet()()
	expected := expected{survey: s, items: make(map[identity5]*item, len(s.items)), taken: make(map[identity5]bool, len(s.items))}
	for n, i := range s.items {
		i.order = n
		expected.items[identityOf(i.now)] = i
	}
	for _, in := range shards {
		if j.edited, err = s.view(in); err != nil {
			return nil, err
		}
		built, err := build()
		if err != nil {
			return nil, err
		}
		if all, err = expected.take(all, in, built); err != nil {
			return nil, err
		}
	}
	return all, inOrder(all, s.top.k.SortOptions)
}

// worthIt refuses shards that cost as much as the whole.
func worthIt(s *survey, shards []*shard) error {
	work := 0
	for _, in := range shards {
		work += len(in.members) * len(in.members)
	}
	if 2*work > len(s.sources)*len(s.sources) {
		return atOnce("its objects may refer to too many others")
	}
	return nil
}

// quiet keeps kustomize from warning of the same field once for each shard. It
// returns what undoes it.
func quiet() (undo func()) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return func() {}
	}
	before := os.Stderr
	os.Stderr = null
	return func() {
		os.Stderr = before
		_ = null.Close()
	}
}

// expected are the identities that the objects will have, but for hashes.
type expected struct {
	survey *survey
	items  map[identity5]*item
	taken  map[identity5]bool
}

// take adds the objects of a shard's own sources. Each object that is built must be
// one that was expected.
func (e expected) take(all []object, in *shard, built resmap.ResMap) ([]object, error) {
	for _, res := range built.Resources() {
		id := res.CurId()
		i, err := e.find(id)
		if err != nil {
			return nil, err
		}
		if i.source.group.shard != in.number {
			continue
		}
		key := identityOf(id)
		if e.taken[key] {
			return nil, atOnce("%s is there twice", id)
		}
		e.taken[key] = true
		text, err := asYAML(res, e.survey.jail.hidden)
		if err != nil {
			return nil, err
		}
		if err := e.survey.complete(i, text, in.number); err != nil {
			return nil, err
		}
		all = append(all, object{id: id, text: text, file: i.source.at(), order: i.order})
	}
	return all, nil
}

// hashLength is that of the hash at the end of a name.
const hashLength = 10

// find returns the item that an object comes from.
func (e expected) find(id resid.ResId) (*item, error) {
	key := identityOf(id)
	found := e.items[key]
	if found != nil && found.hash {
		found = nil
	}
	if end := strings.LastIndexByte(key.name, '-'); end > 0 && len(key.name)-end-1 == hashLength {
		key.name = key.name[:end]
		if made := e.items[key]; made != nil && made.hash {
			if found != nil {
				return nil, atOnce("%s may be two objects", id)
			}
			found = made
		}
	}
	if found == nil || found.now.Namespace != id.Namespace {
		return nil, atOnce("%s was not expected", id)
	}
	return found, nil
}

// inOrder sorts objects as kustomize does: as they were read, or else by kind, and
// within a kind by namespace and name, with marks for those that have none.
func inOrder(all []object, options *types.SortOptions) error {
	if options != nil && options.Order == types.FIFOSortOrder {
		slices.SortFunc(all, func(a, b object) int { return cmp.Compare(a.order, b.order) })
		return nil
	}
	rank, ok := ranks(all, options)
	if !ok {
		return atOnce("their order is not known")
	}
	name := func(id resid.ResId) string { return cmp.Or(id.Namespace, "~X") + "|" + cmp.Or(id.Name, "~N") }
	slices.SortStableFunc(all, func(a, b object) int {
		left, right := a.id, b.id
		return cmp.Or(cmp.Compare(rank[left.Gvk.String()], rank[right.Gvk.String()]), cmp.Compare(name(left), name(right)))
	})
	return nil
}

// ranks asks kustomize for the order of the kinds, with one object of each.
func ranks(all []object, options *types.SortOptions) (rank map[string]int, ok bool) {
	rank = map[string]int{}
	var stream bytes.Buffer
	for _, o := range all {
		gvk := o.id.Gvk
		if _, seen := rank[gvk.String()]; !seen {
			rank[gvk.String()] = 0
			fmt.Fprintf(&stream, "---\napiVersion: %q\nkind: %q\nmetadata: {name: one}\n", gvk.ApiVersion(), gvk.Kind)
		}
	}
	fsys := filesys.MakeFsInMemory()
	kinds, err := yaml.Marshal(types.Kustomization{Resources: []string{"kinds.yaml"}, SortOptions: options})
	if err != nil || fsys.WriteFile("/app/kustomization.yaml", kinds) != nil || fsys.WriteFile("/app/kinds.yaml", stream.Bytes()) != nil {
		return nil, false
	}
	built, err := krusty.MakeKustomizer(inKindOrder()).Run(fsys, "/app")
	if err != nil || built.Size() != len(rank) {
		return nil, false
	}
	for i, res := range built.Resources() {
		rank[res.CurId().Gvk.String()] = i
	}
	return rank, len(rank) == built.Size()
}
