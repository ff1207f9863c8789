package hookspec

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// A Wait lets time pass.
type Wait struct{ Duration }

// Rules needs none.
func (*Wait) Rules(string) []Rule { return nil }

// An HTTP asks a URL once and says whether the answer is the expected one.
type HTTP struct {
	URL     string            `yaml:"url" need:"true" doc:"where to ask: http or https"`
	Method  string            `yaml:"method,omitempty" enum:"GET|HEAD|POST|PUT|DELETE" default:"GET" doc:"the method"`
	Headers map[string]string `yaml:"headers,omitempty" doc:"request headers; never a secret, they stand in the Job"`
	Host    string            `yaml:"host,omitempty" doc:"the Host header, for a server that routes by it"`
	Body    string            `yaml:"body,omitempty" doc:"the request body"`
	// FollowRedirects is off because a redirect is an answer: an entry point that
	// sends everything to https is healthy, whatever stands behind it.
	FollowRedirects bool       `yaml:"followRedirects,omitempty" doc:"follow redirects instead of judging them"`
	RequestTimeout  Duration   `yaml:"requestTimeout,omitempty" default:"5s" min:"10ms" doc:"how long one request may take"`
	MaxBytes        int        `yaml:"maxBytes,omitempty" default:"1048576" min:"1" max:"67108864" doc:"how much of a body is read when something is expected of it; a longer one is a no"`
	Expect          HTTPExpect `yaml:"expect,omitempty" doc:"what the answer must be"`
	TLS             ClientTLS  `yaml:"tls,omitempty" doc:"how to trust the server"`
	Auth            *HTTPAuth  `yaml:"auth,omitempty" doc:"credentials, by reference"`
}

// An HTTPExpect is what an answer must be; all that is given must hold.
type HTTPExpect struct {
	Status      StatusList            `yaml:"status,omitempty" doc:"accepted status codes and ranges; without it 200-299"`
	Contains    []string              `yaml:"contains,omitempty" doc:"texts that the body must hold"`
	Matches     []Regexp              `yaml:"matches,omitempty" doc:"regular expressions (RE2) that the body must match"`
	ContentType string                `yaml:"contentType,omitempty" doc:"media type of the answer, such as text/html"`
	Headers     map[string]Comparison `yaml:"headers,omitempty" doc:"response headers"`
	JSON        map[string]Comparison `yaml:"json,omitempty" doc:"values of a JSON body by path, such as http.routers.total: \">=1\""`
}

// A ClientTLS says how a client trusts a server.
type ClientTLS struct {
	InsecureSkipVerify bool   `yaml:"insecureSkipVerify,omitempty" doc:"trust any certificate"`
	CAFile             string `yaml:"caFile,omitempty" doc:"PEM file of certificates to trust instead of the system's"`
	ServerName         string `yaml:"serverName,omitempty" doc:"name to ask for and to verify instead of the URL's host"`
}

// Check wants settings that do not cancel each other.
func (c *ClientTLS) Check(report func(key, msg, hint string)) {
	if c.InsecureSkipVerify && c.CAFile != "" {
		report("insecureSkipVerify", "want no caFile beside it: every certificate is trusted", "")
	}
}

// An HTTPAuth holds references to credentials.
type HTTPAuth struct {
	Basic  *BasicAuth `yaml:"basic,omitempty" one:"true" doc:"user name and password"`
	Bearer *SecretRef `yaml:"bearer,omitempty" one:"true" doc:"a token"`
}

// A BasicAuth is a user name and a password by reference.
type BasicAuth struct {
	Username *SecretRef `yaml:"username" need:"true" doc:"the user name"`
	Password *SecretRef `yaml:"password" need:"true" doc:"the password"`
}

// Check wants one kind of credentials.
func (a *HTTPAuth) Check(report func(key, msg, hint string)) {
	switch {
	case a.Basic == nil && a.Bearer == nil:
		report("", "want basic or bearer, got neither", "")
	case a.Basic != nil && a.Bearer != nil:
		report("bearer", "want basic or bearer, got both", "")
	}
}

