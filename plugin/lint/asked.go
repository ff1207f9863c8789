package lint

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// An address is what a hook of ours asks: a host, or the pods that a selector
// chooses.
type address struct{ host, port, selector, namespace string }

// urlKeys and hostKeys are the keys of steps that say where to ask, as a URL and as
// host:port.
var (
	urlKeys  = []string{"url", "pushURL", "endpoint"}
	hostKeys = []string{"address", "service"}
	// freeKeys are those of mappings whose keys are anybody's.
	freeKeys = []string{"headers", "labels", "json"}
)

// asked are the addresses that the steps of a hook of ours ask, each once.
func asked(hook manifest.Object) []address {
	args := listAt(hook, along(podSpec(hook), "containers", 0, "args")...)
	i := slices.Index(args, any("--spec"))
	if i < 0 || i+1 >= len(args) {
		return nil
	}
	text, _ := args[i+1].(string)
	var spec map[string]any
	if yaml.Unmarshal([]byte(text), &spec) != nil {
		return nil
	}
	var out []address
	collect(spec["steps"], &out)
	slices.SortFunc(out, func(a, b address) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return slices.Compact(out)
}

// collect adds the addresses in v, whichever kind of step they are in.
func collect(v any, out *[]address) {
	switch v := v.(type) {
	case []any:
		for _, entry := range v {
			collect(entry, out)
		}
	case map[string]any:
		*out = append(*out, addressesOf(v)...)
		for key, value := range v {
			if !slices.Contains(freeKeys, key) {
				collect(value, out)
			}
		}
	}
}

// addressesOf are those that a step, or a part of one, says itself.
func addressesOf(step map[string]any) []address {
	var out []address
	for _, key := range urlKeys {
		out = append(out, addressOf(textAt(step, key)))
	}
	for _, key := range hostKeys {
		host, port, _ := strings.Cut(textAt(step, key), ":")
		out = append(out, address{host: host, port: port})
	}
	out = slices.DeleteFunc(out, func(a address) bool { return a.host == "" })
	pods, perPod := podsOf(step)
	switch {
	case !perPod:
		return out
	case pods.selector == "" || len(out) == 0:
		return nil
	case pods.port == "":
		pods.port = out[0].port
	}
	return []address{pods}
}

// podsOf are the pods that a step asks instead of its host. An operator's, which
// nobody renders, have no selector here.
func podsOf(step map[string]any) (pods address, perPod bool) {
	namespace, _ := step["namespace"].(string)
	if own, ok := step["perPod"].(map[string]any); ok && own["enabled"] != false {
		return address{selector: textAt(own, "selector"), namespace: textAt(own, "namespace"), port: number(own["port"])}, true
	}
	if selector := textAt(step, "pods"); selector != "" {
		return address{selector: selector, namespace: namespace, port: number(step["podPort"])}, true
	}
	return address{}, textAt(step, "operated") != ""
}

// number is a port as text; "" where there is none.
func number(v any) string {
	if v == nil || v == 0 {
		return ""
	}
	return fmt.Sprint(v)
}

// addressOf is where a URL leads; nowhere if it is none.
func addressOf(text string) address {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return address{}
	case u.Port() != "":
		return address{host: u.Hostname(), port: u.Port()}
	case strings.EqualFold(u.Scheme, "https"):
		return address{host: u.Hostname(), port: "443"}
	}
	return address{host: u.Hostname(), port: "80"}
}

// selects reports whether the pods of o are among those that a asks, as far as its
// selector asks for one value of each label.
func (a address) selects(o manifest.Object) bool {
	for _, requirement := range strings.Split(a.selector, ",") {
		key, value, ok := strings.Cut(requirement, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(strings.TrimPrefix(value, "="))
		if got, _ := o.Get("spec", "template", "metadata", "labels", key); !ok || got != value {
			return false
		}
	}
	return true
}
