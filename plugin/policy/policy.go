// Package policy is the language of safesync.yaml: what can be written, what it
// means when it is left out, and how a policy, presets and the sidecar's own
// configuration come together.
//
// It knows the language. It knows no file (it takes bytes), no rendered object
// and no Kubernetes library, and it decides nothing about an application.
package policy

import (
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
)

const (
	// FileName is the policy's name in an application's directory.
	FileName = "safesync.yaml"
	// APIVersion is the version of the language.
	APIVersion = "safesync/v1alpha1"
)

// A Policy is what safesync.yaml says. Keys that were not given are zero;
// Builtin has what they mean.
type Policy struct {
	At           diag.Pos          `yaml:"-"`
	HelmTestsAt  diag.Pos          `yaml:"-" at:"helmTests"`
	APIVersion   string            `yaml:"apiVersion" need:"true" enum:"safesync/v1alpha1" doc:"version of this language"`
	Kind         string            `yaml:"kind" need:"true" enum:"Policy" doc:"always Policy"`
	Presets      []PresetUse       `yaml:"presets,omitempty" doc:"policies that someone else wrote, with inputs"`
	Source       *Source           `yaml:"source,omitempty" doc:"what to render, where detection is not wanted"`
	AllowEmpty   *bool             `yaml:"allowEmpty,omitempty" default:"false" doc:"accept an application that renders to no object; otherwise that is a problem, because an empty success lets Argo CD prune everything"`
	Retry        *Retry            `yaml:"retry,omitempty" doc:"retry of this application, put into its Application wherever that is rendered"`
	Rollout      []Rollout         `yaml:"rollout,omitempty" doc:"rolling updates; the first entry that matches an object wins"`
	Hooks        []Hook            `yaml:"hooks,omitempty" doc:"what runs before, during and after a sync"`
	Job          *Job              `yaml:"job,omitempty" doc:"what all hook Jobs have in common"`
	OnFailure    *OnFailure        `yaml:"onFailure,omitempty" doc:"a SyncFail hook that names the hook which made a sync fail, and its reason, in the Application's operation state"`
	HelmTests    string            `yaml:"helmTests,omitempty" enum:"PostSync" doc:"run the chart's own tests, the pods of helm test, as hooks of this phase; without it nobody runs them"`
	Record       *bool             `yaml:"record,omitempty" default:"true" doc:"emit a ConfigMap with this policy, so that a change of the policy alone makes the application OutOfSync"`
	Applications []ApplicationRule `yaml:"applications,omitempty" doc:"app of apps only: retry for Applications that have no policy of their own"`
	Charts       []Chart           `yaml:"charts,omitempty" doc:"Helm parameters for the chart that another source of this application names; put into its Application wherever that is rendered"`
}

// A PresetUse asks for a preset.
type PresetUse struct {
	At diag.Pos `yaml:"-"`
	// WithAt has the place of each input in With.
	WithAt map[string]diag.Pos `yaml:"-"`
	Name   string              `yaml:"name,omitempty" one:"true" doc:"name of a built-in preset"`
	Path   string              `yaml:"path,omitempty" one:"true" doc:"file of a preset, relative to this file; it must stay inside the repository"`
	With   map[string]any      `yaml:"with,omitempty" doc:"the preset's inputs; what is left out is found in the rendered objects or has a default"`
}

// A Source says what to render.
type Source struct {
	At        diag.Pos   `yaml:"-"`
	Type      string     `yaml:"type,omitempty" enum:"directory|kustomize|helm|none" doc:"how to render; none for hooks only"`
	Directory *Directory `yaml:"directory,omitempty" doc:"as spec.source.directory of an Application"`
	Kustomize *Kustomize `yaml:"kustomize,omitempty" doc:"options of the build"`
	Helm      *Helm      `yaml:"helm,omitempty" doc:"as spec.source.helm of an Application"`
}