// Rules needs none.
func (*HTTP) Rules(string) []Rule { return nil }

// Check wants a URL that can be asked.
func (h *HTTP) Check(report func(key, msg, hint string)) {
	if h.URL != "" {
		if msg := urlProblem(h.URL); msg != "" {
			report("url", msg, "write it like http://name.namespace.svc:8080/path")
		}
	}
	if h.Body != "" && (h.Method == "" || h.Method == "GET" || h.Method == "HEAD") {
		report("body", "want a method that carries a body, such as POST", "")
	}
	if h.Method == "HEAD" && h.Expect.Body() {
		report("expect", "want nothing of the body: the answer to HEAD has none", "")
	}
	if h.TLS != (ClientTLS{}) && strings.HasPrefix(h.URL, "http://") && !h.FollowRedirects {
		report("tls", "want an https:// URL beside it", "")
	}
	h.checkHeaders(report)
}

// checkHeaders refuses request headers that other keys are for, and that a Job
// would show or Go would ignore.
func (h *HTTP) checkHeaders(report func(key, msg, hint string)) {
	for _, name := range slices.Sorted(maps.Keys(h.Headers)) {
		switch {
		case strings.EqualFold(name, "Host"):
			report("headers", "want no Host header here", "use host")
		case strings.EqualFold(name, "Authorization"):
			report("headers", "want no Authorization header here: it would stand in the Job", "use auth")
		case !headerName.MatchString(name):
			report("headers", fmt.Sprintf("want names of headers as keys, got %q", name), "")
		case strings.ContainsAny(h.Headers[name], "\r\n\x00"):
			report("headers", fmt.Sprintf("want one line as the value of %s, got several", name), "")
		}
	}
}

// headerName is the grammar of a token in RFC 9110 section 5.6.2.
var headerName = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")

// Body reports whether something is expected of an answer's body.
func (e *HTTPExpect) Body() bool {
	return len(e.Contains) > 0 || len(e.Matches) > 0 || len(e.JSON) > 0
}

// Check wants paths that can be followed.
func (e *HTTPExpect) Check(report func(key, msg, hint string)) { checkPaths("json", e.JSON, report) }

// checkPaths wants keys that lead somewhere.
func checkPaths(key string, comparisons map[string]Comparison, report func(key, msg, hint string)) {
	for _, path := range slices.Sorted(maps.Keys(comparisons)) {
		if _, err := ParsePath(path); err != nil {
			report(key, err.Error(), `write it like status.list[0].name; a dot in a key as \.`)
		}
	}
}

func urlProblem(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil && strings.Contains(s, "@"): // it may hold a password
		return "want a URL, got text that is none"
	case err != nil:
		return fmt.Sprintf("want a URL, got %q", s)
	case u.User != nil:
		return "want a URL without a user name and password: use auth"
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Sprintf("want a URL that begins with http:// or https://, got %q", s)
	case u.Hostname() == "":
		return fmt.Sprintf("want a URL with a host, got %q", s)
	}
	return ""
}

// A StatusList is a list whose entries are codes or ranges.
type StatusList []StatusSet

// Has reports whether code is in one of the sets.
func (l StatusList) Has(code int) bool {
	for _, s := range l {
		if s.Has(code) {
			return true
		}
	}
	return false
}

// String renders all sets with commas between.
func (l StatusList) String() string {
	parts := make([]string, len(l))
	for i, s := range l {
		parts[i] = s.String()
	}
	return strings.Join(parts, ",")
}

// A Regexp is a regular expression in Go's RE2 syntax.
type Regexp string

// Form says what a regular expression looks like.
func (*Regexp) Form() (form, example string) {
	return "a regular expression in RE2 syntax", "^ok$"
}

// UnmarshalText compiles the expression to see that it can be.
func (r *Regexp) UnmarshalText(text []byte) error {
	_, err := regexp.Compile(string(text))
	*r = Regexp(text)
	return err
}

