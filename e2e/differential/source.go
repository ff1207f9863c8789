package main

import (
	"errors"
	"io/fs"
	"os"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"k8s.io/apimachinery/pkg/runtime"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/yaml"
)

// A told is what Argo CD is told about a source.
type told struct {
	source v1alpha1.ApplicationSource
	build  string // options of kustomize build
}

// sourceOf reads the source of a policy, if there is one, for Argo CD, and as a
// policy that has nothing else. Names are the same but for those that Argo CD
// has no field for.
func sourceOf(file string) (told, []byte, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return told{}, nil, nil
	}
	if err != nil {
		return told{}, nil, err
	}
	var pol struct {
		Source map[string]any `yaml:"source"`
	}
	// Not as Kubernetes reads YAML, for which the text n is false.
	if err := kyaml.Unmarshal(text, &pol); err != nil {
		return told{}, nil, err
	}
	var t told
	if pol.Source != nil {
		if t, err = tell(pol.Source); err != nil {
			return told{}, nil, err
		}
	}
	options, err := yaml.Marshal(map[string]any{
		"apiVersion": "safesync/v1alpha1", "kind": "Policy", "record": false, "source": orEmpty(pol.Source), "allowEmpty": true,
	})
	return t, options, err
}

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// tell turns a policy's source into Argo CD's.
func tell(source map[string]any) (told, error) {
	var t told
	text, err := yaml.Marshal(source)
	if err != nil {
		return t, err
	}
	var options struct {
		Directory *v1alpha1.ApplicationSourceDirectory `json:"directory"`
		Kustomize *v1alpha1.ApplicationSourceKustomize `json:"kustomize"`
		Helm      *struct {
			v1alpha1.ApplicationSourceHelm `json:",inline"`
			Values                         map[string]any `json:"values"`
		} `json:"helm"`
	}
	if err := yaml.Unmarshal(text, &options); err != nil {
		return t, err
	}
	t.source.Directory, t.source.Kustomize = options.Directory, options.Kustomize
	if h := options.Helm; h != nil {
		t.source.Helm = &h.ApplicationSourceHelm
		if h.Values != nil {
			raw, err := yaml.Marshal(h.Values)
			if err != nil {
				return t, err
			}
			if raw, err = yaml.YAMLToJSON(raw); err != nil {
				return t, err
			}
			t.source.Helm.ValuesObject = &runtime.RawExtension{Raw: raw}
		}
	}
	t.build = buildOptions(source)
	return t, nil
}

// buildOptions are those that Argo CD's own configuration has for kustomize.
func buildOptions(source map[string]any) string {
	k, _ := source["kustomize"].(map[string]any)
	out := ""
	if k["enableHelm"] == true {
		out += " --enable-helm"
	}
	if k["loadRestrictor"] == "none" {
		out += " --load-restrictor LoadRestrictionsNone"
	}
	return out
}
