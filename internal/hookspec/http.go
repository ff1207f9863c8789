package hookspec

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
)

// An HTTP asks a URL once and says whether the answer is the expected one.
type HTTP struct {
	URL     string            `yaml:"url" need:"true" pattern:"^[Hh][Tt][Tt][Pp][Ss]?://[^/?#]" doc:"where to ask: http or https"`
	Method  string            `yaml:"method,omitempty" enum:"GET|HEAD|POST|PUT|DELETE" default:"GET" doc:"the method"`
	Headers map[string]string `yaml:"headers,omitempty" doc:"request headers; never a secret, they stand in the Job"`
	Host    string            `yaml:"host,omitempty" doc:"the Host header, for a server that routes by it"`
	Body    string            `yaml:"body,omitempty" doc:"the request body"`
	// FollowRedirects is off because a redirect is an answer: an entry point that
	// sends everything to https is healthy, whatever stands behind it.
	FollowRedirects bool       `yaml:"followRedirects,omitempty" doc:"follow redirects instead of judging them"`
	RequestTimeout  Duration   `yaml:"requestTimeout,omitempty" default:"5s" min:"10ms" doc:"how long one request may take"`
	MaxBytes        int        `yaml:"maxBytes,omitempty" default:"1048576" min:"1" max:"67108864" doc:"how much of a body is read when something is expected of it; a longer one is a no"`
	PerPod          *PerPod    `yaml:"perPod,omitempty" doc:"ask each ready pod instead of the url's host: a Service shows one of them, and only the ports that it has"`
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

// A PerPod says which pods to ask one by one. All of them must say yes.
type PerPod struct {
	Selector  string `yaml:"selector" need:"true" doc:"label selector of the pods"`
	Namespace string `yaml:"namespace,omitempty" doc:"their namespace; without it the hook's"`
	Port      int    `yaml:"port,omitempty" min:"1" max:"65535" doc:"their port, where it is not the url's"`
	// A preset cannot leave out a key, only give it a value.
	Enabled *bool `yaml:"enabled,omitempty" default:"true" doc:"false asks the url itself"`
}

// Check wants one namespace.
func (p *PerPod) Check(report func(key, msg, hint string)) { checkNamespace(p.Namespace, report) }

// Pods are the pods to ask; nil asks the URL.
func (h *HTTP) Pods() *PerPod {
	if h.PerPod == nil || h.PerPod.Enabled != nil && !*h.PerPod.Enabled {
		return nil
	}
	return h.PerPod
}

// Rules lists the pods, if they are asked one by one.
func (h *HTTP) Rules(ns string) []Rule {
	pods := h.Pods()
	if pods == nil {
		return nil
	}
	return []Rule{{Namespace: cmp.Or(pods.Namespace, ns), Resource: "pods", Verbs: []string{"list"}}}
}

// Check wants a URL that can be asked. A perPod that is switched off it takes
// away, so that a Job shows what it does and no more.
func (h *HTTP) Check(report func(key, msg, hint string)) {
	h.PerPod = h.Pods()
	if h.PerPod != nil && h.FollowRedirects {
		report("followRedirects", "want none beside perPod: a redirect leads away from the pod", "")
	}
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
		case !headerName().MatchString(name):
			report("headers", fmt.Sprintf("want names of headers as keys, got %q", name), "")
		case strings.ContainsAny(h.Headers[name], "\r\n\x00"):
			report("headers", fmt.Sprintf("want one line as the value of %s, got several", name), "")
		}
	}
}

// headerName is the grammar of a token in RFC 9110 section 5.6.2.
var headerName = lazy.Regexp("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")

// Body reports whether something is expected of an answer's body.
func (e *HTTPExpect) Body() bool {
	return len(e.Contains) > 0 || len(e.Matches) > 0 || len(e.JSON) > 0
}

// Check wants paths that can be followed.
func (e *HTTPExpect) Check(report func(key, msg, hint string)) { checkPaths("json", e.JSON, report) }

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
	case u.Port() != "" && !isPort(u.Port()):
		return fmt.Sprintf("want a port from 1 to 65535, got %q", s)
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
