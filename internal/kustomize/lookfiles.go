package kustomize

import (
	"bytes"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/konfig"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// fileFields are the fields of a kustomization that name one file, which kustomize
// always reads; [] is each item of a list.
var fileFields = [][]string{
	{"patches", "[]", "path"},
	{"patchesJson6902", "[]", "path"},
	{"patchesStrategicMerge", "[]"},
	{"replacements", "[]", "path"},
	{"configMapGenerator", "[]", "files", "[]"},
	{"configMapGenerator", "[]", "envs", "[]"},
	{"configMapGenerator", "[]", "env"},
	{"secretGenerator", "[]", "files", "[]"},
	{"secretGenerator", "[]", "envs", "[]"},
	{"secretGenerator", "[]", "env"},
	{"configurations", "[]"},
	{"crds", "[]"},
	{"openapi", "path"},
}

// lookAtFiles finds the files of a kustomization that are not there.
func (j *jail) lookAtFiles(name string, root *yaml.Node) error {
	for _, steps := range fileFields {
		if err := each(root, steps, "", func(at string, entry *yaml.Node) error {
			return j.lookAtFile(diag.Pos{File: name, Line: entry.Line, Col: entry.Column, Path: at}, entry)
		}); err != nil {
			return err
		}
	}
	return each(root, []string{"patchesJson6902", "[]"}, "", func(at string, entry *yaml.Node) error {
		if _, target := fieldOf(entry, "target"); target != nil {
			return nil
		}
		// Kustomize crashes.
		return j.found(diag.Pos{File: name, Line: entry.Line, Col: entry.Column, Path: at}.Problemf("want a target, got none"))
	})
}

// each calls do with every node that steps lead to, and the path of it.
func each(n *yaml.Node, steps []string, at string, do func(at string, n *yaml.Node) error) error {
	switch {
	case len(steps) == 0:
		return do(at, n)
	case steps[0] == "[]" && n.Kind == yaml.SequenceNode:
		for i, item := range n.Content {
			if err := each(item, steps[1:], fmt.Sprintf("%s[%d]", at, i), do); err != nil {
				return err
			}
		}
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == steps[0] {
				return each(n.Content[i+1], steps[1:], strings.TrimPrefix(at+"."+steps[0], "."), do)
			}
		}
	}
	return nil
}

// lookAtFile checks the name of one file. Generators may put the name that it will
// have before it.
func (j *jail) lookAtFile(at diag.Pos, entry *yaml.Node) error {
	_, name, named := strings.Cut(entry.Value, "=")
	if !named || !strings.Contains(at.Path, ".files[") {
		name = entry.Value
	}
	if entry.Kind != yaml.ScalarNode || name == "" || strings.ContainsAny(name, "=\n") || mayBeObject(name) {
		return nil // a patch in place of a file, or kustomize has its own words for it
	}
	if strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") {
		if j.opts.AllowRemote {
			return nil
		}
		return j.found(remoteProblem(at, name))
	}
	target := j.target(at.File, name)
	j.uses.note(j, target, !strings.HasPrefix(at.Path, "configMapGenerator[") && !strings.HasPrefix(at.Path, "secretGenerator["))
	if err := j.lookInside(at, name, target, "a file"); err != nil {
		return err
	}
	if j.IsDir(target) {
		return j.found(at.Problemf("want a file, got %q, a directory", name))
	}
	return j.lookBelow(at, name, target)
}

// lookInside checks that there is something at a path in the repository.
func (j *jail) lookInside(at diag.Pos, name, target, want string) error {
	if _, err := j.inside(target); err != nil {
		return j.found(at.Problemf("want a path in the repository, got %q, which is outside", name))
	}
	if j.Exists(target) {
		return nil
	}
	if _, err := filepath.EvalSymlinks(target); err == nil {
		return j.found(at.Problemf("want a path in the repository, got %q, a symlink that leads elsewhere", name))
	}
	missing := at.Problemf("want %s, got %q, which does not exist", want, name)
	if module := j.emptySubmodule(target); module != "" {
		missing = missing.WithHint("%s is a submodule that is not checked out: git submodule update --init", module)
	}
	return j.found(missing)
}

// refuseGrowth refuses a file that a few aliases make very large: kustomize copies
// what each of them stands for.
func (j *jail) refuseGrowth(name string, data []byte) error {
	if j.uses.areText(name) || bytes.IndexByte(data, '&') < 0 || bytes.IndexByte(data, '*') < 0 {
		return nil
	}
	at := 0
	for _, sep := range append(separator.FindAllIndex(data, -1), []int{len(data), len(data)}) {
		if manifest.Grows(data[at:sep[0]]) {
			line := 1 + bytes.Count(data[:at], []byte("\n"))
			return j.found(diag.Pos{File: name, Line: line, Col: 1}.Problemf("want a document that its aliases do not make far larger, got one"))
		}
		at = sep[1]
	}
	return nil
}

// uses say of files whether something reads them as YAML. What generators make
// objects of is text, whatever it looks like. Keys are slash paths in the repository.
type uses map[string]bool

// note notes one use of the file at a path.
func (u uses) note(j *jail, target string, isYAML bool) {
	names := []string{target}
	if dir, file, err := j.CleanedAbs(target); err == nil {
		names = append(names, dir.Join(file))
	}
	for _, name := range names {
		if relative, err := j.inside(name); err == nil {
			u[filepath.ToSlash(relative)] = u[filepath.ToSlash(relative)] || isYAML
		}
	}
}

// areText reports whether a file is only known as the text of generators. A
// kustomization may be both.
func (u uses) areText(name string) bool {
	isYAML, isKnown := u[name]
	return isKnown && !isYAML && !slices.Contains(konfig.RecognizedKustomizationFileNames(), path.Base(name))
}
