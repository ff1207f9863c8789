package kustomize

import (
	"slices"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/provenance"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// shipped is the kustomize of the image of Argo CD 3.5, as kustomize calls itself;
// the version is in hack/tool-versions.sh of Argo CD v3.5.7.
const shipped = "v5.8.1"

// managed is the label of buildMetadata: [managedByLabel]. The library fills in the
// version of the program that it is part of, which here is not kustomize, and may be
// no version, and so no label, at all.
type managed struct{ from, to string }

// managedBy says which label is wrong, nil if the kustomization does not ask for it.
func (j *jail) managedBy() *managed {
	before := *j
	defer func() { *j = before }() // nothing of this counts as read
	file, data, err := j.ownKustomization()
	var k types.Kustomization
	if err != nil || file == "" || k.Unmarshal(data) != nil || !slices.Contains(k.BuildMetadata, types.ManagedByLabelOption) {
		return nil
	}
	const name = "kustomize-"
	return &managed{from: name + provenance.GetProvenance().Semver(), to: name + shipped}
}

// correct gives every object that was built the label that Argo CD's kustomize gives it.
func (m *managed) correct(built resmap.ResMap) {
	if m == nil {
		return
	}
	for _, res := range built.Resources() {
		label, err := res.Pipe(yaml.Lookup(yaml.MetadataField, yaml.LabelsField, konfig.ManagedbyLabelKey))
		if err == nil && label != nil && label.YNode().Value == m.from {
			label.YNode().Value = m.to
		}
	}
}
