package kustomize

import (
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/pkg/util"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/resid"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// edit changes the kustomization that is built, as Argo CD does with the command
// kustomize edit; but here nothing is written: whoever reads the file afterwards
// gets the changed one. Where there is none, or more than one, or it cannot be
// read, the build says so.
func (j *jail) edit() error {
	if reflect.ValueOf(j.opts.Edits).IsZero() {
		return nil
	}
	file, data, err := j.ownKustomization()
	if err != nil {
		return j.explain(err)
	}
	var k types.Kustomization
	if file == "" || k.Unmarshal(data) != nil {
		return nil
	}
	k.FixKustomization()
	if err := j.change(&k); err != nil {
		return err
	}
	for _, p := range k.Patches {
		if p.Path != "" {
			j.uses.note(j, j.target(j.kustomization(), p.Path), true)
		}
	}
	changed, err := yaml.Marshal(k)
	if err != nil {
		return fmt.Errorf("write the edited kustomization: %w", err)
	}
	relative, err := j.inside(file)
	if err != nil {
		return err
	}
	j.edited = map[string][]byte{relative: changed}
	return nil
}

// ownKustomization reads the kustomization that is built. Where there is none, or
// more than one, file is empty.
func (j *jail) ownKustomization() (file string, data []byte, err error) {
	dir, _, err := j.CleanedAbs(filepath.Join(j.root, filepath.FromSlash(j.opts.App)))
	if err != nil {
		return "", nil, nil //nolint:nilerr // the build says so
	}
	return j.kustomizationIn(dir)
}

// kustomizationIn reads the kustomization in a directory. Where there is none, or
// more than one, file is empty.
func (j *jail) kustomizationIn(dir filesys.ConfirmedDir) (file string, data []byte, err error) {
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		if found := dir.Join(name); j.Exists(found) {
			if file != "" {
				return "", nil, nil
			}
			file = found
		}
	}
	if file == "" {
		return "", nil, nil
	}
	data, err = j.ReadFile(file)
	return file, data, err
}

// option is the place of an option in the policy.
func option(format string, args ...any) diag.Pos {
	return diag.Pos{Path: "source.kustomize." + fmt.Sprintf(format, args...)}
}

// change makes the edits, in Argo CD's order.
func (j *jail) change(k *types.Kustomization) error {
	e := j.opts.Edits
	set := func(to *string, value string) {
		if value != "" {
			*to = value
		}
	}
	set(&k.NamePrefix, e.NamePrefix)
	set(&k.NameSuffix, e.NameSuffix)
	set(&k.Namespace, e.Namespace)
	if err := setImages(k, e.Images); err != nil {
		return err
	}
	if err := setReplicas(k, e.Replicas); err != nil {
		return err
	}
	if err := addLabels(k, e); err != nil {
		return err
	}
	if err := addTo(&k.CommonAnnotations, e.CommonAnnotations, e.ForceCommonAnnotations, "commonAnnotations", "forceCommonAnnotations"); err != nil {
		return err
	}
	for i, p := range e.Patches {
		added, err := patch(i, p)
		if err != nil {
			return err
		}
		k.Patches = append(k.Patches, added)
	}
	return j.addComponents(k)
}

// keep stands for what the kustomization says of an image.
const keep = "*"

// setImages replaces images by name; the list is sorted then, as kustomize edit
// sorts it.
func setImages(k *types.Kustomization, images []string) error {
	if len(images) == 0 {
		return nil
	}
	byName := map[string]types.Image{}
	for i, text := range images {
		value, name, renamed := text, "", false
		if before, after, found := strings.Cut(text, "="); found {
			name, value, renamed = before, after, true
		}
		base, tag, digest := util.SplitImageName(value)
		if base == text {
			return option("images[%d]", i).Problemf("want NAME:TAG, NAME@DIGEST or NAME=OTHER with a tag or a digest, got %q", text)
		}
		image := types.Image{Name: base, NewTag: tag, Digest: digest}
		if renamed && name != "" {
			image.Name, image.NewName = name, base
		}
		byName[image.Name] = image
	}
	for _, old := range k.Images {
		image, ok := byName[old.Name]
		if !ok {
			image = old
		}
		byName[old.Name] = kept(image, old)
	}
	k.Images = nil
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		k.Images = append(k.Images, kept(byName[name], types.Image{}))
	}
	return nil
}

