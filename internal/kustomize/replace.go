package kustomize

import (
	"bytes"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/utils"
	"sigs.k8s.io/yaml"
)

// readReplacements reads what a layer copies from one object into others.
func (s *survey) readReplacements(l *layer) error {
	for _, r := range l.k.Replacements {
		if r.Path == "" {
			l.replacements = append(l.replacements, r.Replacement)
			continue
		}
		text, err := s.patchFile(l, r.Path)
		if err != nil {
			return err
		}
		var several []types.Replacement
		var one types.Replacement
		switch {
		case bytes.Contains(text, []byte(internalDomain)):
			return atOnce("%s writes annotations of kustomize's own", r.Path)
		case yaml.Unmarshal(text, &several) == nil:
			l.replacements = append(l.replacements, several...)
		case yaml.Unmarshal(text, &one) == nil:
			l.replacements = append(l.replacements, one)
		default:
			return atOnce("%s has no replacements", r.Path)
		}
	}
	for _, r := range l.replacements {
		for _, target := range r.Targets {
			if target == nil || len(target.FieldPaths) == 0 || slices.ContainsFunc(target.FieldPaths, mayLeadToIdentity) {
				return atOnce("a replacement in %s may change a name", l.path)
			}
		}
	}
	return nil
}

// mayLeadToIdentity reports whether a path of a replacement may lead to what an
// object is known by.
func mayLeadToIdentity(path string) bool {
	steps := utils.SmarterPathSplitter(path, ".")
	if len(steps) == 0 || strings.ContainsAny(steps[0], "*[]=/") {
		return true
	}
	return !besidesIdentity(append([]string{""}, steps...))
}

// findValues finds the objects that a layer copies from. They have to be where any
// object of the layer is.
func findValues(l *layer, items []*item) {
	var from []*source
	for _, r := range l.replacements {
		if r.Source == nil {
			continue
		}
		for _, i := range items {
			matches := i.now.IsSelectedBy(r.Source.ResId)
			for _, id := range i.before {
				matches = matches || id.IsSelectedBy(r.Source.ResId)
			}
			if matches && !slices.Contains(from, i.source) {
				from = append(from, i.source)
			}
		}
	}
	for _, i := range items {
		for _, source := range from {
			if source != i.source && !slices.Contains(i.source.values, source) {
				i.source.values = append(i.source.values, source)
			}
		}
	}
}
