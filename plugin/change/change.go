// Package change compares two lists of objects, one by one.
//
// It knows objects and text. It does not know where the lists come from: with
// and without a policy, or two revisions.
package change

import (
	"bytes"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// What happened to an object.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
)

// A Change is one object that is not the same in both lists.
type Change struct {
	Group     string `json:"group,omitempty"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// What is Added, Removed or Changed.
	What string `json:"change"`
	// Diff is the unified difference of the object's YAML, in one canonical form
	// so that style and order of keys make none.
	Diff string `json:"diff"`
}

// Ref names the object as messages do.
func (c Change) Ref() string {
	return manifest.Ref{Kind: c.Kind, Namespace: c.Namespace, Name: c.Name}.String()
}

// Between returns the changes that lead from old to new: what new has, in its
// order, and then what it no longer has. Of two objects with one identity the
// last counts, as in Argo CD.
func Between(old, new []manifest.Object) ([]Change, error) {
	before, err := texts(old)
	if err != nil {
		return nil, err
	}
	after, err := texts(new)
	if err != nil {
		return nil, err
	}
	var out []Change
	for _, id := range identities(new) {
		switch was, had := before[id]; {
		case !had:
			out = append(out, change(id, Added, "", after[id]))
		case was != after[id]:
			out = append(out, change(id, Changed, was, after[id]))
		}
	}
	for _, id := range identities(old) {
		if _, has := after[id]; !has {
			out = append(out, change(id, Removed, before[id], ""))
		}
	}
	return out, nil
}

func change(id manifest.Ref, what, before, after string) Change {
	text := string(diff.Diff("a", []byte(before), "b", []byte(after)))
	// The first three lines name the files, which are no files here.
	if _, hunks, ok := strings.Cut(text, "\n@@"); ok {
		text = "@@" + hunks
	}
	return Change{Group: id.Group, Kind: id.Kind, Namespace: id.Namespace, Name: id.Name, What: what, Diff: text}
}

// identities lists what is in objects, each once, in order. The version of an
// API is not part of an identity.
func identities(objects []manifest.Object) []manifest.Ref {
	var out []manifest.Ref
	seen := map[manifest.Ref]bool{}
	for _, o := range objects {
		if id := identity(o); !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

func identity(o manifest.Object) manifest.Ref {
	id := o.Ref()
	id.Version = ""
	return id
}

// texts is the canonical YAML of each object.
func texts(objects []manifest.Object) (map[manifest.Ref]string, error) {
	out := map[manifest.Ref]string{}
	for _, o := range objects {
		var b bytes.Buffer
		if err := manifest.Encode(&b, []manifest.Object{manifest.New(o.Fields(), o.Origin())}); err != nil {
			return nil, err
		}
		out[identity(o)] = b.String()
	}
	return out, nil
}
