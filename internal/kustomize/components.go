package kustomize

import (
	"path"
	"path/filepath"
	"slices"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// addComponents adds components that the kustomization does not have yet. They
// may be patterns.
func (j *jail) addComponents(k *types.Kustomization) error {
	for i, name := range j.opts.Edits.Components {
		at := option("components[%d]", i)
		target := filepath.Join(j.root, filepath.FromSlash(path.Join(j.opts.App, name)))
		if j.opts.Edits.IgnoreMissingComponents && !j.Exists(target) {
			continue
		}
		found, err := j.components(at, name, target)
		if err != nil {
			return err
		}
		for _, component := range found {
			if !slices.Contains(k.Components, component) {
				k.Components = append(k.Components, component)
			}
		}
	}
	return nil
}

// components is what one entry of components stands for, relative to the
// kustomization.
func (j *jail) components(at diag.Pos, name, target string) ([]string, error) {
	if remote.MatchString(name) && !j.Exists(target) {
		if !j.opts.AllowRemote {
			return nil, remoteProblem(at, name)
		}
		return []string{name}, nil
	}
	if filepath.IsAbs(name) {
		return nil, at.Problemf("want a relative path in the repository, got %q", name)
	}
	if _, err := j.inside(target); err != nil {
		return nil, at.Problemf("want a path in the repository, got %q, which is outside", name)
	}
	found, err := j.Glob(target)
	if err != nil || len(found) == 0 {
		return nil, at.Problemf("want a directory in the repository, got %q, which does not exist", name)
	}
	for i, file := range found {
		if found[i], err = filepath.Rel(filepath.Join(j.root, filepath.FromSlash(j.opts.App)), file); err != nil {
			return nil, err
		}
	}
	return found, nil
}
