package kustomize

import (
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/resid"
	"sigs.k8s.io/kustomize/kyaml/utils"
	"sigs.k8s.io/yaml"
)

// Configurations name more fields for what kustomize does: those that get a prefix,
// a namespace or labels, and those that refer to other objects. A layer's are its
// own and those of all below it, so that each shard has a part in every layer with
// some.

// fields are what the configurations of all layers mean for a survey.
type fields struct {
	// referrers are the kinds that refer to something because of a configuration.
	referrers map[string]bool
	// scaled select the objects that replicas may find.
	scaled []resid.Gvk
	// prefixes and suffixes are those that fields may get; layers are those with
	// configurations.
	prefixes, suffixes []string
	layers             []*layer
	// extended is whether a field may get a prefix or a suffix.
	extended bool
}

// A configuration is a file that a layer names.
type configuration struct {
	NamePrefix, NameSuffix, Namespace, Images, Replicas     types.FsSlice
	CommonLabels, Labels, TemplateLabels, CommonAnnotations types.FsSlice
	VolumeClaimTemplateLabels                               types.FsSlice
	NameReference                                           []nameReference
}

type nameReference struct {
	FieldSpecs types.FsSlice
}

// refersToNothing reports whether kustomize knows no reference in a kind. These
// hold the longest texts.
func (f *fields) refersToNothing(kind string) bool {
	switch kind {
	case "ConfigMap", "Secret", crdKind:
		return !f.referrers[kind] && !f.referrers[""]
	}
	return false
}

// readConfigurations reads what the configurations of a layer change.
func (s *survey) readConfigurations(l *layer) error {
	s.fields.prefixes = append(s.fields.prefixes, l.k.NamePrefix)
	s.fields.suffixes = append(s.fields.suffixes, l.k.NameSuffix)
	if len(l.k.Configurations)+len(l.k.Crds) > 0 {
		s.fields.layers = append(s.fields.layers, l)
	}
	for _, name := range l.k.Configurations {
		text, err := s.patchFile(l, name)
		if err != nil {
			return err
		}
		var c configuration
		if yaml.Unmarshal(text, &c) != nil || !s.fields.add(c) {
			return atOnce("the configuration %s may change a name", name)
		}
	}
	for _, name := range l.k.Crds {
		text, err := s.patchFile(l, name)
		if err != nil {
			return err
		}
		if !s.fields.addTypes(text) {
			return atOnce("the types in %s may have names in other places", name)
		}
	}
	return nil
}

// add reports whether a configuration surely leaves alone what objects are known by.
func (f *fields) add(c configuration) bool {
	f.extended = f.extended || len(c.NamePrefix)+len(c.NameSuffix) > 0
	all := slices.Concat(others(c.NamePrefix, usualName), others(c.NameSuffix, usualName), others(c.Namespace, usualNamespace),
		c.Images, c.Replicas, c.CommonLabels, c.Labels, c.TemplateLabels, c.CommonAnnotations, c.VolumeClaimTemplateLabels)
	for _, spec := range c.Replicas {
		f.scaled = append(f.scaled, spec.Gvk)
	}
	for _, reference := range c.NameReference {
		all = append(all, reference.FieldSpecs...)
		for _, spec := range reference.FieldSpecs {
			f.refer(spec.Kind)
		}
	}
	return !slices.ContainsFunc(all, func(spec types.FieldSpec) bool {
		steps := utils.PathSplitter(strings.ReplaceAll(spec.Path, "[]", ""), "/")
		return !besidesIdentity(append([]string{""}, steps...))
	})
}

func (f *fields) refer(kind string) {
	if f.referrers == nil {
		f.referrers = map[string]bool{}
	}
	f.referrers[kind] = true
}

// usualName is what a prefix changes anyway: said again, it changes nothing.
func usualName(spec types.FieldSpec) bool {
	return spec.Path == types.MetadataNamePath && spec.Gvk == resid.Gvk{}
}

// usualNamespace is what a namespace changes anyway.
func usualNamespace(spec types.FieldSpec) bool {
	return spec.Path == types.MetadataNamespacePath || spec.Path == types.MetadataNamePath && spec.Kind == types.NamespaceKind
}

func others(specs types.FsSlice, usual func(types.FieldSpec) bool) types.FsSlice {
	return slices.DeleteFunc(slices.Clone(specs), usual)
}

// scales reports whether replicas may find an object.
func (f *fields) scales(id resid.ResId) bool {
	switch id.Kind {
	case "Deployment", "ReplicationController", "ReplicaSet", "StatefulSet":
		return true
	}
	return slices.ContainsFunc(f.scaled, func(by resid.Gvk) bool { return id.Gvk.IsSelected(&by) })
}

// affixed adds to texts what a field with one of them may become.
func (f *fields) affixed(w *words, texts []word) []word {
	if !f.extended {
		return texts
	}
	for _, text := range texts[:len(texts):len(texts)] {
		for _, prefix := range append(f.prefixes, "") {
			for _, suffix := range append(f.suffixes, "") {
				if n, ok := w.index[prefix+w.text(text)+suffix]; ok && n != text {
					texts = append(texts, n)
				}
			}
		}
	}
	return texts
}
