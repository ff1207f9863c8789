package kustomize

import (
	"bytes"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/types"
)

// readChanges reads what a layer changes: what may write a name anywhere, and
// what has to find its object.
func (s *survey) readChanges(l *layer) error {
	for range l.k.Replicas {
		l.replicas = append(l.replicas, &modifier{})
	}
	if err := s.readReplacements(l); err != nil {
		return err
	}
	if err := s.readTexts(l); err != nil {
		return err
	}
	for _, p := range l.k.PatchesStrategicMerge { //nolint:staticcheck // people use it
		m, err := s.strategic(l, string(p))
		if err != nil {
			return err
		}
		l.strategic = append(l.strategic, m)
	}
	for _, p := range l.k.Patches {
		m, err := s.patch(l, p)
		if err != nil {
			return err
		}
		l.patches = append(l.patches, m)
	}
	for _, p := range l.k.PatchesJson6902 { //nolint:staticcheck // people use it
		// Without a target kustomize crashes.
		if p.Target == nil {
			return atOnce("a patch in %s has no target", l.path)
		}
		m, err := s.patch(l, p)
		if err != nil {
			return err
		}
		// Kustomize does not remember what these change.
		if m.renaming != nil {
			return atOnce("a patch in %s may change a name", l.path)
		}
	}
	return nil
}

// readTexts notes what a layer writes into all of its objects.
func (s *survey) readTexts(l *layer) error {
	for _, pairs := range append(labels(l.k), l.k.CommonAnnotations) {
		for key, value := range pairs {
			if strings.HasPrefix(key, internalDomain) {
				return atOnce("%s writes annotations of kustomize's own", l.path)
			}
			s.everywhere[s.words.of(value)] = true
		}
	}
	if l.k.Namespace != "" {
		s.everywhere[s.words.of(l.k.Namespace)] = true
	}
	return nil
}

func labels(k types.Kustomization) (out []map[string]string) {
	for _, l := range k.Labels {
		out = append(out, l.Pairs)
	}
	return append(out, k.CommonLabels) //nolint:staticcheck // people use it
}

// patchFile reads a file of patches.
func (s *survey) patchFile(l *layer, name string) ([]byte, error) {
	at, isDir, err := s.resolve(l, name)
	if err != nil || isDir {
		return nil, atOnce("the patch %s is not a file of the repository", name)
	}
	path, err := s.jail.inside(at)
	if err != nil {
		return nil, err
	}
	if text, ok := s.patches[path]; ok {
		return text, nil
	}
	text, err := s.jail.ReadFile(at)
	if err != nil {
		return nil, err
	}
	s.patches[path] = text
	return text, nil
}

// strategic reads an entry of patchesStrategicMerge: a patch, or else a path.
func (s *survey) strategic(l *layer, entry string) (*modifier, error) {
	if m, err := s.searching([]byte(entry)); err == nil {
		return m, nil
	}
	text, err := s.patchFile(l, entry)
	if err != nil {
		return nil, err
	}
	return s.searching(text)
}

// patch reads an entry of patches. One with a target changes whatever it selects.
func (s *survey) patch(l *layer, p types.Patch) (*modifier, error) {
	text := []byte(strings.TrimSpace(p.Patch))
	if (p.Path == "") == (len(text) == 0) {
		return nil, atOnce("a patch in %s has not one of path and patch", l.path)
	}
	if p.Path != "" {
		var err error
		if text, err = s.patchFile(l, p.Path); err != nil {
			return nil, err
		}
	}
	m, err := s.searching(text)
	isStrategic := err == nil
	if isStrategic && p.Options != nil {
		return nil, atOnce("a patch in %s has options", l.path)
	}
	if p.Target == nil {
		return m, err
	}
	if m, err = s.mentioning(text); err != nil {
		return nil, err
	}
	for _, w := range m.mentions {
		s.everywhere[w] = true
	}
	if isStrategic {
		return &modifier{}, nil
	}
	r, ok := renamingOf(text, p.Target)
	if !ok {
		return nil, atOnce("a patch in %s may change a name", l.path)
	}
	s.renames = s.renames || r != nil
	return &modifier{remembers: true, renaming: r}, nil
}

// mentioning is what a text may write.
func (s *survey) mentioning(text []byte) (*modifier, error) {
	if bytes.Contains(text, []byte(internalDomain)) {
		return nil, atOnce("a patch writes annotations of kustomize's own")
	}
	mentions, err := s.words.inText(text)
	return &modifier{mentions: mentions}, err
}

// searching reads strategic patches that find their objects by identity.
func (s *survey) searching(text []byte) (*modifier, error) {
	patches, err := provider.NewDefaultDepProvider().GetResourceFactory().SliceFromBytes(text)
	if err != nil {
		return nil, err
	}
	if len(patches) == 0 {
		return nil, atOnce("a patch is empty")
	}
	m, err := s.mentioning(text)
	if err != nil {
		return nil, err
	}
	m.together = true
	for _, p := range patches {
		m.targets = append(m.targets, p.OrgId())
	}
	return m, nil
}

// besidesIdentity reports whether the steps of a JSON pointer lead elsewhere than
// to what an object is known by.
func besidesIdentity(steps []string) bool {
	if len(steps) < 2 || steps[0] != "" {
		return false
	}
	switch steps[1] {
	case "", "apiVersion", "kind":
		return false
	case "metadata":
		return len(steps) > 2 && slices.Contains([]string{"annotations", "creationTimestamp", "finalizers", "labels", "ownerReferences"}, steps[2])
	}
	return true
}