// A Helm says how to render a chart; names and meanings are Argo CD's.
type Helm struct {
	ReleaseName             string          `yaml:"releaseName,omitempty" doc:"release name; without it the application's name"`
	Namespace               string          `yaml:"namespace,omitempty" doc:"release namespace; without it the destination namespace"`
	ValueFiles              []string        `yaml:"valueFiles,omitempty" doc:"value files, relative to the chart, or to the repository with a leading slash; globs are allowed"`
	IgnoreMissingValueFiles bool            `yaml:"ignoreMissingValueFiles,omitempty" doc:"leave out value files that do not exist"`
	Values                  map[string]any  `yaml:"values,omitempty" doc:"values, stronger than value files"`
	Parameters              []HelmParameter `yaml:"parameters,omitempty" doc:"single values, as helm --set"`
	FileParameters          []HelmFile      `yaml:"fileParameters,omitempty" doc:"single values from files, as helm --set-file"`
	SkipCRDs                bool            `yaml:"skipCRDs,omitempty" doc:"leave out the crds directory"`
	SkipTests               bool            `yaml:"skipTests,omitempty" doc:"leave out test hooks"`
	SkipSchemaValidation    bool            `yaml:"skipSchemaValidation,omitempty" doc:"do not hold values against the chart's schema"`
	APIVersions             []string        `yaml:"apiVersions,omitempty" doc:"API versions of the cluster; without it those that Argo CD names"`
	KubeVersion             string          `yaml:"kubeVersion,omitempty" doc:"Kubernetes version; without it the one that Argo CD names"`
}

// A HelmParameter is one value by path.
type HelmParameter struct {
	Name        string `yaml:"name" need:"true" doc:"path of the value"`
	Value       string `yaml:"value" doc:"the value"`
	ForceString bool   `yaml:"forceString,omitempty" doc:"keep it text"`
}

// A HelmFile is one value that a file holds.
type HelmFile struct {
	Name string `yaml:"name" need:"true" doc:"path of the value"`
	Path string `yaml:"path" need:"true" doc:"the file, relative to the chart"`
}

// A Retry is syncPolicy.retry of an Application. A key that is not given keeps
// what the Application says.
type Retry struct {
	At      diag.Pos `yaml:"-"`
	LimitAt diag.Pos `yaml:"-" at:"limit"`
	Limit   *int64   `yaml:"limit,omitempty" min:"-1" doc:"how often to try again; -1 without end"`
	Refresh *bool    `yaml:"refresh,omitempty" doc:"retry with the newest revision (Argo CD 3.2 or later)"`
	Backoff *Backoff `yaml:"backoff,omitempty" doc:"how long to wait between tries"`
}

// A Backoff is the wait between two tries: duration × factor^n, at most
// maxDuration.
type Backoff struct {
	At          diag.Pos      `yaml:"-"`
	Duration    *ArgoDuration `yaml:"duration,omitempty" doc:"first wait"`
	Factor      *int64        `yaml:"factor,omitempty" min:"1" doc:"what each wait is multiplied with"`
	MaxDuration *ArgoDuration `yaml:"maxDuration,omitempty" doc:"longest wait"`
}

// A Rollout sets the rolling update of the workloads that it matches.
type Rollout struct {
	At              diag.Pos      `yaml:"-"`
	Match           Match         `yaml:"match" need:"true" doc:"which workloads"`
	MaxSurge        *IntOrPercent `yaml:"maxSurge,omitempty" doc:"how many pods more than wanted may run meanwhile"`
	MaxUnavailable  *IntOrPercent `yaml:"maxUnavailable,omitempty" doc:"how many pods less than wanted may run meanwhile"`
	MinReadySeconds *int64        `yaml:"minReadySeconds,omitempty" min:"0" doc:"how many seconds a pod must be ready before it counts"`
	Partition       *int64        `yaml:"partition,omitempty" min:"0" doc:"StatefulSet only: pods with a lower number keep the old revision"`
	Force           bool          `yaml:"force,omitempty" doc:"set it even where it looks dangerous"`
	// Optional is for presets: a chart may or may not render the workload.
	Optional bool    `yaml:"optional,omitempty" doc:"accept that nothing matches, and leave alone, with a warning that says why, what would break"`
	SkipIf   []Guard `yaml:"skipIf,omitempty" doc:"leave the entry out if one of these holds"`
}

