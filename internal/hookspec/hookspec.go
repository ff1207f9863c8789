// Package hookspec is the contract between the plugin, which writes hook Jobs,
// and safesync-hook, which the Jobs run.
//
// Both sides use these types, so they cannot disagree about a key. A step is
// written in a policy exactly as it travels in a Job's arguments. The package
// knows what each kind of step takes, which permissions it needs and which
// secrets it reads; it knows no driver, no network and no policy.
package hookspec

import (
	"reflect"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/strict"
)

// A Spec is what one hook does.
type Spec struct {
	Changed *Changed `yaml:"changed,omitempty" doc:"do nothing if the hook has succeeded for this state of the application"`
	Steps   []Step   `yaml:"steps" need:"true" doc:"what the hook does, in this order; the first step that says no ends it"`
}

// Check wants something to do: a hook that checks nothing always passes.
func (s *Spec) Check(report func(key, msg, hint string)) {
	if s.Steps != nil && len(s.Steps) == 0 {
		report("steps", "want at least one step, got none", "")
	}
}

// A Step is one thing a hook does: a name, how long and how often to ask, and
// exactly one kind.
type Step struct {
	Name     string   `yaml:"name" need:"true" doc:"what messages call the step"`
	Timeout  Duration `yaml:"timeout,omitempty" min:"1s" doc:"how long the step may take with all its attempts; without it the kind's own default counts"`
	Interval Duration `yaml:"interval,omitempty" default:"5s" min:"10ms" doc:"how long to wait between two attempts"`
	For      int      `yaml:"for,omitempty" min:"1" max:"1000" doc:"how many attempts in a row must say yes; without it one, and two for cnpg.healthy"`
	// Hints are words of whoever wrote the step, who knows the system; the probe
	// knows only the protocol.
	Hints map[string]string `yaml:"hints,omitempty" doc:"what to tell people when the step does not end well, by cause: refused, timeout, dns, tls, content, denied, absent, an HTTP status such as 404, or any for all others"`

	Kinds `yaml:",inline" one:"true"`
}