// kept is image with what it keeps of old.
func kept(image, old types.Image) types.Image {
	for _, part := range []struct{ to, from *string }{
		{&image.NewName, &old.NewName}, {&image.NewTag, &old.NewTag}, {&image.Digest, &old.Digest},
	} {
		if *part.to == keep {
			*part.to = *part.from
		}
	}
	return image
}

// setReplicas replaces numbers of replicas by name, and sorts them.
func setReplicas(k *types.Kustomization, replicas []renderer.Replica) error {
	if len(replicas) == 0 {
		return nil
	}
	byName := map[string]types.Replica{}
	for _, r := range k.Replicas {
		byName[r.Name] = r
	}
	for i, r := range replicas {
		if strings.Contains(r.Name, "=") {
			return option("replicas[%d].name", i).Problemf("want the name of a workload, got %q", r.Name)
		}
		byName[r.Name] = types.Replica{Name: r.Name, Count: r.Count}
	}
	k.Replicas = nil
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		k.Replicas = append(k.Replicas, byName[name])
	}
	return nil
}

// addLabels adds labels where selectors get them too, or to the first entry of
// labels that treats templates as asked and selectors not at all.
func addLabels(k *types.Kustomization, e renderer.Edits) error {
	if len(e.CommonLabels) == 0 {
		return nil
	}
	to := &k.CommonLabels //nolint:staticcheck // it is the field that Argo CD's command writes
	if e.LabelWithoutSelector {
		i := slices.IndexFunc(k.Labels, func(l types.Label) bool {
			return !l.IncludeSelectors && l.IncludeTemplates == e.LabelIncludeTemplates
		})
		if i < 0 {
			i = len(k.Labels)
			k.Labels = append(k.Labels, types.Label{IncludeTemplates: e.LabelIncludeTemplates})
		}
		to = &k.Labels[i].Pairs
	}
	return addTo(to, e.CommonLabels, e.ForceCommonLabels, "commonLabels", "forceCommonLabels")
}

// addTo adds pairs to a mapping. One that is there already needs force.
func addTo(to *map[string]string, pairs map[string]string, force bool, field, forceField string) error {
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		at := option("%s.%s", field, key)
		if key == "" || strings.Contains(key, ":") {
			return at.Problemf("want a key without a colon, got %q", key)
		}
		if _, taken := (*to)[key]; taken && !force {
			return at.Problemf("want a key that the kustomization does not set, got %q", key).
				WithHint("set source.kustomize.%s: true to replace it", forceField)
		}
		if *to == nil {
			*to = map[string]string{}
		}
		(*to)[key] = unquoted(pairs[key])
	}
	return nil
}

// unquoted drops double quotes around a value, as kustomize edit does.
func unquoted(value string) string {
	if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
		return value[1 : len(value)-1]
	}
	return value
}

func patch(i int, p renderer.Patch) (types.Patch, error) {
	out := types.Patch{Path: p.Path, Patch: p.Patch}
	for _, name := range slices.Sorted(maps.Keys(p.Options)) {
		if out.Options == nil {
			out.Options = &types.PatchArgs{}
		}
		switch name {
		case "allowNameChange":
			out.Options.AllowNameChange = p.Options[name]
		case "allowKindChange":
			out.Options.AllowKindChange = p.Options[name]
		default:
			return out, option("patches[%d].options.%s", i, name).Problemf("want allowNameChange or allowKindChange, got %q", name)
		}
	}
	if t := p.Target; t != nil {
		out.Target = &types.Selector{
			ResId:              resid.NewResIdWithNamespace(resid.NewGvk(t.Group, t.Version, t.Kind), t.Name, t.Namespace),
			AnnotationSelector: t.AnnotationSelector, LabelSelector: t.LabelSelector,
		}
	}
	return out, nil
}
