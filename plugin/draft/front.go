package draft

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// A front is how a hook asks a workload through a Service in front of it.
type front struct {
	// does is what is asked for, in one word: answers or connects; empty where
	// there is nothing to ask.
	does string
	// says is a sentence about it, for a comment.
	says string
	// step is the kind of step with its settings, in lines of YAML.
	step string
	// service is the name of the Service that is asked.
	service string
}

// frontOf finds what the Services in front of o's pods can be asked. What a probe
// asks is sure to answer once a pod is ready; a path that nobody asks is a guess,
// so that without such a probe the hook only connects.
func frontOf(o manifest.Object, objects []manifest.Object, env preset.Env) front {
	services := inFront(o, objects, env)
	if len(services) == 0 {
		return front{says: "No Service leads to them"}
	}
	if own := only(o, services, objects, env); len(own) > 0 {
		return ask(own, o, env)
	}
	return unlessShared(ask(services, o, env), o, services, objects, env)
}

// ask finds what these Services in front of o's pods can be asked.
func ask(services []manifest.Object, o manifest.Object, env preset.Env) front {
	if n, _ := o.Get("spec", "replicas"); fmt.Sprint(n) == "0" {
		return front{says: "There is none to ask while replicas is 0"}
	}
	var doors []door
	for _, s := range services {
		doors = append(doors, doorsOf(s, o, env)...)
	}
	if len(doors) == 0 {
		return front{says: fmt.Sprintf("Service %s has no TCP port that leads to them", services[0].Ref().Name)}
	}
	probes := probesOf(o)
	for _, p := range probes {
		if i := slices.IndexFunc(doors, p.reaches); i >= 0 && p.asks {
			return p.through(doors[i])
		}
	}
	for _, p := range probes {
		if i := slices.IndexFunc(doors, p.reaches); i >= 0 {
			return doors[i].connects()
		}
	}
	return connectAll(doors)
}

// inFront are the Services that choose o's pods. One without an address of its
// own leads to the pods as well, but is the second choice: its name may stand for
// none of them.
func inFront(o manifest.Object, objects []manifest.Object, env preset.Env) []manifest.Object {
	var out, headless []manifest.Object
	for _, s := range objects {
		switch {
		case !s.Ref().Is("", "Service") || home(s, env) != home(o, env) || s.Text("spec", "type") == "ExternalName" || !selects(s, o):
		case isHeadless(s):
			headless = append(headless, s)
		default:
			out = append(out, s)
		}
	}
	return append(out, headless...)
}

func home(o manifest.Object, env preset.Env) string {
	return firstOf(o.Ref().Namespace, env.AppNamespace)
}

func isHeadless(s manifest.Object) bool { return s.Text("spec", "clusterIP") == "None" }

// selects reports whether every label that s selects by is on o's pods.
func selects(s, o manifest.Object) bool {
	selector, _ := s.Get("spec", "selector")
	want, _ := selector.(map[string]any)
	for key, value := range want {
		if got, ok := o.Get("spec", "template", "metadata", "labels", key); !ok || got != value {
			return false
		}
	}
	return len(want) > 0
}

// A door is a TCP port of a Service.
type door struct {
	// service is the Service's name, address its host and port.
	service, address string
	// target is the number of the pods' port that it leads to.
	target string
	// declared reports whether a container says that it listens there.
	declared bool
	// headless says that the Service has no address of its own.
	headless bool
}

func doorsOf(s, o manifest.Object, env preset.Env) []door {
	host := s.Ref().Name
	if ns := home(s, env); ns != "" {
		host += "." + ns + ".svc"
	}
	declared := portsOf(o)
	var out []door
	for _, p := range list(s, "spec", "ports") {
		number, wanted := text(p, "port"), firstOf(text(p, "targetPort"), text(p, "port"))
		if number == "" || !isTCP(p) {
			continue
		}
		d := door{service: s.Ref().Name, headless: isHeadless(s), address: host + ":" + number, target: wanted}
		for _, c := range declared {
			if c.name == wanted || c.number == wanted {
				d.target, d.declared = c.number, true
				break
			}
		}
		if isHeadless(s) {
			d.address = host + ":" + d.target
		}
		if isNumber(d.target) {
			out = append(out, d)
		}
	}
	return out
}