// Kinds holds the one kind of a step. A new kind is one field here, one type
// that has the methods of Kind, and one probe in the runner.
//
// The tag timeout is how long the step may take when it does not say so itself:
// as long as the slowest healthy system that was measured needs, so that a
// time-out means something. wait has none, it takes as long as it says. The tag for
// is how many attempts must say yes in a row where one proves too little.
type Kinds struct {
	Wait       *Wait       `yaml:"wait,omitempty" doc:"let time pass, before a check that would look too early"`
	HTTP       *HTTP       `yaml:"http,omitempty" timeout:"2m" doc:"ask a URL"`
	TCP        *TCP        `yaml:"tcp,omitempty" timeout:"2m" doc:"connect to a port"`
	TLS        *TLS        `yaml:"tls,omitempty" timeout:"2m" doc:"shake hands with a TLS server and look at its certificate"`
	Rollout    *Rollout    `yaml:"rollout,omitempty" timeout:"10m" doc:"wait until a workload runs its newest revision and nothing else"`
	Kubernetes *Kubernetes `yaml:"kubernetes,omitempty" timeout:"2m" doc:"look at any Kubernetes object"`
	Exec       *Exec       `yaml:"exec,omitempty" timeout:"30s" doc:"run a command in a container of a pod"`

	CNPGBackup      *CNPGBackup      `yaml:"cnpg.backup,omitempty" timeout:"30m" doc:"take a CloudNative-PG backup and wait until it is proven"`
	CNPGHealthy     *CNPGHealthy     `yaml:"cnpg.healthy,omitempty" timeout:"15m" for:"2" doc:"wait until a CloudNative-PG cluster is healthy and settled"`
	CNPGInstances   *CNPGInstances   `yaml:"cnpg.instances,omitempty" timeout:"15m" doc:"wait until every instance that the spec asks for is ready"`
	CNPGConnect     *CNPGConnect     `yaml:"cnpg.connect,omitempty" timeout:"2m" doc:"ask the primary for an answer in SQL"`
	CNPGReplication *CNPGReplication `yaml:"cnpg.replication,omitempty" timeout:"1m" doc:"see every replica streaming, and how far behind"`
	CNPGWALArchive  *CNPGWALArchive  `yaml:"cnpg.walArchiving,omitempty" timeout:"2m" doc:"write a WAL segment and see it archived"`

	AuthentikLogin *AuthentikLogin `yaml:"authentik.login,omitempty" timeout:"1m" doc:"log in to Authentik step by step, and out again"`

	PrometheusReady         *PrometheusReady         `yaml:"prometheus.ready,omitempty" timeout:"10m" doc:"wait until every replica of a Prometheus is ready; replaying a large write-ahead log takes minutes"`
	PrometheusConfig        *PrometheusConfig        `yaml:"prometheus.config,omitempty" timeout:"2m" doc:"see that a Prometheus runs with the configuration that it was given last"`
	PrometheusTargets       *PrometheusTargets       `yaml:"prometheus.targets,omitempty" timeout:"4m" doc:"wait until a Prometheus has scraped its targets anew, and see that they are up"`
	PrometheusAlertmanagers *PrometheusAlertmanagers `yaml:"prometheus.alertmanagers,omitempty" timeout:"2m" doc:"see that a Prometheus knows where to send alerts"`
	PromQL                  *PromQL                  `yaml:"promql,omitempty" timeout:"2m" doc:"run a query of Prometheus, or of anything with its API, and judge the result"`

	PostgresDump *PostgresDump `yaml:"postgres.dump,omitempty" timeout:"30m" doc:"dump a PostgreSQL database into an S3 bucket and prove that the dump is complete"`

	S3RoundTrip   *S3RoundTrip   `yaml:"s3.roundTrip,omitempty" timeout:"3m" doc:"write an object to an S3 bucket, read it, list it and delete it"`
	S3Freshness   *S3Freshness   `yaml:"s3.freshness,omitempty" timeout:"1m" doc:"see that the newest object of a bucket is young and not empty"`
	S3Barman      *S3Barman      `yaml:"s3.barman,omitempty" timeout:"1m" doc:"see that Barman's newest backup in a bucket is done, young and complete"`
	S3Replication *S3Replication `yaml:"s3.replication,omitempty" timeout:"1m" doc:"see that a bucket is replicated and that replication keeps up"`
	MinIOHealth   *MinIOHealth   `yaml:"minio.health,omitempty" timeout:"5m" doc:"ask MinIO whether it has its quorum and no drive is healing"`

	LokiReady     *LokiReady     `yaml:"loki.ready,omitempty" timeout:"5m" doc:"wait until a Loki is ready; after a restart it waits for its ring, and replays its write-ahead log"`
	LokiLabels    *LokiLabels    `yaml:"loki.labels,omitempty" timeout:"2m" doc:"ask a Loki for the names of labels"`
	LokiRoundTrip *LokiRoundTrip `yaml:"loki.roundTrip,omitempty" timeout:"1m" doc:"push a line to a Loki and wait until a query finds it"`

	SyncFailure *SyncFailure `yaml:"syncFailure,omitempty" timeout:"1m" doc:"end with a no that names the hook which made a sync fail, and its reason, and post it to a webhook; onFailure in a policy makes a hook with this step"`
}

// A Kind is what the fields of Kinds have in common.
type Kind interface {
	// Rules are the permissions that the step needs, in a hook whose own
	// namespace is ns. None means that the step needs no token.
	Rules(ns string) []Rule
}

// Kind returns the kind of s and the key it is written with; nil and "" for a
// step without one.
func (s *Step) Kind() (Kind, string) {
	v := reflect.ValueOf(&s.Kinds).Elem()
	for i := range v.NumField() {
		if k, ok := v.Field(i).Interface().(Kind); ok && !v.Field(i).IsNil() {
			key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			return k, key
		}
	}
	return nil, ""
}

// KindNames lists the keys of all kinds, in the order of the reference.
func KindNames() []string {
	t := reflect.TypeFor[Kinds]()
	out := make([]string, t.NumField())
	for i := range out {
		out[i], _, _ = strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
	}
	return out
}

// Parse reads what String wrote, or what a person did. Text is called file in
// messages; its problems are the same that a policy gets.
func Parse(file string, text []byte) (Spec, error) {
	doc, err := strict.Parse(file, text)
	if err != nil {
		return Spec{}, err
	}
	var s Spec
	if err := doc.Decode(&s); err != nil {
		return Spec{}, err
	}
	return s, nil
}

// String renders s as the YAML that Parse reads: what was given and no
// defaults, so that a Job shows what its policy says.
func (s Spec) String() string { return string(strict.Encode(s)) }
