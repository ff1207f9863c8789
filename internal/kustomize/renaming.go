package kustomize

import (
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/resid"
	"sigs.k8s.io/yaml"
)

// A JSON patch may give the objects that it selects another name, namespace or
// apiVersion. Where these are plain texts, the survey does the same.

const (
	namePath      = "/metadata/name"
	namespacePath = "/metadata/namespace"
	versionPath   = "/apiVersion"
)

// maxSelections bounds how often it looks whether an object is selected.
const maxSelections = 5_000_000

// A renaming is the part of a patch that changes what objects are known by.
type renaming struct {
	target  *types.SelectorRegex
	changes []change
}

// A change sets one of the fields that an object is known by.
type change struct{ field, value string }

// renamingOf finds what a JSON patch changes of identities; nil is nothing. Ok is
// false where that is not certain.
func renamingOf(text []byte, target *types.Selector) (r *renaming, ok bool) {
	var operations []map[string]any
	if yaml.Unmarshal(text, &operations) != nil || len(operations) == 0 {
		return nil, false
	}
	var changes []change
	for _, o := range operations {
		c, isChange, ok := changeOf(o)
		if !ok {
			return nil, false
		}
		if isChange {
			changes = append(changes, c)
		}
	}
	if len(changes) == 0 {
		return nil, true
	}
	// These select by what is not surveyed.
	if target.LabelSelector+target.AnnotationSelector != "" {
		return nil, false
	}
	selects, err := types.NewSelectorRegex(target)
	return &renaming{target: selects, changes: changes}, err == nil
}

// changeOf is what an operation does to an identity, if anything. Ok is false where
// that is not certain.
func changeOf(o map[string]any) (c change, isChange, ok bool) {
	path, isText := o["path"].(string)
	if !isText {
		return c, false, false
	}
	if from, has := o["from"]; has {
		text, isText := from.(string)
		if !isText || !besidesIdentity(strings.Split(text, "/")) {
			return c, false, false
		}
	}
	if besidesIdentity(strings.Split(path, "/")) {
		return c, false, true
	}
	value, isText := o["value"].(string)
	sets := o["op"] == "add" || o["op"] == "replace"
	known := path == namePath || path == namespacePath || path == versionPath
	return change{path, value}, true, known && sets && isText && value != "" && !strings.Contains(value, ",")
}

// selects reports whether a patch is for an item.
func (r *renaming) selects(i *item) bool {
	was := i.original()
	return r.target.MatchGvk(i.now.Gvk) &&
		(r.target.MatchName(was.Name) || r.target.MatchName(i.now.Name)) &&
		(r.target.MatchNamespace(was.EffectiveNamespace()) || r.target.MatchNamespace(i.now.EffectiveNamespace()))
}

// rename changes the items that a patch is for.
func (r *renaming) rename(items []*item) {
	for _, i := range items {
		if !r.selects(i) {
			continue
		}
		i.remember()
		for _, c := range r.changes {
			i.set(c)
		}
	}
}

func (i *item) set(c change) {
	switch c.field {
	case namePath:
		i.now.Name = c.value
	case namespacePath:
		i.now.Namespace = c.value
	case versionPath:
		// Kustomize remembers names, namespaces and kinds alone.
		group, version := resid.ParseGroupVersion(c.value)
		for n, id := range i.before {
			i.before[n].Gvk = resid.NewGvk(group, version, id.Kind)
		}
		i.now.Gvk = resid.NewGvk(group, version, i.now.Kind)
	}
}