// A Match selects workloads; all that is given must hold.
type Match struct {
	Kind      string            `yaml:"kind" need:"true" enum:"Deployment|StatefulSet|DaemonSet|Prometheus" doc:"kind of the workload, in group apps, or the Prometheus of an operator that hands it on (0.88 or later)"`
	Name      string            `yaml:"name,omitempty" doc:"its name"`
	Namespace string            `yaml:"namespace,omitempty" doc:"its namespace"`
	Labels    map[string]string `yaml:"labels,omitempty" doc:"labels that it has"`
}

// Phases are the values of a hook's phase.
const (
	PreSync    = "PreSync"
	Sync       = "Sync"
	PostSync   = "PostSync"
	SyncFail   = "SyncFail"
	PreDelete  = "PreDelete"
	PostDelete = "PostDelete"
)

// A Hook is one Job that Argo CD runs at a point of a sync.
type Hook struct {
	AccountAt          diag.Pos          `yaml:"-" at:"serviceAccountName"`
	At                 diag.Pos          `yaml:"-"`
	Name               string            `yaml:"name" need:"true" pattern:"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" longest:"52" doc:"name of the Job, at most 52 characters"`
	Phase              string            `yaml:"phase" need:"true" enum:"PreSync|Sync|PostSync|SyncFail|PreDelete|PostDelete" doc:"when it runs"`
	Wave               int               `yaml:"wave,omitempty" min:"-1000000" max:"1000000" doc:"order inside the phase"`
	DeletePolicy       []string          `yaml:"deletePolicy,omitempty" enum:"BeforeHookCreation|HookSucceeded|HookFailed" doc:"when Argo CD deletes the Job; without it BeforeHookCreation, which keeps the log until the next sync"`
	Timeout            hookspec.Duration `yaml:"timeout,omitempty" default:"5m" min:"1s" max:"24h" doc:"how long all steps together may take; without it 5m, or what its longest step may take if that is more"`
	Run                string            `yaml:"run,omitempty" enum:"Always|Changed" default:"Always" doc:"Changed runs only when the rendered objects differ from those of the last success"`
	ServiceAccountName string            `yaml:"serviceAccountName,omitempty" pattern:"^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$" longest:"253" doc:"an existing ServiceAccount to run as; the Role and RoleBinding are emitted all the same"`
	RoleName           string            `yaml:"roleName,omitempty" pattern:"^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$" longest:"253" doc:"name of the ServiceAccount, Role and RoleBinding made for this hook; hooks with the same name share them"`
	SkipIf             []Guard           `yaml:"skipIf,omitempty" doc:"leave the hook out if one of these holds"`
	WarnIf             []Guard           `yaml:"warnIf,omitempty" doc:"tell people the reason if one of these holds, and keep the hook"`
	Steps              []Step            `yaml:"steps,omitempty" one:"true" doc:"what the runner does, in this order"`
	Container          *Container        `yaml:"container,omitempty" one:"true" doc:"your own check instead of steps"`
}

// A Step is a step of a hook, with what decides whether it is there at all.
type Step struct {
	At            diag.Pos `yaml:"-"`
	hookspec.Step `yaml:",inline"`
	SkipIf        []Guard `yaml:"skipIf,omitempty" doc:"leave the step out if one of these holds"`
	WarnIf        []Guard `yaml:"warnIf,omitempty" doc:"tell people the reason if one of these holds, and keep the step"`
}

