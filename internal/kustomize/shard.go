package kustomize

import (
	"bytes"
	"cmp"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/resid"
	"sigs.k8s.io/yaml"
)

// Kustomize looks at all objects for each one that it adds, so that its time grows
// with the square of their number. Where each object is changed on its own it
// makes no difference whether the others are there: a long list of resources is
// built in shards, one after the other, because the library has state of its own.
const (
	// shardFiles is how many files are built together: fewer, and what a build costs
	// by itself counts; more, and the square does.
	shardFiles = 16
	// shardFrom is the number of files from which it is worth it.
	shardFrom = 2 * shardFiles
)

// sharded builds the kustomization in shards. Ok is false where that could differ
// from building it at once, or where anything is wrong: then it must be built at
// once, and say so.
func (j *jail) sharded(build func() (resmap.ResMap, error)) (all []*resource.Resource, ok bool) {
	file, k, ok := j.shardable()
	if !ok {
		return nil, false
	}
	edited := j.edited
	defer func() {
		j.edited = edited
		if !ok {
			j.problem, j.seen, j.origins = nil, nil, origins{}
		}
	}()
	ids := map[resid.ResId]bool{}
	for files := range slices.Chunk(k.Resources, shardFiles) {
		part := k
		part.Resources = files
		text, err := yaml.Marshal(part)
		if err != nil {
			return nil, false
		}
		j.edited = map[string][]byte{file: text}
		built, err := build()
		if err != nil {
			return nil, false
		}
		for _, res := range built.Resources() {
			id := res.CurId()
			id.Namespace = id.EffectiveNamespace()
			if !res.OrgId().Equals(res.CurId()) || ids[id] {
				return nil, false
			}
			ids[id] = true
		}
		all = append(all, built.Resources()...)
	}
	return all, inOrder(all)
}

// shardable returns the kustomization that is built, and its file, if it is a long
// list of files with nothing but changes to each object alone.
func (j *jail) shardable() (file string, k types.Kustomization, ok bool) {
	path, data, err := j.ownKustomization()
	if err != nil || path == "" || k.Unmarshal(data) != nil {
		return "", k, false
	}
	k.FixKustomization()
	if file, err = j.inside(path); err != nil || len(k.Resources) < shardFrom || !alone(k) {
		return "", k, false
	}
	for _, entry := range k.Resources {
		target := filepath.Join(filepath.Dir(path), filepath.FromSlash(entry))
		if !j.Exists(target) || j.IsDir(target) {
			return "", k, false
		}
	}
	return file, k, true
}

// alone reports whether everything that a kustomization does it does to each
// object alone, and to none in particular: a patch without a target must find its
// object, and a new name or namespace changes references to it.
func alone(k types.Kustomization) bool {
	for _, p := range k.Patches {
		if p.Target == nil || p.Options != nil {
			return false
		}
	}
	k.TypeMeta, k.Resources, k.Patches, k.Labels, k.Images, k.CommonAnnotations = types.TypeMeta{}, nil, nil, nil, nil, nil
	return reflect.ValueOf(k).IsZero()
}

// inOrder sorts objects as kustomize does: by kind, and within a kind by namespace
// and name, with marks for those that have none.
func inOrder(all []*resource.Resource) (ok bool) {
	rank, ok := ranks(all)
	if !ok {
		return false
	}
	name := func(id resid.ResId) string { return cmp.Or(id.Namespace, "~X") + "|" + cmp.Or(id.Name, "~N") }
	slices.SortStableFunc(all, func(a, b *resource.Resource) int {
		left, right := a.CurId(), b.CurId()
		return cmp.Or(cmp.Compare(rank[left.Gvk.String()], rank[right.Gvk.String()]), cmp.Compare(name(left), name(right)))
	})
	return true
}

// ranks asks kustomize for the order of the kinds, with one object of each.
func ranks(all []*resource.Resource) (rank map[string]int, ok bool) {
	rank = map[string]int{}
	var stream bytes.Buffer
	for _, res := range all {
		gvk := res.CurId().Gvk
		if _, seen := rank[gvk.String()]; !seen {
			rank[gvk.String()] = 0
			fmt.Fprintf(&stream, "---\napiVersion: %q\nkind: %q\nmetadata: {name: one}\n", gvk.ApiVersion(), gvk.Kind)
		}
	}
	fsys := filesys.MakeFsInMemory()
	if fsys.WriteFile("/app/kustomization.yaml", []byte("resources: [kinds.yaml]\n")) != nil || fsys.WriteFile("/app/kinds.yaml", stream.Bytes()) != nil {
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
