package lint

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// asked is what a hook of ours asks by the name of a Service. Steps that ask pods
// by themselves are left out.
type asked struct {
	HTTP *struct {
		URL    string    `yaml:"url"`
		PerPod yaml.Node `yaml:"perPod"`
	} `yaml:"http"`
	TCP, TLS *struct {
		Address string `yaml:"address"`
	}
}

// closedPort: a request to a port that a Service does not have is dropped rather
// than refused, so that the hook waits until it gives up, in every sync.
func closedPort(app *App) []diag.Problem {
	var out []diag.Problem
	for _, o := range app.Objects {
		if !isHookJob(o) {
			continue
		}
		for _, address := range addresses(o) {
			service, port, ok := app.serviceAt(address, app.home(o.Ref()))
			if !ok || hasPort(service, port) {
				continue
			}
			out = append(out, o.Origin().
				Warningf("%s: want a port that %s has, got %s (%s): the hook waits for it until it gives up", called(o), service.Ref(), port, portsOf(service)).
				WithHint("put the port on the Service, or ask the pods themselves (perPod of an http step)"))
		}
	}
	return out
}

// addresses are the hosts and ports that the steps of a Job of ours ask, each
// once.
func addresses(job manifest.Object) []string {
	args := listAt(job, "spec", "template", "spec", "containers", 0, "args")
	i := slices.Index(args, any("--spec"))
	if i < 0 || i+1 >= len(args) {
		return nil
	}
	text, _ := args[i+1].(string)
	var spec struct{ Steps []asked }
	if yaml.Unmarshal([]byte(text), &spec) != nil {
		return nil
	}
	var out []string
	for _, s := range spec.Steps {
		switch {
		case s.HTTP != nil && s.HTTP.PerPod.IsZero():
			out = append(out, hostAndPort(s.HTTP.URL))
		case s.TCP != nil:
			out = append(out, s.TCP.Address)
		case s.TLS != nil:
			out = append(out, s.TLS.Address)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// hostAndPort is where a URL leads; "" if it leads nowhere.
func hostAndPort(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return ""
	case u.Port() != "":
		return u.Host
	case u.Scheme == "https":
		return u.Host + ":443"
	}
	return u.Host + ":80"
}

// serviceAt is the application's Service of a host, as a pod in the namespace
// finds it. One that only stands for pods or for another name is none: any port
// of those may answer.
func (app *App) serviceAt(address, namespace string) (service manifest.Object, port string, ok bool) {
	host, port, _ := strings.Cut(address, ":")
	parts := strings.Split(strings.TrimSuffix(host, ".cluster.local"), ".")
	if host == "" || len(parts) > 3 || len(parts) == 3 && parts[2] != "svc" {
		return manifest.Object{}, "", false
	}
	if len(parts) > 1 {
		namespace = parts[1]
	}
	for _, o := range app.Objects {
		if r := o.Ref(); r.Is("", "Service") && r.Name == parts[0] && app.home(r) == namespace {
			return o, port, o.Text("spec", "clusterIP") != "None" && o.Text("spec", "type") != "ExternalName"
		}
	}
	return manifest.Object{}, "", false
}

func hasPort(service manifest.Object, port string) bool {
	return slices.ContainsFunc(listAt(service, "spec", "ports"), func(p any) bool { return fmt.Sprint(mapping(p)["port"]) == port })
}

// portsOf says which ports a Service has.
func portsOf(service manifest.Object) string {
	var out []string
	for _, p := range listAt(service, "spec", "ports") {
		text := fmt.Sprint(mapping(p)["port"])
		if name := textAt(p, "name"); name != "" {
			text += " " + name
		}
		out = append(out, text)
	}
	if out == nil {
		return "it has none"
	}
	return "it has " + strings.Join(out, ", ")
}
