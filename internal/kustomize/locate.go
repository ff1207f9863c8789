package kustomize

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
)

// at is a place to say things at.
type at struct{ diag.Pos }

// notYAML says why a file is no YAML; line is empty if that is not known.
func (a at) notYAML(line, reason string) diag.Problem {
	if n, err := strconv.Atoi(line); err == nil {
		a.Line, a.Col = n, 1
	}
	if strings.HasPrefix(reason, "unknown anchor") { // its name may be a secret without quotes
		return a.Problemf("want YAML: an alias has no anchor").WithHint("put a text that begins with * into quotes")
	}
	return a.Problemf("want YAML: %s", reason)
}

// noObject says what the first document of a file that is no object lacks.
func (a at) noObject(j *jail) diag.Problem {
	for _, doc := range j.documents(a.File) {
		var o struct {
			APIVersion string `yaml:"apiVersion"`
			patched    `yaml:",inline"`
		}
		a.Line, a.Col = doc.Line, doc.Column
		switch {
		case doc.Kind == yaml.SequenceNode:
			return a.Problemf("want an object with apiVersion, kind and metadata.name, got a list")
		case doc.Kind == yaml.ScalarNode && doc.Tag != "!!null":
			return a.Problemf("want an object with apiVersion, kind and metadata.name, got a single value")
		case doc.Kind != yaml.MappingNode:
		case doc.Decode(&o) != nil:
			return a.Problemf("want text as apiVersion, kind and metadata.name, got something else")
		case o.Kind == "":
			return a.Problemf("want an object with apiVersion, kind and metadata.name, got one without kind")
		case o.Metadata.Name == "" && !strings.HasSuffix(o.Kind, "List"):
			return a.Problemf("want an object with apiVersion, kind and metadata.name, got a %s without metadata.name", o.Kind)
		}
	}
	a.Line, a.Col = 0, 0
	return a.Problemf("want objects with apiVersion, kind and metadata.name, got one without")
}

// find returns the place of the first node that steps lead to in a kustomization
// that was read and that fits: that of the last one read goes first. Without one it
// is the kustomization that was asked for.
func (j *jail) find(fits func(file string, n *yaml.Node) bool, steps ...string) diag.Pos {
	for _, f := range slices.Backward(j.seen) {
		var doc yaml.Node
		if yaml.Unmarshal(f.data, &doc) != nil || len(doc.Content) == 0 {
			continue
		}
		var found diag.Pos
		_ = each(doc.Content[0], steps, "", func(at string, n *yaml.Node) error {
			if found.File == "" && fits(f.name, n) {
				found = diag.Pos{File: f.name, Line: n.Line, Col: n.Column, Path: at}
			}
			return nil
		})
		if found.File != "" {
			return found
		}
	}
	return diag.Pos{File: j.kustomization()}
}

// entry is the place of a text that steps lead to.
func (j *jail) entry(text string, steps ...string) diag.Pos {
	return j.find(func(_ string, n *yaml.Node) bool { return n.Value == text }, steps...)
}

// generatorEntry is the place of a text in a generator of Secrets or ConfigMaps.
func (j *jail) generatorEntry(text string, steps ...string) (found diag.Pos) {
	for _, field := range []string{"secretGenerator", "configMapGenerator"} {
		if found = j.entry(text, append([]string{field, "[]"}, steps...)...); found.Line > 0 {
			break
		}
	}
	return found
}

// file is the file that an entry names.
func (j *jail) file(of diag.Pos, name string) at {
	return at{diag.Pos{File: path.Join(path.Dir(of.File), name)}}
}

// lastKustomization is the file that was read last.
func (j *jail) lastKustomization() diag.Pos {
	if len(j.seen) == 0 {
		return diag.Pos{File: j.kustomization()}
	}
	return diag.Pos{File: j.seen[len(j.seen)-1].name}
}

// keyIn is the place of a key in the kustomization that was read last.
func (j *jail) keyIn(name string) diag.Pos {
	at := j.lastKustomization()
	at.Path = name
	var doc yaml.Node
	if len(j.seen) > 0 && yaml.Unmarshal(j.seen[len(j.seen)-1].data, &doc) == nil && len(doc.Content) > 0 {
		if key, way := findKey(doc.Content[0], name, ""); key != nil {
			at.Line, at.Col, at.Path = key.Line, key.Column, way
		}
	}
	return at
}

// otherKind is about a value of a kustomization that is of another kind than wanted.
func (j *jail) otherKind(m []string) diag.Problem {
	got := map[string]string{"string": "text", "number": "a number", "bool": "true or false", "object": "a mapping", "array": "a list"}[m[1]]
	want := "a mapping"
	switch {
	case strings.HasPrefix(m[3], "[]"), strings.HasSuffix(m[3], "Slice"):
		want = "a list"
	case strings.HasPrefix(m[3], "int"), strings.HasPrefix(m[3], "uint"):
		want = "a whole number"
	case m[3] == "string":
		want = "text"
	case m[3] == "bool":
		want = "true or false"
	}
	p := j.keyIn(m[2]).Problemf("want %s, got %s", want, got)
	if want == "text" && got != "a mapping" && got != "a list" {
		return p.WithHint("put it into quotes")
	}
	return p
}

