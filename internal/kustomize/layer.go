package kustomize

import (
	"bytes"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// anyKind is that of the outermost layer: kustomize builds a component too.
const anyKind = ""

// layer reads the kustomization or component in a directory, and what it leads to.
func (s *survey) layer(dir filesys.ConfirmedDir, kind string) (*layer, error) {
	if known, ok := s.layers[string(dir)]; ok {
		if known == nil {
			return nil, atOnce("%s leads to itself", dir)
		}
		return known, nil
	}
	s.layers[string(dir)] = nil
	name, data, err := s.jail.kustomizationIn(dir)
	if err != nil {
		return nil, err
	}
	l := &layer{dir: dir}
	if name == "" || bytes.Contains(data, []byte(internalDomain)) || l.k.Unmarshal(data) != nil {
		return nil, atOnce("%s has no kustomization that can be surveyed", dir)
	}
	l.k.FixKustomization()
	if l.path, err = s.jail.inside(name); err != nil {
		return nil, err
	}
	if kind != anyKind && l.k.Kind != kind || len(l.k.EnforceFields()) > 0 {
		return nil, atOnce("%s is not of the kind %s", l.path, kind)
	}
	if field := unknownField(l.k); field != "" {
		return nil, atOnce("%s has %s", l.path, field)
	}
	if err := s.readResources(l); err != nil {
		return nil, err
	}
	s.readGenerators(l)
	if err := s.readComponents(l); err != nil {
		return nil, err
	}
	if err := s.readChanges(l); err != nil {
		return nil, err
	}
	if err := s.readConfigurations(l); err != nil {
		return nil, err
	}
	if len(l.k.HelmCharts) > 0 {
		s.charts = append(s.charts, l)
	}
	s.layers[string(dir)] = l
	return l, nil
}

func (s *survey) readComponents(l *layer) error {
	for _, name := range l.k.Components {
		at, isDir, err := s.resolve(l, name)
		if err != nil || !isDir {
			return atOnce("the component %s is not a directory of the repository", name)
		}
		component, err := s.layer(filesys.ConfirmedDir(at), types.ComponentKind)
		if err != nil {
			return err
		}
		component.parents = append(component.parents, l)
		l.components = append(l.components, component)
	}
	return nil
}

// unknownField names a field of a kustomization whose effect across objects is not
// surveyed, "" if there is none.
func unknownField(k types.Kustomization) string {
	k.TypeMeta, k.MetaData = types.TypeMeta{}, nil
	k.Resources, k.Components = nil, nil
	k.ConfigMapGenerator, k.SecretGenerator, k.GeneratorOptions = nil, nil, nil
	k.Patches, k.PatchesStrategicMerge, k.PatchesJson6902 = nil, nil, nil //nolint:staticcheck // people use them
	k.Namespace, k.NamePrefix, k.NameSuffix = "", "", ""
	k.Labels, k.CommonLabels, k.CommonAnnotations = nil, nil, nil //nolint:staticcheck // people use it
	k.Images, k.Replicas, k.Replacements = nil, nil, nil
	k.Configurations, k.Crds, k.SortOptions = nil, nil, nil
	k.HelmCharts, k.HelmGlobals = nil, nil
	// Which transformers there were is written into every object.
	if !slices.Contains(k.BuildMetadata, types.TransformerAnnotations) {
		k.BuildMetadata = nil
	}
	v := reflect.ValueOf(k)
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			return name
		}
	}
	return ""
}

// resolve says which file or directory an entry of a layer is, as the path that
// kustomize reads it by. Whatever kustomize would not read is an error.
func (s *survey) resolve(l *layer, name string) (at string, isDir bool, err error) {
	if name == "" || filepath.IsAbs(name) || remote.MatchString(name) {
		return "", false, atOnce("the entry %q is not a relative path", name)
	}
	full := l.dir.Join(name)
	dir, base, err := s.jail.CleanedAbs(full)
	if err != nil {
		return "", false, err
	}
	if base == "" {
		return string(dir), true, nil
	}
	if s.jail.opts.LoadRestrictor == "none" {
		return full, false, nil
	}
	if !dir.HasPrefix(l.dir) {
		return "", false, atOnce("%s is outside of its kustomization", name)
	}
	return dir.Join(base), false, nil
}

func (s *survey) readResources(l *layer) error {
	for i, name := range l.k.Resources {
		at, isDir, err := s.resolve(l, name)
		if err != nil {
			return err
		}
		by := user{layer: l, index: i}
		if isDir {
			below, err := s.layer(filesys.ConfirmedDir(at), types.KustomizationKind)
			if err != nil {
				return err
			}
			below.users = append(below.users, by)
			l.resources = append(l.resources, entry{layer: below})
			continue
		}
		f, err := s.file(at)
		if err != nil {
			return err
		}
		f.users = append(f.users, by)
		l.resources = append(l.resources, entry{file: f})
	}
	return nil
}

// readGenerators makes a source of each entry that makes an object.
func (s *survey) readGenerators(l *layer) {
	add := func(kind string, args types.GeneratorArgs, options *types.GeneratorOptions) generator {
		made := identified{id: newID("v1", kind, args.Name, args.Namespace)}
		made.hash = options == nil || !options.DisableNameSuffixHash
		if behaviour := types.NewGenerationBehavior(args.Behavior); behaviour == types.BehaviorMerge || behaviour == types.BehaviorReplace {
			return generator{made: made, change: &modifier{together: true}}
		}
		return generator{made: made, source: s.newSource(source{layer: l, first: made})}
	}
	for _, g := range l.k.ConfigMapGenerator {
		l.configMaps = append(l.configMaps, add("ConfigMap", g.GeneratorArgs, types.MergeGlobalOptionsIntoLocal(g.Options, l.k.GeneratorOptions)))
	}
	for _, g := range l.k.SecretGenerator {
		l.secrets = append(l.secrets, add("Secret", g.GeneratorArgs, types.MergeGlobalOptionsIntoLocal(g.Options, l.k.GeneratorOptions)))
	}
}