// A TCP connects to a port once.
type TCP struct {
	Address string `yaml:"address" need:"true" doc:"host:port"`
}

// Rules needs none.
func (*TCP) Rules(string) []Rule { return nil }

// Check wants a host and a port.
func (t *TCP) Check(report func(key, msg, hint string)) { checkAddress(t.Address, report) }

var portNumber = regexp.MustCompile("^[1-9][0-9]{0,4}$")

func checkAddress(address string, report func(key, msg, hint string)) {
	if address == "" {
		return
	}
	// A URL writes it the same way: IPv6 addresses in brackets.
	u, err := url.Parse("//" + address)
	if err != nil || u.Host != address || u.Hostname() == "" || !portNumber.MatchString(u.Port()) {
		report("address", fmt.Sprintf("want host:port, got %q", address), "write it like db.default.svc:5432")
	}
}

// A TLS shakes hands with a server and looks at its certificate.
type TLS struct {
	Address     string `yaml:"address" need:"true" doc:"host:port"`
	MinDaysLeft *int   `yaml:"minDaysLeft,omitempty" default:"7" min:"0" doc:"how many days the certificate must still be valid"`
	ClientTLS   `yaml:",inline"`
}

// Rules needs none.
func (*TLS) Rules(string) []Rule { return nil }

// Check wants a host and a port.
func (t *TLS) Check(report func(key, msg, hint string)) {
	checkAddress(t.Address, report)
	t.ClientTLS.Check(report)
}

// A Rollout waits until a workload runs its newest revision and nothing else:
// every replica updated and available, and no pod of an older revision left.
type Rollout struct {
	Kind      string `yaml:"kind" need:"true" enum:"Deployment|StatefulSet|DaemonSet" doc:"what kind of workload"`
	Name      string `yaml:"name" need:"true" doc:"its name"`
	Namespace string `yaml:"namespace,omitempty" doc:"its namespace; without it the hook's"`
	Watch     *Watch `yaml:"watch,omitempty" doc:"an endpoint to ask all the time while the rollout runs: zero downtime, measured"`
}

// A Watch asks an endpoint at a fixed rate while a rollout runs.
type Watch struct {
	HTTP        HTTP     `yaml:"http" need:"true" doc:"what to ask"`
	Every       Duration `yaml:"every,omitempty" default:"500ms" min:"10ms" doc:"how often"`
	MaxFailures *int     `yaml:"maxFailures,omitempty" default:"0" min:"0" doc:"how many answers may be wrong"`
}

// Rules reads the workload, its pods, and what tells the newest revision.
func (r *Rollout) Rules(ns string) []Rule {
	if r.Namespace != "" {
		ns = r.Namespace
	}
	rules := []Rule{
		{Namespace: ns, Group: "apps", Resource: strings.ToLower(r.Kind) + "s", Verbs: []string{"get"}, Names: []string{r.Name}},
		{Namespace: ns, Resource: "pods", Verbs: []string{"list"}},
	}
	switch r.Kind {
	case "Deployment":
		rules = append(rules, Rule{Namespace: ns, Group: "apps", Resource: "replicasets", Verbs: []string{"list"}})
	case "DaemonSet":
		rules = append(rules, Rule{Namespace: ns, Group: "apps", Resource: "controllerrevisions", Verbs: []string{"list"}})
	}
	return rules
}

// A Kubernetes looks at one object of any kind.
type Kubernetes struct {
	APIVersion string                `yaml:"apiVersion" need:"true" doc:"group and version, such as apps/v1"`
	Kind       string                `yaml:"kind" need:"true" doc:"kind, such as Deployment"`
	Resource   string                `yaml:"resource,omitempty" doc:"plural name in the API, where it is not the kind in lower case with an s"`
	Name       string                `yaml:"name" need:"true" doc:"name of the object"`
	Namespace  string                `yaml:"namespace,omitempty" doc:"its namespace; without it the hook's"`
	Absent     bool                  `yaml:"absent,omitempty" doc:"want that it does not exist"`
	Condition  *Condition            `yaml:"condition,omitempty" doc:"a condition of its status"`
	Fields     map[string]Comparison `yaml:"fields,omitempty" doc:"values by path, such as status.phase: Running"`
}

