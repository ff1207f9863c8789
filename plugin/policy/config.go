package policy

import (
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
)

// A Config is what the people who run the sidecar decide for every application,
// in /etc/safesync/config.yaml. The zero value decides nothing.
type Config struct {
	// Defaults is the layer of policy above Builtin.
	Defaults Policy
	// RunnerImage is the image of hook Jobs whose policy names none.
	RunnerImage string
	// Guardrails bound what a policy may ask for.
	Guardrails Guardrails
	// EnableHelm says for every kustomization whether it may inflate charts; nil
	// leaves it to the policy.
	EnableHelm *bool
	// LoadRestrictor is rootOnly or none for every kustomization; "" leaves it to the
	// policy.
	LoadRestrictor string
	// Timeout is how long rendering may take; 0 leaves it to the program.
	Timeout hookspec.Duration
}

// Guardrails are what no policy and no plugin parameter can loosen. A list that
// is not given allows everything; an empty one allows nothing. Other hosts are
// the exception: a run must not need the network unless somebody said so.
type Guardrails struct {
	AllowedImages          []string `yaml:"allowedImages,omitempty" doc:"images that container.image and job.image may name; a * stands for any text. The runner image is always allowed"`
	AllowedServiceAccounts []string `yaml:"allowedServiceAccounts,omitempty" doc:"values that serviceAccountName may have; a * stands for any text"`
	AllowExec              *bool    `yaml:"allowExec,omitempty" default:"true" doc:"let hooks run commands in pods (pods/exec)"`
	AllowRemoteBases       bool     `yaml:"allowRemoteBases,omitempty" default:"false" doc:"let kustomizations use bases, files and charts of other hosts, and charts use value files and file parameters of other hosts; Argo CD's own limits on sources do not see them"`
	MaxRetryLimit          *int64   `yaml:"maxRetryLimit,omitempty" min:"0" doc:"largest retry.limit; it forbids retries without end too"`
	RequiredPresets        []string `yaml:"requiredPresets,omitempty" doc:"built-in presets that every policy must name"`
}

// configFile is the grammar of the sidecar's configuration.
type configFile struct {
	APIVersion  string            `yaml:"apiVersion" need:"true" enum:"safesync/v1alpha1" doc:"version of this language"`
	Kind        string            `yaml:"kind" need:"true" enum:"Config" doc:"always Config"`
	Defaults    defaults          `yaml:"defaults,omitempty" doc:"what counts where a policy says nothing; as in a policy"`
	RunnerImage string            `yaml:"runnerImage,omitempty" doc:"image of hook Jobs whose policy names none"`
	Timeout     hookspec.Duration `yaml:"timeout,omitempty" min:"1s" max:"1h" doc:"how long rendering may take; less than Argo CD's own limit, which is 60s by default, so that people see a reason"`
	Kustomize   buildOptions      `yaml:"kustomize,omitempty" doc:"how every kustomization is built, as kustomize.buildOptions of Argo CD's own configuration"`
	Guardrails  Guardrails        `yaml:"guardrails,omitempty" doc:"what no policy and no plugin parameter can loosen"`
}

// buildOptions are what Argo CD has for all kustomizations together.
type buildOptions struct {
	EnableHelm     *bool  `yaml:"enableHelm,omitempty" doc:"whether kustomizations may inflate charts (helmCharts), whatever a policy says; without it those may whose policy has source.kustomize.enableHelm"`
	LoadRestrictor string `yaml:"loadRestrictor,omitempty" enum:"rootOnly|none" doc:"whether kustomizations may read files outside their directories, whatever a policy says: none where Argo CD builds with --load-restrictor LoadRestrictionsNone. Without it the policy's source.kustomize.loadRestrictor counts"`
}

// defaults are the keys of a policy that make sense for every application.
type defaults struct {
	Retry   *Retry    `yaml:"retry,omitempty" doc:"as in a policy"`
	Rollout []Rollout `yaml:"rollout,omitempty" doc:"as in a policy"`
	Job     *Job      `yaml:"job,omitempty" doc:"as in a policy"`
	Record  *bool     `yaml:"record,omitempty" doc:"as in a policy"`
}

