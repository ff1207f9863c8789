package hookspec

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// A Wait lets time pass.
type Wait struct{ Duration }

// Rules needs none.
func (*Wait) Rules(string) []Rule { return nil }

// A Regexp is a regular expression in Go's RE2 syntax.
type Regexp string

// Form says what a regular expression looks like.
func (*Regexp) Form() (form, example string) {
	return "a regular expression in RE2 syntax", "^ok$"
}

// Pattern refuses for editors what people take for one most often, a glob such as
// *.html. What else is none cannot be said in a regular expression.
func (*Regexp) Pattern() string { return "^([^*+?]|$)" }

// UnmarshalText compiles the expression to see that it can be.
func (r *Regexp) UnmarshalText(text []byte) error {
	_, err := regexp.Compile(string(text))
	*r = Regexp(text)
	return err
}

// A TCP connects to a port once.
type TCP struct {
	Address string `yaml:"address" need:"true" pattern:"^[^/]+:[1-9][0-9]{0,4}$" doc:"host:port"`
}

// Rules needs none.
func (*TCP) Rules(string) []Rule { return nil }

// Check wants a host and a port.
func (t *TCP) Check(report func(key, msg, hint string)) { checkAddress(t.Address, report) }

// isPort reports whether text is a port that a client can ask.
func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0 && text[0] != '0'
}

func checkAddress(address string, report func(key, msg, hint string)) {
	if address == "" {
		return
	}
	// A URL writes it the same way: IPv6 addresses in brackets.
	u, err := url.Parse("//" + address)
	if err != nil || u.Host != address || u.Hostname() == "" || !isPort(u.Port()) {
		report("address", fmt.Sprintf("want host:port, got %q", address), "write it like db.default.svc:5432")
	}
}

// A TLS shakes hands with a server and looks at its certificate.
type TLS struct {
	Address     string `yaml:"address" need:"true" pattern:"^[^/]+:[1-9][0-9]{0,4}$" doc:"host:port"`
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
	Watch     *Watch `yaml:"watch,omitempty" doc:"an endpoint to ask all the time while the rollout runs: zero downtime, measured, in a hook of phase Sync. On a first install nothing answers yet, and that counts as wrong: add it afterwards"`
}

// A Watch asks an endpoint at a fixed rate while a rollout runs.
type Watch struct {
	HTTP        HTTP     `yaml:"http" need:"true" doc:"what to ask"`
	Every       Duration `yaml:"every,omitempty" default:"500ms" min:"10ms" doc:"how often"`
	MaxFailures *int     `yaml:"maxFailures,omitempty" default:"0" min:"0" doc:"how many answers may be wrong"`
}

// Check wants one workload.
func (r *Rollout) Check(report func(key, msg, hint string)) {
	checkName("name", r.Name, report)
	checkNamespace(r.Namespace, report)
}

// Rules reads the workload, its pods, and what tells the newest revision.
func (r *Rollout) Rules(ns string) []Rule {
	var rules []Rule
	if r.Watch != nil {
		rules = r.Watch.HTTP.Rules(ns)
	}
	if r.Namespace != "" {
		ns = r.Namespace
	}
	rules = append(rules, []Rule{
		{Namespace: ns, Group: "apps", Resource: strings.ToLower(r.Kind) + "s", Verbs: []string{"get"}, Names: []string{r.Name}},
		{Namespace: ns, Resource: "pods", Verbs: []string{"list"}},
	}...)
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

// Check wants one object of a kind that may be read, and no expectation about
// one that must not be there.
func (k *Kubernetes) Check(report func(key, msg, hint string)) {
	checkKind(k, report)
	checkName("name", k.Name, report)
	checkNamespace(k.Namespace, report)
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
	checkName("pod", e.Pod, report)
	checkNamespace(e.Namespace, report)
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
