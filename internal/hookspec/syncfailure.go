package hookspec

import (
	"fmt"
	"strings"
)

// A SyncFailure finds the hook that made a sync fail, ends with a no that says
// so, and may tell others.
type SyncFailure struct {
	App       string   `yaml:"app" need:"true" doc:"name of the application, for messages"`
	Jobs      []string `yaml:"jobs,omitempty" doc:"names of the hook Jobs to look at, in the hook's namespace"`
	Pods      []string `yaml:"pods,omitempty" doc:"names of hook Pods to look at, such as a chart's tests"`
	ConfigMap string   `yaml:"configMap" need:"true" doc:"name of the ConfigMap in which the runner keeps what it has reported"`
	Revision  string   `yaml:"revision,omitempty" doc:"revision that is synced, which is posted about once; without it the plugin gives the application's, and where that is not known each failure is posted"`
	Webhook   *Webhook `yaml:"webhook,omitempty" doc:"where to post the failure"`
}

// A Webhook is where a failure is posted to.
type Webhook struct {
	URL            string     `yaml:"url,omitempty" one:"true" doc:"where to post: http or https. It stands in the hook: one that holds a token belongs in urlFrom"`
	URLFrom        *SecretRef `yaml:"urlFrom,omitempty" one:"true" doc:"where the URL is kept, by reference"`
	Format         string     `yaml:"format,omitempty" enum:"generic|slack|alertmanager" default:"generic" doc:"generic is JSON with app, namespace, revision, hook, reason and exitCode; slack has one text; alertmanager is a list of one alert, for the path /api/v2/alerts"`
	RequestTimeout Duration   `yaml:"requestTimeout,omitempty" default:"10s" min:"10ms" doc:"how long one request may take"`
	TLS            ClientTLS  `yaml:"tls,omitempty" doc:"how to trust the server"`
	Auth           *HTTPAuth  `yaml:"auth,omitempty" doc:"credentials, by reference"`
}

// Rules looks at the named Jobs and Pods, and lists pods to find those of a Job:
// Kubernetes cannot limit that by name.
func (f *SyncFailure) Rules(ns string) []Rule {
	rules := []Rule{{Namespace: ns, Resource: "configmaps", Verbs: []string{"create", "get", "patch"}, Names: []string{f.ConfigMap}}}
	if len(f.Jobs) > 0 {
		rules = append(rules,
			Rule{Namespace: ns, Group: "batch", Resource: "jobs", Verbs: []string{"get"}, Names: f.Jobs},
			Rule{Namespace: ns, Resource: "pods", Verbs: []string{"list"}})
	}
	if len(f.Pods) > 0 {
		rules = append(rules, Rule{Namespace: ns, Resource: "pods", Verbs: []string{"get"}, Names: f.Pods})
	}
	return rules
}

// Once reports that another attempt could post a second time.
func (*SyncFailure) Once() bool { return true }

// Check wants the names of single objects.
func (f *SyncFailure) Check(report func(key, msg, hint string)) {
	checkName("configMap", f.ConfigMap, report)
	checkNames("jobs", f.Jobs, report)
	checkNames("pods", f.Pods, report)
}

// checkNames wants each entry to be the name of one object. An empty one would
// stand for all of them in a Role.
func checkNames(key string, names []string, report reporter) {
	for i, name := range names {
		at := fmt.Sprintf("%s[%d]", key, i)
		if name == "" {
			report(at, "want the name of one object, got none", "")
		}
		checkName(at, name, report)
	}
}

// Check wants one URL, that can be posted to.
func (w *Webhook) Check(report func(key, msg, hint string)) {
	switch {
	case w.URL == "" && w.URLFrom == nil:
		report("", "want url or urlFrom, got neither", "")
	case w.URL != "" && w.URLFrom != nil:
		report("urlFrom", "want url or urlFrom, got both", "")
	case w.URLFrom == nil:
		w.checkURL(report)
	}
	if w.URLFrom != nil && w.URLFrom.Optional {
		report("urlFrom", "want a Secret that must be there: without the URL nobody is told", "leave optional out")
	}
}

func (w *Webhook) checkURL(report reporter) {
	if msg := urlProblem(w.URL); msg != "" {
		report("url", msg, "write it like https://alerts.example.org/hook")
	}
	if w.TLS != (ClientTLS{}) && strings.HasPrefix(w.URL, "http://") {
		report("tls", "want an https:// URL beside it", "")
	}
}

// Request is how to post to url, which is the webhook's own or the one that it
// refers to.
func (w *Webhook) Request(url, body string) HTTP {
	return HTTP{
		URL: url, Method: "POST", Body: body, Headers: map[string]string{"Content-Type": "application/json"},
		RequestTimeout: w.RequestTimeout, MaxBytes: maxWebhookAnswer, TLS: w.TLS, Auth: w.Auth,
	}
}

// maxWebhookAnswer is more than any webhook says about a post.
const maxWebhookAnswer = 64 << 10