// noLiteral finds the literal without a key.
func (j *jail) noLiteral([]string) (p diag.Problem) {
	for _, field := range []string{"secretGenerator", "configMapGenerator"} {
		p = j.find(func(_ string, n *yaml.Node) bool { return !strings.Contains(n.Value, "=") }, field, "[]", "literals", "[]").
			Problemf("want key=value, got a text without =")
		if p.Line > 0 {
			return p
		}
	}
	return p
}

// patch is the place of the first patch that fits.
func (j *jail) patch(fits func(patch *yaml.Node) bool) diag.Pos {
	if at, ok := j.culprit.patch(); ok {
		return at
	}
	read := func(file string, n *yaml.Node) bool {
		text := []byte(n.Value)
		target := j.target(file, n.Value)
		if !strings.ContainsAny(n.Value, "\n{") && j.Exists(target) {
			text, _ = j.ReadFile(filepath.Clean(target))
		}
		var doc yaml.Node
		if yaml.Unmarshal(text, &doc) != nil || len(doc.Content) == 0 {
			return fits(&yaml.Node{})
		}
		return fits(doc.Content[0])
	}
	for _, steps := range [][]string{{"patches", "[]", "patch"}, {"patches", "[]", "path"}, {"patchesStrategicMerge", "[]"}, {"patchesJson6902", "[]", "patch"}, {"patchesJson6902", "[]", "path"}} {
		if found := j.find(read, steps...); found.Line > 0 {
			return found
		}
	}
	return diag.Pos{File: j.kustomization()}
}

// patchWith is the place of the first patch with this many texts.
func (j *jail) patchWith(texts int) diag.Pos {
	return j.find(func(_ string, n *yaml.Node) bool {
		given := 0
		for i := 0; i+1 < len(n.Content); i += 2 {
			if key := n.Content[i].Value; key == "path" || key == "patch" {
				given++
			}
		}
		return given == texts
	}, "patches", "[]")
}

// A patched is what a patch says of the object that it is for.
type patched struct {
	Kind     string `yaml:"kind"`
	Metadata struct {
		Name string `yaml:"name"`
	} `yaml:"metadata"`
}

func (j *jail) patchOfNothing(m []string) diag.Problem {
	kind, _, _ := strings.Cut(m[1], ".")
	p := j.patch(func(n *yaml.Node) bool {
		var p patched
		return n.Decode(&p) == nil && p.Kind == kind && p.Metadata.Name == nameOf(m[1])
	}).Problemf("want a patch of an object that is there, got one of %s%s", objectOf(m[1]), j.patchFile())
	own := ""
	if file := strings.TrimPrefix(j.patchFile(), " in "); file != "" {
		own = path.Join(path.Dir(j.culprit.at.File), file)
	}
	if file, known := j.origins.files[identity{kind, nameOf(m[1])}]; known && file != own {
		return p.WithHint("%s has one of this kind and name: compare apiVersion and namespace", path.Base(file))
	}
	var names []string
	for id, file := range j.origins.files {
		if id.kind == kind && file != own {
			names = append(names, id.name)
		}
	}
	slices.Sort(names)
	if near := strict.Suggest(nameOf(m[1]), names, ""); near != "" {
		p = p.WithHint("%s", near)
	}
	return p
}

func (j *jail) noPatch([]string) diag.Problem {
	if file := strings.TrimPrefix(j.patchFile(), " in "); file != "" {
		file = path.Join(path.Dir(j.culprit.at.File), file)
		data, err := j.ReadFile(filepath.Join(j.root, filepath.FromSlash(file)))
		if m := yamlText.FindStringSubmatch(fmt.Sprint(yaml.Unmarshal(data, new(yaml.Node)))); err == nil && m != nil {
			return at{diag.Pos{File: file}}.notYAML(m[1], m[2])
		}
	}
	return j.patch(func(n *yaml.Node) bool {
		var p patched
		return n.Kind != yaml.SequenceNode && (n.Decode(&p) != nil || p.Kind == "" || p.Metadata.Name == "")
	}).Problemf("want a patch, got something else").
		WithHint("it is an object with apiVersion, kind and metadata.name, or a list of JSON Patch operations")
}

// An operation is one of a JSON Patch.
type operation struct{ Op, Path, From string }

// operation is the place of a patch with an operation that fits.
func (j *jail) operation(fits func(operation) bool) diag.Pos {
	return j.patch(func(n *yaml.Node) bool {
		var all []operation
		return n.Decode(&all) == nil && slices.ContainsFunc(all, fits)
	})
}
