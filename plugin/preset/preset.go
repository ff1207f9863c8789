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
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
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

// Unknown reports the uses of built-in presets that there are none of, for a
// policy that has other mistakes: Expand would report them, but is not reached.
func Unknown(uses []policy.PresetUse) []diag.Problem {
	var out []diag.Problem
	for _, use := range uses {
		if use.Name != "" && !slices.Contains(Names(), use.Name) {
			out = append(out, unknown(use))
		}
	}
	return out
}

func unknown(use policy.PresetUse) diag.Problem {
	return at(use, "name").Problemf("unknown preset %q", use.Name).WithHint("%s", strict.Suggest(use.Name, Names(), "presets"))
}
