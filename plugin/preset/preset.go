// Package preset turns the presets that a policy uses into plain policy.
//
// It knows the embedded folders, one for each preset, and how to find inputs in
// rendered objects. It knows nothing about what a preset says: no system is
// named in its Go files. It reads no file itself; whoever calls it says how.
package preset

import (
	"embed"
	"fmt"
	"path"

	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

//go:embed */preset.yaml
var files embed.FS

// Names lists the built-in presets, sorted.
func Names() []string {
	entries, _ := files.ReadDir(".") // the root of an embedded tree is always there
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = e.Name()
	}
	return out
}

// Text returns the file of a built-in preset. A name that is not one of Names is
// an error.
func Text(name string) ([]byte, error) {
	if path.Base(name) != name {
		return nil, fmt.Errorf("no preset is called %q", name)
	}
	data, err := files.ReadFile(name + "/preset.yaml")
	if err != nil {
		return nil, fmt.Errorf("no preset is called %q", name)
	}
	return data, nil
}

// Load reads a built-in preset. A name that is not one of Names is an error.
func Load(name string) (policy.Preset, error) {
	data, err := Text(name)
	if err != nil {
		return policy.Preset{}, err
	}
	return policy.ParsePreset("built-in/"+name+"/preset.yaml", data)
}