// A Condition is an entry of status.conditions.
type Condition struct {
	Type   string `yaml:"type" need:"true" doc:"type of the condition"`
	Status string `yaml:"status,omitempty" enum:"True|False|Unknown" default:"True" doc:"its status"`
	Reason string `yaml:"reason,omitempty" doc:"its reason"`
}

// Check wants no expectation about an object that must not be there.
func (k *Kubernetes) Check(report func(key, msg, hint string)) {
	if k.Absent && (k.Condition != nil || len(k.Fields) > 0) {
		report("absent", "want no condition and no fields beside it", "")
	}
	checkPaths("fields", k.Fields, report)
}

// Plural is the resource that the API serves the kind under.
func (k *Kubernetes) Plural() string {
	if k.Resource != "" {
		return k.Resource
	}
	lower := strings.ToLower(k.Kind)
	switch {
	case strings.HasSuffix(lower, "s") || strings.HasSuffix(lower, "x") || strings.HasSuffix(lower, "ch"):
		return lower + "es"
	case strings.HasSuffix(lower, "y") && !strings.HasSuffix(lower, "ay") && !strings.HasSuffix(lower, "ey"):
		return strings.TrimSuffix(lower, "y") + "ies"
	}
	return lower + "s"
}

// Group is the API group, empty for the core one.
func (k *Kubernetes) Group() string {
	group, _, found := strings.Cut(k.APIVersion, "/")
	if !found {
		return ""
	}
	return group
}

// Rules reads that one object.
func (k *Kubernetes) Rules(ns string) []Rule {
	if k.Namespace != "" {
		ns = k.Namespace
	}
	return []Rule{{Namespace: ns, Group: k.Group(), Resource: k.Plural(), Verbs: []string{"get"}, Names: []string{k.Name}}}
}

// An Exec runs a command in a container of a pod.
type Exec struct {
	Pod       string     `yaml:"pod,omitempty" one:"true" doc:"name of the pod"`
	Selector  string     `yaml:"selector,omitempty" one:"true" doc:"label selector; the first ready pod by name is taken"`
	Namespace string     `yaml:"namespace,omitempty" doc:"its namespace; without it the hook's"`
	Container string     `yaml:"container" need:"true" doc:"which container; a pod may have sidecars"`
	Command   []string   `yaml:"command" need:"true" doc:"program and arguments; no shell"`
	Expect    ExecExpect `yaml:"expect,omitempty" doc:"what must come back"`
}

// An ExecExpect is what a command must answer; all that is given must hold.
type ExecExpect struct {
	ExitCode int         `yaml:"exitCode,omitempty" min:"0" max:"255" doc:"its exit code"`
	Output   *Comparison `yaml:"output,omitempty" doc:"what it prints, without white space around it"`
}

// Check wants one way to find the pod, and a command.
func (e *Exec) Check(report func(key, msg, hint string)) {
	switch {
	case e.Pod == "" && e.Selector == "":
		report("pod", "want pod or selector, got neither", "")
	case e.Pod != "" && e.Selector != "":
		report("selector", "want pod or selector, got both", "")
	}
	if e.Command != nil && len(e.Command) == 0 {
		report("command", "want a program, got an empty list", "")
	}
}

// Rules finds the pod and runs the command: create for SPDY and, from
// Kubernetes 1.35, for WebSocket, which asked for get alone before.
func (e *Exec) Rules(ns string) []Rule {
	if e.Namespace != "" {
		ns = e.Namespace
	}
	exec := Rule{Namespace: ns, Resource: "pods/exec", Verbs: []string{"create", "get"}}
	if e.Pod != "" {
		exec.Names = []string{e.Pod}
		return []Rule{exec}
	}
	return []Rule{exec, {Namespace: ns, Resource: "pods", Verbs: []string{"list"}}}
}
