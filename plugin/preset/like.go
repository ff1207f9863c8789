package preset

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// called is the preset whose name an image has; an image that is called server is
// that of who makes it.
func called(image string) string {
	name, _, _ := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], "@")
	name, _, _ = strings.Cut(name, ":")
	for _, known := range Names() {
		if name == known || name == "server" && strings.HasSuffix(path.Dir(image), known) {
			return known
		}
	}
	return ""
}

// Like returns the built-in preset that an image is called like, and the labels
// that its workload must have for the preset to know it; "" if there is none. An
// image says less than a chart promises: it is a hint for people.
func Like(image string) (name, labels string) {
	name = called(image)
	if name == "" {
		return "", ""
	}
	p, err := Load(name)
	if err != nil {
		return "", ""
	}
	for _, sel := range p.Detect {
		if sel.LabelSelector != "" {
			return name, sel.LabelSelector
		}
	}
	return "", ""
}

// Parts says by which labels a built-in preset tells the workloads of its system
// apart, such as a server and a worker, beside those that it knows all of them by;
// "" where it does not.
func Parts(name string) string {
	p, err := Load(name)
	if err != nil {
		return ""
	}
	keys, values := partsOf(p)
	texts := make([]string, len(keys))
	for i, key := range keys {
		texts[i] = fmt.Sprintf("%s (%s)", key, strings.Join(values[key], ", "))
	}
	return strings.Join(texts, " and ")
}

// partsOf are the labels that inputs look for in workloads and detect does not,
// in the order of the inputs.
func partsOf(p policy.Preset) (keys []string, values map[string][]string) {
	values = map[string][]string{}
	for _, in := range p.Inputs {
		if in.Find == nil || in.Find.Select.Group != "apps" {
			continue
		}
		wanted, _ := parseSelector(in.Find.Select.LabelSelector) // the cases of the preset have used it
		for _, r := range wanted {
			if r.not || len(r.values) != 1 || detects(p, r.key) || slices.Contains(values[r.key], r.values[0]) {
				continue
			}
			if values[r.key] == nil {
				keys = append(keys, r.key)
			}
			values[r.key] = append(values[r.key], r.values[0])
		}
	}
	return keys, values
}

// detects reports whether the preset is recognised by the label.
func detects(p policy.Preset, key string) bool {
	return slices.ContainsFunc(p.Detect, func(sel policy.Select) bool {
		wanted, _ := parseSelector(sel.LabelSelector)
		return slices.ContainsFunc(wanted, func(r requirement) bool { return r.key == key })
	})
}
