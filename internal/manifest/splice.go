package manifest

// splice is Set on the text of a document. Ok is false if that is not possible,
// or not surely right.
func (o Object) splice(value any, path []any) (changed Object, ok bool) {
	return o, false
}
