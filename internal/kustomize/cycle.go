package kustomize

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// cycleText is in what kustomize says of a cycle; it does not say which entries make
// it.
const cycleText = "cycle detected: candidate root "

// cycle finds the entry because of which kustomize gave up.
func (j *jail) cycle(err error) (p diag.Problem, ok bool) {
	if !strings.Contains(err.Error(), cycleText) {
		return p, false
	}
	before := *j
	defer func() { *j = before }() // nothing of this counts as read
	j.edited = nil
	s := &cycleSearch{jail: j, done: map[string]bool{}}
	app := filepath.Join(j.root, filepath.FromSlash(j.opts.App))
	if dir, file, err := j.CleanedAbs(app); err == nil && file == "" && s.visit(dir) {
		return s.problem, true
	}
	for i, name := range j.opts.Edits.Components {
		if s.stack = []string{app}; s.follow(option("components[%d]", i), name, filepath.Join(app, filepath.FromSlash(name))) {
			return s.problem, true
		}
	}
	return diag.Pos{File: j.kustomization()}.Problemf("want kustomizations that do not lead back to themselves, got a cycle"), true
}

// A cycleSearch walks through kustomizations, in kustomize's order, to the first entry
// that leads back.
type cycleSearch struct {
	jail *jail
	// stack are the directories on the way to here.
	stack []string
	// done are those from which no way leads back.
	done    map[string]bool
	problem diag.Problem
}

// visit looks through the kustomization in a directory.
func (s *cycleSearch) visit(dir filesys.ConfirmedDir) bool {
	s.stack = append(s.stack, string(dir))
	defer func() { s.stack = s.stack[:len(s.stack)-1] }()
	file, data, _ := s.jail.kustomizationIn(dir)
	name, err := s.jail.inside(file)
	var doc yaml.Node
	if err != nil || yaml.Unmarshal(data, &doc) != nil || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return false
	}
	name = filepath.ToSlash(name)
	fields := doc.Content[0].Content
	for i := 0; i+1 < len(fields); i += 2 {
		if _, isPath := pathFields[fields[i].Value]; !isPath {
			continue
		}
		for n, entry := range fields[i+1].Content {
			at := diag.Pos{File: name, Line: entry.Line, Col: entry.Column, Path: fmt.Sprintf("%s[%d]", fields[i].Value, n)}
			if s.follow(at, entry.Value, s.jail.target(name, entry.Value)) {
				return true
			}
		}
	}
	s.done[string(dir)] = true
	return false
}

// follow looks where an entry leads. Kustomize takes a directory that contains one of
// those on the way for a way back too.
func (s *cycleSearch) follow(at diag.Pos, entry, target string) bool {
	dir, file, err := s.jail.CleanedAbs(target)
	if entry == "" || err != nil || file != "" {
		return false
	}
	back := slices.IndexFunc(s.stack, func(on string) bool {
		return on == string(dir) || strings.HasPrefix(on, string(dir)+string(filepath.Separator))
	})
	switch {
	case back < 0:
		return !s.done[string(dir)] && s.visit(dir)
	case s.stack[back] != string(dir):
		s.problem = at.Problemf("want a directory that contains none of the kustomizations that lead to it, got %q, which contains %s", entry, s.shown(s.stack[back]))
		return true
	}
	var way strings.Builder
	for _, step := range s.stack[back:] {
		way.WriteString(s.shown(step) + " -> ")
	}
	s.problem = at.Problemf("want a directory that does not lead back here, got %q: %s%s", entry, &way, s.shown(string(dir)))
	return true
}

func (s *cycleSearch) shown(dir string) string {
	relative, err := s.jail.inside(dir)
	if err != nil {
		return path.Base(dir)
	}
	return filepath.ToSlash(relative)
}
