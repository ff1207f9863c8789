package hookspec

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
)

// A Loki says where a Loki is and how to ask it; every loki step has one.
type Loki struct {
	URL            string            `yaml:"url" need:"true" doc:"its URL without /loki/api, such as http://loki-gateway.loki.svc"`
	Tenant         string            `yaml:"tenant,omitempty" doc:"whose logs, sent as X-Scope-OrgID; needed where auth_enabled is on, as it is by default"`
	Headers        map[string]string `yaml:"headers,omitempty" doc:"more request headers; never a secret, they stand in the Job"`
	RequestTimeout Duration          `yaml:"requestTimeout,omitempty" default:"10s" min:"10ms" doc:"how long one request may take"`
	MaxBytes       int               `yaml:"maxBytes,omitempty" default:"1048576" min:"1" max:"67108864" doc:"how long an answer may be"`
	TLS            ClientTLS         `yaml:"tls,omitempty" doc:"how to trust the server"`
	Auth           *HTTPAuth         `yaml:"auth,omitempty" doc:"credentials of a gateway, by reference"`
}

// Rules needs none.
func (*Loki) Rules(string) []Rule { return nil }

// Check wants a URL that can be asked and a tenant that fits into a header.
func (l *Loki) Check(report func(key, msg, hint string)) {
	h := l.Request()
	h.Check(func(key, msg, hint string) {
		if key == "headers" && l.Tenant != "" && strings.Contains(msg, tenantHeader) {
			key, msg = "tenant", "want one line, got several"
		}
		report(key, msg, hint)
	})
	for name := range l.Headers {
		if strings.EqualFold(name, tenantHeader) {
			report("headers", "want no "+tenantHeader+" here", "use tenant")
		}
	}
}

// tenantHeader names the tenant to Loki.
const tenantHeader = "X-Scope-OrgID"

// Request is how to ask l, without what to ask.
func (l *Loki) Request() HTTP {
	h := HTTP{
		URL: l.URL, Method: "GET", Headers: maps.Clone(l.Headers), RequestTimeout: l.RequestTimeout, MaxBytes: l.MaxBytes, TLS: l.TLS, Auth: l.Auth,
	}
	if l.Tenant == "" {
		return h
	}
	if h.Headers == nil {
		h.Headers = map[string]string{}
	}
	h.Headers[tenantHeader] = l.Tenant
	return h
}

// A LokiReady waits until a Loki says that it is ready.
type LokiReady struct {
	Loki `yaml:",inline"`
}

// A LokiLabels asks for the names of labels: the least that a query takes.
type LokiLabels struct {
	Loki `yaml:",inline"`
}

// A LokiRoundTrip pushes a line and waits until a query finds it.
type LokiRoundTrip struct {
	Loki    `yaml:",inline"`
	PushURL string `yaml:"pushURL,omitempty" doc:"where to push to, if that is not the url: without a gateway reads and writes have Services of their own"`
	// Labels are few and fixed: each set of them is a stream that Loki keeps. What
	// is unique stands in the line.
	Labels map[string]string `yaml:"labels,omitempty" doc:"labels of the line; without any it gets app: argocd-hook"`
}

// labelName is Loki's own rule.
var labelName = lazy.Regexp(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// Check wants one tenant to push to, and labels that Loki takes.
func (r *LokiRoundTrip) Check(report func(key, msg, hint string)) {
	r.Loki.Check(report)
	if r.PushURL != "" {
		if msg := urlProblem(r.PushURL); msg != "" {
			report("pushURL", msg, "write it like http://loki-write.loki.svc:3100")
		}
	}
	if strings.Contains(r.Tenant, "|") {
		report("tenant", fmt.Sprintf("want one tenant: a line can be pushed to one only, got %q", r.Tenant), "")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Labels)) {
		if !labelName().MatchString(name) {
			report("labels", fmt.Sprintf("want letters, digits and _ as the name of a label, got %q", name), "")
		}
	}
}

// Stream returns the labels of the line.
func (r *LokiRoundTrip) Stream() map[string]string {
	if len(r.Labels) == 0 {
		return map[string]string{"app": "argocd-hook"}
	}
	return r.Labels
}
