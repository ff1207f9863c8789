package kustomize

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/kyaml/resid"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// ownPlugins are the plugins that are a part of kustomize.
var ownPlugins = []string{
	"AnnotationsTransformer", "ConfigMapGenerator", "HashTransformer", "HelmChartInflationGenerator", "IAMPolicyGenerator", "ImageTagTransformer",
	"LabelTransformer", "NamespaceTransformer", "PatchJson6902Transformer", "PatchStrategicMergeTransformer", "PatchTransformer",
	"PrefixTransformer", "ReplacementTransformer", "ReplicaCountTransformer", "SecretGenerator", "SortOrderTransformer", "SuffixTransformer", "ValueAddTransformer",
}

// place is the culprit's, or that of the kustomization that was asked for.
func (j *jail) place() diag.Pos {
	if j.culprit != nil {
		return j.culprit.at
	}
	return diag.Pos{File: j.kustomization()}
}

// given is what the culprit has for a key.
func (j *jail) given(key string) string {
	if j.culprit != nil {
		if _, value := fieldOf(j.culprit.node, key); value != nil {
			return fmt.Sprintf("%q", value.Value)
		}
	}
	return "none"
}

func article(op string) string {
	if op == "add" {
		return "an add"
	}
	return "a " + op
}

// operationAt is the place of a patch with an operation at a path.
func (j *jail) operationAt(at string) diag.Pos {
	return j.operation(func(op operation) bool { return op.Path == at })
}

// nothingAt is about an operation of a patch at a path where there is nothing.
func (j *jail) nothingAt(at, op string) diag.Problem {
	if op == "add" {
		op = "add to"
	}
	return j.operation(func(o operation) bool { return o.Path == at || o.From == at }).
		Problemf("want a path that %s has, got %q%s, where there is nothing to %s", j.targets(), at, j.patchFile(), op)
}

// patchFile names the culprit's file, if the patch is in one.
func (j *jail) patchFile() string {
	switch {
	case j.culprit == nil:
	case j.culprit.node.Kind == yaml.MappingNode:
		if _, file := fieldOf(j.culprit.node, "path"); file != nil {
			return " in " + file.Value
		}
	case !strings.ContainsAny(j.culprit.node.Value, "\n{"):
		return " in " + j.culprit.node.Value
	}
	return ""
}

// targets names the object that the culprit's target selects.
func (j *jail) targets() string {
	const unknown = "its target"
	if j.culprit == nil {
		return unknown
	}
	var selector struct {
		Target struct{ Kind, Name string }
	}
	if j.culprit.node.Decode(&selector) != nil {
		return unknown
	}
	kind, name := selector.Target.Kind, selector.Target.Name
	if kind != "" && name != "" && regexp.QuoteMeta(kind+name) == kind+name {
		return fmt.Sprintf("%s %q", kind, name)
	}
	var found []identity
	for id := range j.origins.files {
		if matches(kind, id.kind) && matches(name, id.name) {
			found = append(found, id)
		}
	}
	if len(found) != 1 {
		return unknown
	}
	return fmt.Sprintf("%s %q", found[0].kind, found[0].name)
}

func matches(pattern, text string) bool {
	re, err := regexp.Compile("^(?:" + pattern + ")$")
	return pattern == "" || err == nil && re.MatchString(text)
}

// variable is the place of a var, its object and its field.
func (j *jail) variable(name string) (at diag.Pos, object, field string) {
	var v struct {
		Name     string
		ObjRef   struct{ Kind, Name string }
		FieldRef struct{ FieldPath string }
	}
	at = j.find(func(_ string, n *yaml.Node) bool { return n.Decode(&v) == nil && v.Name == name }, "vars", "[]")
	return at, fmt.Sprintf("%s %q", v.ObjRef.Kind, v.ObjRef.Name), v.FieldRef.FieldPath
}

// again is about an object that is there already.
func (j *jail) again(m []string) diag.Problem {
	at := j.place()
	kind, _, _ := strings.Cut(m[1], ".")
	first := j.origins.of(resid.ResId{Gvk: resid.Gvk{Kind: kind}, Name: nameOf(m[1])})
	if j.culprit == nil || first == "" {
		return at.Problemf("want each object once, got %s again", objectOf(m[1]))
	}
	entry := j.culprit.node.Value
	own := path.Join(path.Dir(at.File), entry)
	switch relative, err := filepath.Rel(path.Dir(at.File), first); {
	case strings.HasPrefix(first, own+"/"):
		return at.Problemf("want each object once, got %s again in %q: an entry before has it too", objectOf(m[1]), entry)
	case err == nil && own != first:
		return at.Problemf("want each object once, got %s in %q, which is in %q too", objectOf(m[1]), entry, filepath.ToSlash(relative))
	case j.isEntryBefore(own):
		return at.Problemf("want each object once, got %s again: %q is an entry already", objectOf(m[1]), entry)
	}
	return at.Problemf("want each object once, got %s twice in %q", objectOf(m[1]), entry)
}

