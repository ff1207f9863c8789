package renderer

// Edits are what is changed in a kustomization before it is built, on their way
// to its renderer as JSON. Names and meanings are those of Argo CD's
// source.kustomize; its variables are replaced already.
type Edits struct {
	NamePrefix, NameSuffix, Namespace string
	Images                            []string
	Replicas                          []Replica
	CommonLabels                      map[string]string
	ForceCommonLabels                 bool
	LabelWithoutSelector              bool
	LabelIncludeTemplates             bool
	CommonAnnotations                 map[string]string
	ForceCommonAnnotations            bool
	Patches                           []Patch
	Components                        []string
	IgnoreMissingComponents           bool
}

// A Replica is the number of replicas of one workload.
type Replica struct {
	Name  string
	Count int64
}

// A Patch is an entry of a kustomization's patches: a file, or the patch itself.
type Patch struct {
	Path, Patch string
	Target      *Selector
	Options     map[string]bool
}

// A Selector selects the objects of a Patch.
type Selector struct {
	Group, Version, Kind              string
	Name, Namespace                   string
	AnnotationSelector, LabelSelector string
}
