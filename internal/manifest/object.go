package manifest

import (
	"fmt"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// An Object is one Kubernetes object: its fields, its place of origin and, as
// long as nobody changed it, its own text. Objects are values: Set returns a
// changed copy and leaves the receiver alone.
type Object struct {
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

// A Ref is the identity of an object: what must be unique in an application.
type Ref struct{ Group, Version, Kind, Namespace, Name string }

// String renders "Kind namespace/name", which every message about an object
// begins with.
func (r Ref) String() string {
	if r.Namespace == "" {
		return r.Kind + " " + r.Name
	}
	return fmt.Sprintf("%s %s/%s", r.Kind, r.Namespace, r.Name)
}