// isEntryBefore reports whether a file is an entry before the culprit.
func (j *jail) isEntryBefore(file string) (found bool) {
	at := j.find(func(name string, n *yaml.Node) bool {
		return name == j.culprit.at.File && path.Join(path.Dir(name), n.Value) == file
	}, j.culprit.field, "[]")
	return at.File == j.culprit.at.File && at.Line > 0 && at.Path != j.culprit.at.Path
}

// inObject is the place of a field of an object that was read, or of what is in its
// place; without one it is the culprit's.
func (j *jail) inObject(id, field string) diag.Pos {
	kind, _, _ := strings.Cut(id, ".")
	dotted := strings.ReplaceAll(field, "/", ".")
	files := slices.Sorted(maps.Keys(j.uses))
	if file, known := j.origins.files[identity{kind, nameOf(id)}]; known {
		files = []string{file}
	}
	for _, file := range files {
		for _, doc := range j.documents(file) {
			var p patched
			if doc.Decode(&p) == nil && p.Kind == kind && p.Metadata.Name == nameOf(id) {
				node := deepest(doc, strings.Split(strings.ReplaceAll(field, "[]", ""), "/"))
				return diag.Pos{File: file, Line: node.Line, Col: node.Column, Path: dotted}
			}
		}
	}
	at := j.place()
	at.Path = dotted
	return at
}

// deepest is the last node that there is on a way.
func deepest(node *yaml.Node, way []string) *yaml.Node {
	for _, step := range way {
		_, next := fieldOf(node, step)
		if next == nil {
			break
		}
		node = next
	}
	return node
}

// documents are those of a file that are YAML, up to the first that is not.
func (j *jail) documents(file string) (docs []*yaml.Node) {
	data, err := j.ReadFile(filepath.Join(j.root, filepath.FromSlash(file)))
	if err != nil {
		return nil
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(data)))
	for {
		var doc yaml.Node
		if decoder.Decode(&doc) != nil {
			return docs
		}
		docs = append(docs, doc.Content...)
	}
}

// repeated is the place of the first key of a file that a mapping has twice.
func (j *jail) repeated(file string) (key *yaml.Node) {
	var walk func(n *yaml.Node) bool
	walk = func(n *yaml.Node) bool {
		seen := map[string]bool{}
		for i, child := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 0 {
				if seen[child.Value] {
					key = child
					return true
				}
				seen[child.Value] = true
			}
			if walk(child) {
				return true
			}
		}
		return false
	}
	for _, doc := range j.documents(file) {
		if walk(doc) {
			break
		}
	}
	return key
}

// unwritten is about an object that cannot be written.
func (j *jail) unwritten(file, id string, err error) diag.Problem {
	at := diag.Pos{File: file}
	if key := j.repeated(file); key != nil && strings.Contains(err.Error(), "already defined") {
		at.Line, at.Col = key.Line, key.Column
		return at.Problemf("want each key once, got %q again in %s", key.Value, objectOf(id))
	}
	return at.Problemf("write %s: %v", objectOf(id), err)
}

// entryTo is the place and the text of an entry that leads to a directory.
func (j *jail) entryTo(dir, field string) (at diag.Pos, text string) {
	dir = strings.TrimPrefix(dir, j.root+string(filepath.Separator))
	at = j.find(func(file string, n *yaml.Node) bool {
		text = n.Value
		return j.isAt(j.target(file, n.Value), filepath.ToSlash(dir))
	}, field, "[]")
	return at, text
}

// configured is about a file of configurations or crds.
func (j *jail) configured(err error) (p diag.Problem, ok bool) {
	c := j.culprit
	if c == nil || c.field != "configurations" && c.field != "crds" || c.node.Kind != yaml.ScalarNode {
		return p, false
	}
	file := path.Join(path.Dir(c.at.File), c.node.Value)
	data, readErr := j.ReadFile(filepath.Join(j.root, filepath.FromSlash(file)))
	if readErr != nil {
		return p, false
	}
	j.seen = append(j.seen, seenFile{name: file, data: data})
	if m := unknownFieldText.FindStringSubmatch(err.Error()); m != nil {
		return j.keyIn(m[1]).Problemf("unknown key"), true
	}
	if m := otherKindText.FindStringSubmatch(err.Error()); m != nil {
		return j.otherKind(m), true
	}
	if m := yamlText.FindStringSubmatch(err.Error()); m != nil {
		return at{diag.Pos{File: file}}.notYAML(m[1], m[2]), true
	}
	return p, false
}

var (
	otherKindText = regexp.MustCompile(`cannot unmarshal (\w+) into Go (?:struct field \S*?(\w+)|value) of type (\S+)`)
	yamlText      = regexp.MustCompile(`yaml: (?:line (\d+): )?(.*)$`)
)