// ParseConfig reads the sidecar's configuration in data, which messages call
// file. Its error holds every mistake, in file order.
func ParseConfig(file string, data []byte) (Config, error) {
	doc, err := strict.Parse(file, data)
	if err != nil {
		return Config{}, err
	}
	var c configFile
	if err := doc.Decode(&c); err != nil {
		return Config{}, err
	}
	layer := Policy{Retry: c.Defaults.Retry, Rollout: c.Defaults.Rollout, Job: c.Defaults.Job, Record: c.Defaults.Record}
	for i := range layer.Rollout {
		// It is for every application, and few have the workload.
		layer.Rollout[i].Optional = true
	}
	return Config{
		Defaults: layer, RunnerImage: c.RunnerImage, Guardrails: c.Guardrails,
		EnableHelm: c.Kustomize.EnableHelm, LoadRestrictor: c.Kustomize.LoadRestrictor, Timeout: c.Timeout,
	}, nil
}

// Enforce holds a policy against the guardrails: own as its author wrote it,
// which names the presets, and full with all layers merged. Its error names each
// guardrail that is broken, at the place that breaks it.
func (c Config) Enforce(own, full Policy) error {
	var problems diag.List
	g := c.Guardrails
	for _, name := range g.RequiredPresets {
		if !uses(own, name) {
			at := own.At
			at.Path = "presets"
			problems.Add(broken(at, "requiredPresets", "want the preset %q", name))
		}
	}
	problems.Add(g.limit(full.Retry)...)
	for _, a := range full.Applications {
		problems.Add(g.limit(a.Retry)...)
	}
	if full.Job != nil {
		problems.Add(c.image(full.Job.ImageAt, full.Job.Image)...)
	}
	for _, h := range full.Hooks {
		problems.Add(c.hook(h)...)
	}
	return problems.Err()
}

// broken is a problem that a guardrail finds.
func broken(at diag.Pos, guardrail, format string, args ...any) diag.Problem {
	return at.Problemf(format, args...).WithHint("the sidecar's configuration says so (guardrails.%s)", guardrail)
}

func uses(p Policy, preset string) bool {
	for _, u := range p.Presets {
		if u.Name == preset {
			return true
		}
	}
	return false
}

func (g Guardrails) limit(r *Retry) []diag.Problem {
	if r == nil || r.Limit == nil || g.MaxRetryLimit == nil || (0 <= *r.Limit && *r.Limit <= *g.MaxRetryLimit) {
		return nil
	}
	return []diag.Problem{broken(r.LimitAt, "maxRetryLimit", "want at most %d, got %d", *g.MaxRetryLimit, *r.Limit)}
}

func (c Config) image(at diag.Pos, image string) []diag.Problem {
	allowed := c.Guardrails.AllowedImages
	if image == "" || allowed == nil || image == c.RunnerImage || matchesAny(allowed, image) {
		return nil
	}
	return []diag.Problem{broken(at, "allowedImages", "want an allowed image, got %.200q", image)}
}

func (c Config) hook(h Hook) []diag.Problem {
	var out []diag.Problem
	if h.Container != nil {
		out = append(out, c.image(h.Container.ImageAt, h.Container.Image)...)
	}
	allowed := c.Guardrails.AllowedServiceAccounts
	if h.ServiceAccountName != "" && allowed != nil && !matchesAny(allowed, h.ServiceAccountName) {
		out = append(out, broken(h.AccountAt, "allowedServiceAccounts", "want an allowed ServiceAccount, got %q", h.ServiceAccountName))
	}
	if a := c.Guardrails.AllowExec; a == nil || *a {
		return out
	}
	for _, s := range h.Steps {
		if key, does := runsCommands(s); does {
			out = append(out, broken(s.At, "allowExec", "want no step that runs commands in pods, got %s", key))
		}
	}
	return out
}

// runsCommands asks the step's own permissions, so that a new kind of step
// cannot be forgotten here.
func runsCommands(s Step) (key string, does bool) {
	kind, key := s.Kind()
	if kind == nil {
		return key, false
	}
	for _, r := range kind.Rules("") {
		if r.Resource == "pods/exec" {
			return key, true
		}
	}
	return key, false
}
