// Package manifest reads Kubernetes objects from YAML and JSON streams, changes
// single fields of them, and writes them again.
//
// What a text means is what Argo CD would make of it: apimachinery's
// YAMLOrJSONDecoder and sigs.k8s.io/yaml decide, also where other YAML libraries
// disagree. An object that nobody changes keeps its own text, so that what goes
// out is what its author wrote. The package knows objects and their identity; it
// does not know policies, Argo CD's annotations or where files come from.
package manifest

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// An Object is one Kubernetes object: its fields, its place of origin and, as
// long as nobody changed it, its own text. Objects are values: Set returns a
// changed copy and leaves the receiver alone.
type Object struct {
	// doc is the object as its author wrote it, where it is known without a full
	// parser what that means. Fields and text are those of other objects.
	doc    *document
	fields map[string]any
	// text is the document as its author wrote it, without separators. It is nil
	// once a field was changed, and for objects that never had a text.
	text   []byte
	origin diag.Pos
}

// New returns an object with these fields, which belong to it from now on.
// Values are what a JSON decoder gives: nil, bool, string, int64, float64,
// []any and map[string]any. Origin is the place in a user's file that asked for
// the object.
func New(fields map[string]any, origin diag.Pos) Object {
	return Object{fields: fields, origin: origin}
}

// Origin is the file and line that the object comes from.
func (o Object) Origin() diag.Pos { return o.origin }

// WithOrigin returns the same object with another place of origin, for a caller
// that knows it better than the decoder: what a renderer printed comes from the
// files that the renderer read.
func (o Object) WithOrigin(origin diag.Pos) Object {
	o.origin = origin
	return o
}

// A Ref is the identity of an object: what must be unique in an application.
type Ref struct{ Group, Version, Kind, Namespace, Name string }

// Ref reads the object's identity from its fields. What is absent, or not text,
// is empty; so are group and version if apiVersion has more than one slash.
func (o Object) Ref() Ref {
	if o.doc != nil {
		return o.doc.ref
	}
	return refOf(o)
}

func refOf(o interface{ Text(path ...any) string }) Ref {
	r := Ref{
		Kind:      o.Text("kind"),
		Namespace: o.Text("metadata", "namespace"),
		Name:      o.Text("metadata", "name"),
	}
	first, second, slash := strings.Cut(o.Text("apiVersion"), "/")
	switch {
	case !slash:
		r.Version = first
	case !strings.Contains(second, "/"):
		r.Group, r.Version = first, second
	}
	return r
}

// String renders "Kind namespace/name", which every message about an object
// begins with. Names that no Kubernetes object can have are quoted, so that they
// cannot pass for something else.
func (r Ref) String() string {
	if r.Namespace == "" {
		return printable(r.Kind) + " " + printable(r.Name)
	}
	return fmt.Sprintf("%s %s/%s", printable(r.Kind), printable(r.Namespace), printable(r.Name))
}

func printable(name string) string {
	odd := func(r rune) bool { return !unicode.IsGraphic(r) || r == utf8.RuneError }
	if strings.ContainsFunc(name, odd) {
		return strconv.Quote(name)
	}
	return name
}

// Is reports whether the object is of this kind in this API group, whatever its
// version. The core group is "". A kind alone says little: app.k8s.io has an
// Application too.
func (r Ref) Is(group, kind string) bool { return r.Group == group && r.Kind == kind }

// GroupKind renders kind.group, or the kind alone in the core group, as kubectl
// writes it.
func (r Ref) GroupKind() string {
	if r.Group == "" {
		return r.Kind
	}
	return r.Kind + "." + r.Group
}
