package kustomize

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/types"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
)

// unknownFieldText is how kustomize's decoder names a key that it does not know.
var unknownFieldText = regexp.MustCompile(`json: unknown field "([^"]*)"`)

// unknownKey finds the key that kustomize's decoder did not know. It gives up at
// the first one, so that it stands in the kustomization that was read last.
func (j *jail) unknownKey(err error) (p diag.Problem, ok bool) {
	match := unknownFieldText.FindStringSubmatch(err.Error())
	if match == nil || len(j.seen) == 0 {
		return p, false
	}
	last := j.seen[len(j.seen)-1]
	var doc yaml.Node
	if yaml.Unmarshal(last.data, &doc) != nil || len(doc.Content) == 0 {
		return p, false
	}
	key, path := findKey(doc.Content[0], match[1], "")
	if key == nil {
		return p, false
	}
	if at, kind := fieldOf(doc.Content[0], "kind"); kind != nil && kind.Value != types.KustomizationKind && kind.Value != types.ComponentKind {
		return diag.Pos{File: last.name, Line: at.Line, Col: at.Column, Path: "kind"}.
			Problemf("want %s or %s, got %q", types.KustomizationKind, types.ComponentKind, kind.Value), true
	}
	if at, version := fieldOf(doc.Content[0], "apiVersion"); version != nil && !strings.HasPrefix(version.Value, "kustomize.config.k8s.io/") {
		return diag.Pos{File: last.name, Line: at.Line, Col: at.Column, Path: "apiVersion"}.
			Problemf("want a kustomization, of %s, got %q", types.KustomizationVersion, version.Value), true
	}
	p = diag.Pos{File: last.name, Line: key.Line, Col: key.Column, Path: path}.Problemf("unknown key")
	if near := strict.Suggest(key.Value, kustomizationKeys(), ""); path == key.Value && near != "" {
		p = p.WithHint("%s", near)
	}
	return p, true
}

// findKey returns the first key of a name, those of the outermost mapping first,
// and its path.
func findKey(n *yaml.Node, name, at string) (key *yaml.Node, path string) {
	below := func(step string) string { return strings.TrimPrefix(at+step, ".") }
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				return n.Content[i], below("." + name)
			}
		}
	}
	for i, child := range n.Content {
		step := fmt.Sprintf("[%d]", i)
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			step = "." + n.Content[i-1].Value
		}
		if key, path := findKey(child, name, below(step)); key != nil {
			return key, path
		}
	}
	return nil, ""
}

// kustomizationKeys are the keys of a kustomization.
func kustomizationKeys() (keys []string) {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[types.Kustomization]()) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
			keys = append(keys, name)
		}
	}
	return keys
}
