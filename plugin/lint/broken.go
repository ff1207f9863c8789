package lint

import "github.com/argocd-safesync/argocd-safesync/internal/diag"

// Keep is a, with what before says of the files that could be read then and
// cannot be read any more: a mistake in a file does not remove its Applications.
func (a Applications) Keep(before Applications) Applications {
	a.lost = map[string][]diag.Problem{}
	for _, p := range a.broken {
		a.lost[p.File] = append(a.lost[p.File], p)
	}
	for _, p := range before.broken {
		delete(a.lost, p.File)
	}
	var to []Destination
	var sets []template
	for _, side := range []struct {
		Applications
		lost bool
	}{{a, false}, {before, true}} {
		for _, d := range side.to {
			if (a.lost[d.At.File] != nil) == side.lost {
				to = append(to, d)
			}
		}
		for _, t := range side.sets {
			if (a.lost[t.file] != nil) == side.lost {
				sets = append(sets, t)
			}
		}
	}
	a.to, a.sets = to, sets
	return a
}

// Unread is why files cannot be read whose Applications of the directory were
// kept.
func (a Applications) Unread(dir string) []diag.Problem {
	files := map[string]bool{}
	for _, d := range a.to {
		files[d.At.File] = files[d.At.File] || d.Dir == dir
	}
	for _, t := range a.sets {
		_, has := t.of(dir)
		files[t.file] = files[t.file] || has
	}
	var out []diag.Problem
	for _, p := range a.broken {
		if files[p.File] && a.lost[p.File] != nil {
			out = append(out, p)
		}
	}
	return out
}
