package hookspec

import "reflect"

var secretRef = reflect.TypeFor[SecretRef]()

// MapSecrets returns a copy of s in which each reference to a secret is what f
// makes of it, in the order of the steps and their keys. It leaves s alone.
//
// Reflection finds the references because every kind may have some, and one
// that nobody listed would lose its secret.
func (s Spec) MapSecrets(f func(SecretRef) SecretRef) Spec {
	out, _ := mapSecrets(reflect.ValueOf(s), f).Interface().(Spec)
	return out
}

// mapSecrets copies what can hold a reference on the way down; the rest is
// shared, as nobody writes to it.
func mapSecrets(v reflect.Value, f func(SecretRef) SecretRef) reflect.Value {
	switch {
	case v.Type() == secretRef:
		ref, _ := v.Interface().(SecretRef)
		return reflect.ValueOf(f(ref))
	case v.Kind() == reflect.Pointer && !v.IsNil():
		out := reflect.New(v.Type().Elem())
		out.Elem().Set(mapSecrets(v.Elem(), f))
		return out
	case v.Kind() == reflect.Slice && !v.IsNil():
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(mapSecrets(v.Index(i), f))
		}
		return out
	case v.Kind() == reflect.Struct:
		out := reflect.New(v.Type()).Elem()
		out.Set(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(mapSecrets(v.Field(i), f))
			}
		}
		return out
	}
	return v
}