func (d door) connects() front {
	return front{
		does: "connects", service: d.service,
		says: fmt.Sprintf("Service %s takes connections", d.service),
		step: fmt.Sprintf("    tcp: {address: %q}\n", d.address),
	}
}

// A podPort is a TCP port that a container declares.
type podPort struct{ name, number string }

func portsOf(o manifest.Object) []podPort {
	var out []podPort
	for i := range containers(o) {
		out = append(out, portsOfContainer(o, i)...)
	}
	return out
}

func portsOfContainer(o manifest.Object, i int) []podPort {
	var out []podPort
	for _, p := range list(o, "spec", "template", "spec", "containers", i, "ports") {
		if isTCP(p) {
			out = append(out, podPort{text(p, "name"), text(p, "containerPort")})
		}
	}
	return out
}

// A probe is what the kubelet asks a container.
type probe struct {
	target, scheme, path string
	// asks reports whether a hook can ask the same by HTTP.
	asks bool
}

// probesOf are the probes that name a port: those of readiness first, because
// only ready pods stand behind a Service.
func probesOf(o manifest.Object) []probe {
	var out []probe
	for _, kind := range []string{"readinessProbe", "livenessProbe"} {
		for i := range containers(o) {
			for _, how := range []string{"httpGet", "tcpSocket", "grpc"} {
				if p, ok := probeOf(o, i, kind, how); ok {
					out = append(out, p)
				}
			}
		}
	}
	return out
}

func probeOf(o manifest.Object, i int, kind, how string) (probe, bool) {
	v, ok := o.Get("spec", "template", "spec", "containers", i, kind, how)
	if !ok {
		return probe{}, false
	}
	p := probe{target: text(v, "port"), scheme: strings.ToLower(firstOf(text(v, "scheme"), "http")), path: text(v, "path")}
	for _, c := range portsOfContainer(o, i) {
		if c.name == p.target {
			p.target = c.number
		}
	}
	if !strings.HasPrefix(p.path, "/") {
		p.path = "/" + p.path
	}
	fields, _ := v.(map[string]any)
	_, err := url.Parse(p.path)
	// With headers of its own, or another host, it may be answered otherwise.
	p.asks = how == "httpGet" && len(fields) > 0 && fields["httpHeaders"] == nil && text(v, "host") == "" && err == nil
	return p, isNumber(p.target)
}

func (p probe) reaches(d door) bool { return d.target == p.target }

// through asks what the kubelet asks, and takes what it takes: any status below
// 400, and any certificate.
func (p probe) through(d door) front {
	f := front{does: "answers", service: d.service, says: fmt.Sprintf("Service %s answers what the probe asks", d.service)}
	var b strings.Builder
	fmt.Fprintf(&b, "    http:\n      url: %q\n", p.scheme+"://"+d.address+p.path)
	if p.scheme == "https" {
		b.WriteString("      tls: {insecureSkipVerify: true} # as the probe, which takes any certificate\n")
	}
	b.WriteString("      expect: {status: [200-399]}\n")
	f.step = b.String()
	return f
}

// containers are those of o's pods.
func containers(o manifest.Object) []any { return list(o, "spec", "template", "spec", "containers") }

func list(o manifest.Object, path ...any) []any {
	v, _ := o.Get(path...)
	items, _ := v.([]any)
	return items
}

// text is a value of a mapping as text; "" if there is none.
func text(v any, key string) string {
	fields, _ := v.(map[string]any)
	if fields[key] == nil {
		return ""
	}
	return fmt.Sprint(fields[key])
}

// isTCP reports whether a port of a Service or a container is one of TCP, which
// it is unless it says otherwise.
func isTCP(port any) bool { return firstOf(text(port, "protocol"), "TCP") == "TCP" }

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
