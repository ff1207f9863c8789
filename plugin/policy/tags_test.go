package policy_test

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/strict"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// The decoder, the schema and the reference trust the tags without looking.
func TestEveryKeyIsDocumentedAndEveryDefaultIsReadable(t *testing.T) {
	seen := map[reflect.Type]bool{}
	for _, typ := range []reflect.Type{reflect.TypeFor[policy.Policy](), reflect.TypeFor[policy.Preset](), policy.ConfigType()} {
		everyKey(typ, typ.Name(), seen, func(path string, f reflect.StructField) {
			doc := f.Tag.Get("doc")
			assert.Check(t, doc != "" && !strings.HasSuffix(doc, ".") && !strings.Contains(doc, "\n"), "%s: want a sentence without its period, got %q", path, doc)
			if text, ok := f.Tag.Lookup("default"); ok {
				assert.Check(t, readDefault(f, text), "%s", path)
			}
		})
	}
	assert.Assert(t, len(seen) > 20, "looked at only %d types", len(seen))
}

// readDefault reads a default as a policy that writes it out would be read: by
// the decoder, with the other tags of its key.
func readDefault(f reflect.StructField, text string) error {
	key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if f.Type.Kind() == reflect.String {
		text = strconv.Quote(text)
	}
	doc, err := strict.Parse("default", fmt.Appendf(nil, "%s: %s\n", key, text))
	if err != nil {
		return err
	}
	alone := reflect.StructOf([]reflect.StructField{{Name: f.Name, Type: f.Type, Tag: f.Tag}})
	return doc.Decode(reflect.New(alone).Interface())
}

// everyKey visits each key of t and of the objects in it once.
func everyKey(t reflect.Type, path string, seen map[reflect.Type]bool, visit func(path string, f reflect.StructField)) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		everyKey(t.Elem(), path, seen, visit)
		return
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return
	}
	seen[t] = true
	for _, f := range reflect.VisibleFields(t) {
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if key == "" || key == "-" {
			continue
		}
		visit(path+"."+key, f)
		everyKey(f.Type, path+"."+key, seen, visit)
	}
}
