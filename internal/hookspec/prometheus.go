package hookspec

// A Prometheus says where a Prometheus is and how to ask it; every step that
// speaks its API has one.
type Prometheus struct {
	URL string `yaml:"url" need:"true" doc:"its URL, with the route prefix if there is one, such as http://prometheus-operated.monitoring.svc:9090"`
	// Operated and Pods are here because a Service shows one replica, and each has
	// its own configuration and its own view of the targets.
	Operated       string            `yaml:"operated,omitempty" doc:"name of the Prometheus object whose operator runs the pods: each of its pods is asked, by the url's port and path, instead of the url's host"`
	Pods           string            `yaml:"pods,omitempty" doc:"label selector of the pods to ask one by one, where no operator runs them"`
	Namespace      string            `yaml:"namespace,omitempty" doc:"namespace of these pods; without it the hook's"`
	PodPort        int               `yaml:"podPort,omitempty" min:"0" max:"65535" doc:"port of these pods, where it is not the url's, as behind a Service that maps ports; 0 for the url's"`
	Headers        map[string]string `yaml:"headers,omitempty" doc:"request headers, such as X-Scope-OrgID; never a secret, they stand in the Job"`
	RequestTimeout Duration          `yaml:"requestTimeout,omitempty" default:"10s" min:"10ms" doc:"how long one request may take"`
	MaxBytes       int               `yaml:"maxBytes,omitempty" default:"16777216" min:"1" max:"67108864" doc:"how long an answer may be; a thousand targets take one to two megabytes"`
	TLS            ClientTLS         `yaml:"tls,omitempty" doc:"how to trust the server"`
	Auth           *HTTPAuth         `yaml:"auth,omitempty" doc:"credentials, by reference"`
}

// Check wants a URL that can be asked and one way to find the pods.
func (p *Prometheus) Check(report func(key, msg, hint string)) {
	h := p.Request()
	h.Check(report)
	checkNamespace(p.Namespace, report)
	if p.Operated != "" && p.Pods != "" {
		report("pods", "want operated or pods, got both", "")
	}
}

// Request is how to ask p, without what to ask.
func (p *Prometheus) Request() HTTP {
	return HTTP{
		URL: p.URL, Method: "GET", Headers: p.Headers, RequestTimeout: p.RequestTimeout, MaxBytes: p.MaxBytes, TLS: p.TLS, Auth: p.Auth,
	}
}

// Selector is the label selector of the pods to ask; "" asks the URL.
func (p *Prometheus) Selector() string {
	if p.Operated != "" {
		return "operator.prometheus.io/name=" + p.Operated
	}
	return p.Pods
}

// Rules lists the pods, if they are asked one by one.
func (p *Prometheus) Rules(ns string) []Rule {
	if p.Selector() == "" {
		return nil
	}
	if p.Namespace != "" {
		ns = p.Namespace
	}
	return []Rule{{Namespace: ns, Resource: "pods", Verbs: []string{"list"}}}
}

// A PrometheusReady waits until every replica is ready to answer queries.
type PrometheusReady struct {
	Prometheus `yaml:",inline"`
}

// A PrometheusConfig sees that the configuration in the file is the one that
// runs: Prometheus goes on with the old one when it cannot read the new.
type PrometheusConfig struct {
	Prometheus `yaml:",inline"`
}

// A PrometheusTargets waits until every target was scraped anew, and judges the
// ones that are down.
type PrometheusTargets struct {
	Prometheus   `yaml:",inline"`
	MinTargets   int      `yaml:"minTargets,omitempty" default:"1" min:"1" doc:"how many active targets there must be"`
	RequiredJobs []string `yaml:"requiredJobs,omitempty" doc:"jobs that must have targets, all of them up; the limits below excuse none of these"`
	IgnoreJobs   []string `yaml:"ignoreJobs,omitempty" doc:"jobs that are not looked at"`
	MaxDownRatio *Ratio   `yaml:"maxDownRatio,omitempty" default:"0.1" doc:"which share of the targets may be down, from 0 to 1"`
	// Baseline cannot be the moment before the sync, which the runner did not see;
	// Prometheus remembers it.
	Baseline *Duration `yaml:"baseline,omitempty" default:"15m" doc:"how far back to look for what was down before the sync: above the share, a job may have as many targets down as then; 0s excuses none"`
}

// Check wants a job to be either required or ignored.
func (t *PrometheusTargets) Check(report func(key, msg, hint string)) {
	t.Prometheus.Check(report)
	for _, job := range t.RequiredJobs {
		for _, ignored := range t.IgnoreJobs {
			if job == ignored {
				report("ignoreJobs", "want no job that is required too, got "+job, "")
			}
		}
	}
}

// A PrometheusAlertmanagers sees that alerts have somewhere to go.
type PrometheusAlertmanagers struct {
	Prometheus `yaml:",inline"`
	Min        int `yaml:"min,omitempty" default:"1" min:"1" doc:"how many Alertmanagers every replica must know"`
}

// A PromQL runs an instant query and judges its result.
type PromQL struct {
	Prometheus `yaml:",inline"`
	Query      string      `yaml:"query" need:"true" doc:"the query, whose result is a vector or a scalar; the step's own for and interval make a window of it"`
	Each       *Comparison `yaml:"each,omitempty" one:"true" doc:"what every sample must be; no sample is a no"`
	Any        *Comparison `yaml:"any,omitempty" one:"true" doc:"what at least one sample must be"`
	Empty      bool        `yaml:"empty,omitempty" one:"true" doc:"want no sample at all, as from the expression of an alert that does not fire"`
}

// Check wants one way to judge.
func (q *PromQL) Check(report func(key, msg, hint string)) {
	q.Prometheus.Check(report)
	ways := 0
	for _, given := range []bool{q.Each != nil, q.Any != nil, q.Empty} {
		if given {
			ways++
		}
	}
	switch {
	case ways == 0:
		report("", "want each, any or empty, got none of them", `each: ">=1" wants it of every sample`)
	case ways > 1:
		report("", "want one of each, any and empty, got several", "make it two steps")
	}
}