// A Guard holds when the value is the other one. It is for presets, whose
// values come from inputs.
type Guard struct {
	Value  any    `yaml:"value" doc:"what to look at, such as an input"`
	Equals any    `yaml:"equals" doc:"what it must be for the guard to hold"`
	Reason string `yaml:"reason,omitempty" doc:"what to tell people; without it nothing is said"`
}

// An OnFailure says whom to tell, beside the Application itself, that a sync has
// failed.
type OnFailure struct {
	At      diag.Pos          `yaml:"-"`
	Webhook *hookspec.Webhook `yaml:"webhook,omitempty" doc:"where to post it, once per revision"`
}

// A Container is a hook that somebody else programmed.
type Container struct {
	ImageAt diag.Pos            `yaml:"-" at:"image"`
	At      diag.Pos            `yaml:"-"`
	Image   string              `yaml:"image" need:"true" doc:"image, best by digest"`
	Command []string            `yaml:"command,omitempty" doc:"program"`
	Args    []string            `yaml:"args,omitempty" doc:"arguments"`
	Env     []any               `yaml:"env,omitempty" doc:"environment, as in a pod"`
	Limits  map[string]Quantity `yaml:"limits,omitempty" doc:"resource limits; requests are the same"`
}

// A Job holds what all hook Jobs of the application have in common.
type Job struct {
	ImageAt          diag.Pos          `yaml:"-" at:"image"`
	At               diag.Pos          `yaml:"-"`
	Image            string            `yaml:"image,omitempty" doc:"image of the runner"`
	Namespace        string            `yaml:"namespace,omitempty" pattern:"^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$" longest:"63" doc:"namespace of the Jobs; without it the destination namespace"`
	Resources        *Resources        `yaml:"resources,omitempty" doc:"requests and limits of the runner"`
	NodeSelector     map[string]string `yaml:"nodeSelector,omitempty" doc:"as in a pod"`
	Tolerations      []any             `yaml:"tolerations,omitempty" doc:"as in a pod"`
	Affinity         map[string]any    `yaml:"affinity,omitempty" doc:"as in a pod"`
	ImagePullSecrets []string          `yaml:"imagePullSecrets,omitempty" doc:"names of Secrets"`
	PriorityClass    string            `yaml:"priorityClassName,omitempty" doc:"as in a pod"`
	Labels           map[string]string `yaml:"labels,omitempty" doc:"labels of Jobs and pods"`
	Annotations      map[string]string `yaml:"annotations,omitempty" doc:"annotations of the pods"`
}

// A Resources is what a container asks for and may use.
type Resources struct {
	Requests map[string]Quantity `yaml:"requests,omitempty" doc:"what a pod reserves, but that of onFailure nothing; without it cpu 10m and memory 32Mi"`
	Limits   map[string]Quantity `yaml:"limits,omitempty" doc:"what it may use at most; without it cpu 100m and memory 128Mi"`
}

// An ApplicationRule gives a retry to rendered Applications without a policy.
type ApplicationRule struct {
	At    diag.Pos `yaml:"-"`
	Name  string   `yaml:"name,omitempty" doc:"name of the Application or ApplicationSet; a * stands for any text"`
	Retry *Retry   `yaml:"retry" need:"true" doc:"its retry"`
}

// A Chart gives Helm parameters to the source of an Application that names the
// chart, for what can be set only through its values.
type Chart struct {
	At         diag.Pos       `yaml:"-"`
	Name       string         `yaml:"name" need:"true" doc:"name of the chart in the Application's source"`
	Parameters map[string]any `yaml:"parameters" need:"true" doc:"values by path"`
	Unless     map[string]any `yaml:"unless,omitempty" doc:"values of the chart by path, one or a list for each; where the Application gives one of them, it gets no parameters"`
	SkipIf     []Guard        `yaml:"skipIf,omitempty" doc:"leave the entry out if one of these holds"`
}
