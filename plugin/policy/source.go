package policy

// A Directory says which files of a plain directory are manifests, and how the
// Jsonnet ones among them are evaluated.
type Directory struct {
	Recurse bool     `yaml:"recurse,omitempty" doc:"read sub-directories too"`
	Include string   `yaml:"include,omitempty" doc:"glob of the files to read"`
	Exclude string   `yaml:"exclude,omitempty" doc:"glob of the files to leave out; stronger than include"`
	Jsonnet *Jsonnet `yaml:"jsonnet,omitempty" doc:"how files that end with .jsonnet are evaluated; names and meanings are Argo CD's"`
}

// A Jsonnet is what the Jsonnet files of a directory are evaluated with.
type Jsonnet struct {
	ExtVars []JsonnetVar `yaml:"extVars,omitempty" doc:"external variables, which std.extVar reads"`
	TLAs    []JsonnetVar `yaml:"tlas,omitempty" doc:"top-level arguments, for files that hold a function"`
	Libs    []string     `yaml:"libs,omitempty" doc:"directories to look for imports in, relative to the repository"`
}

// A JsonnetVar is a value that a Jsonnet file is given.
type JsonnetVar struct {
	Name  string `yaml:"name" need:"true" doc:"its name"`
	Value string `yaml:"value,omitempty" doc:"its value; $ARGOCD_APP_NAME and Argo CD's other variables are replaced, $$ is a dollar sign"`
	Code  bool   `yaml:"code,omitempty" doc:"the value is Jsonnet rather than text"`
}

// A Kustomize holds build options, and what is changed in the kustomization
// before it is built. Names and meanings are Argo CD's.
type Kustomize struct {
	EnableHelm                bool               `yaml:"enableHelm,omitempty" doc:"inflate the charts of helmCharts, as kustomize build --enable-helm does; no helm program is needed. The sidecar's configuration may decide it for all"`
	LoadRestrictor            string             `yaml:"loadRestrictor,omitempty" enum:"rootOnly|none" doc:"whether files outside the kustomization's directory may be read. The sidecar's configuration may decide it for all"`
	NamePrefix                string             `yaml:"namePrefix,omitempty" doc:"what all names begin with, instead of the kustomization's own namePrefix"`
	NameSuffix                string             `yaml:"nameSuffix,omitempty" doc:"what all names end with, instead of the kustomization's own nameSuffix"`
	Namespace                 string             `yaml:"namespace,omitempty" doc:"namespace of all objects, instead of the kustomization's own"`
	Images                    []string           `yaml:"images,omitempty" doc:"other images, such as nginx:1.29, nginx=mirror.example/nginx:1.29 or nginx@sha256:…; Argo CD's variables are replaced"`
	Replicas                  []KustomizeReplica `yaml:"replicas,omitempty" doc:"other numbers of replicas"`
	CommonLabels              map[string]string  `yaml:"commonLabels,omitempty" doc:"labels for all objects, and for their selectors; Argo CD's variables are replaced"`
	ForceCommonLabels         bool               `yaml:"forceCommonLabels,omitempty" doc:"replace labels that the kustomization has; otherwise they are a problem"`
	LabelWithoutSelector      bool               `yaml:"labelWithoutSelector,omitempty" doc:"leave selectors alone"`
	LabelIncludeTemplates     bool               `yaml:"labelIncludeTemplates,omitempty" doc:"label pod templates too, with labelWithoutSelector"`
	CommonAnnotations         map[string]string  `yaml:"commonAnnotations,omitempty" doc:"annotations for all objects"`
	CommonAnnotationsEnvsubst bool               `yaml:"commonAnnotationsEnvsubst,omitempty" doc:"replace Argo CD's variables in annotations"`
	ForceCommonAnnotations    bool               `yaml:"forceCommonAnnotations,omitempty" doc:"replace annotations that the kustomization has; otherwise they are a problem"`
	Patches                   []KustomizePatch   `yaml:"patches,omitempty" doc:"patches that follow the kustomization's own"`
	Components                []string           `yaml:"components,omitempty" doc:"components that follow the kustomization's own, relative to it"`
	IgnoreMissingComponents   bool               `yaml:"ignoreMissingComponents,omitempty" doc:"leave out components that do not exist"`
	APIVersions               []string           `yaml:"apiVersions,omitempty" doc:"API versions that charts are told; without it those that Argo CD names"`
	KubeVersion               string             `yaml:"kubeVersion,omitempty" doc:"Kubernetes version that charts are told; without it the one that Argo CD names"`
}

// A KustomizeReplica is the number of replicas of one workload.
type KustomizeReplica struct {
	Name  string `yaml:"name" need:"true" doc:"name of the Deployment, StatefulSet, ReplicaSet or ReplicationController"`
	Count int64  `yaml:"count" need:"true" min:"0" doc:"number of replicas"`
}

// A KustomizePatch is an entry of a kustomization's patches.
type KustomizePatch struct {
	Path    string             `yaml:"path,omitempty" one:"true" doc:"file of the patch, relative to the kustomization"`
	Patch   string             `yaml:"patch,omitempty" one:"true" doc:"the patch itself"`
	Target  *KustomizeSelector `yaml:"target,omitempty" doc:"objects to patch; all that is given must match"`
	Options map[string]bool    `yaml:"options,omitempty" doc:"allowNameChange and allowKindChange"`
}

// A KustomizeSelector selects objects as kustomize does: its texts are regular
// expressions that must match as a whole.
type KustomizeSelector struct {
	Group              string `yaml:"group,omitempty" doc:"API group"`
	Version            string `yaml:"version,omitempty" doc:"API version"`
	Kind               string `yaml:"kind,omitempty" doc:"kind"`
	Name               string `yaml:"name,omitempty" doc:"name"`
	Namespace          string `yaml:"namespace,omitempty" doc:"namespace"`
	AnnotationSelector string `yaml:"annotationSelector,omitempty" doc:"annotations, as in a label selector"`
	LabelSelector      string `yaml:"labelSelector,omitempty" doc:"labels"`
}

// Check wants what kustomize wants of a patch.
func (p *KustomizePatch) Check(report report) {
	switch {
	case p.Path == "" && p.Patch == "":
		report("patch", "want path or patch, got neither", "")
	case p.Path != "" && p.Patch != "":
		report("patch", "want path or patch, got both", "")
	}
}

// Check wants labels in templates only where Argo CD takes them.
func (k *Kustomize) Check(report report) {
	if k.LabelIncludeTemplates && !k.LabelWithoutSelector && len(k.CommonLabels) > 0 {
		report("labelIncludeTemplates", "goes with labelWithoutSelector: true", "selectors that are labelled have their templates labelled anyway")
	}
}
