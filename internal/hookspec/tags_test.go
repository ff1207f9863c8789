package hookspec_test

import (
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
)

// TestEveryKeyIsDocumented holds the tags that the decoder, the schema and the
// reference trust without looking.
func TestEveryKeyIsDocumented(t *testing.T) {
	everyField(reflect.TypeFor[hookspec.Spec](), "", map[reflect.Type]bool{}, func(path string, f reflect.StructField) {
		doc := f.Tag.Get("doc")
		assert.Check(t, doc != "", "%s has no doc", path)
		assert.Check(t, !strings.HasSuffix(doc, ".") && strings.ToLower(doc[:1]) == doc[:1] || strings.HasPrefix(doc, "PEM"),
			"%s: want lower case and no final period, got %q", path, doc)
		if text, ok := f.Tag.Lookup("default"); ok {
			checkDefault(t, path, f, text)
		}
	})
}

// checkDefault reads a default the way a policy that writes it out would.
func checkDefault(t *testing.T, path string, f reflect.StructField, text string) {
	t.Helper()
	typ := f.Type
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if u, ok := reflect.New(typ).Interface().(interface{ UnmarshalText([]byte) error }); ok {
		assert.Check(t, u.UnmarshalText([]byte(text)), "%s: default %q", path, text)
		return
	}
	var err error
	switch typ.Kind() {
	case reflect.Bool:
		_, err = strconv.ParseBool(text)
	case reflect.Int:
		_, err = strconv.Atoi(text)
	case reflect.String:
		if enum, ok := f.Tag.Lookup("enum"); ok {
			assert.Check(t, strings.Contains("|"+enum+"|", "|"+text+"|"), "%s: default %q is not in enum %s", path, text, enum)
		}
	default:
		t.Errorf("%s: a default of %s cannot be filled in", path, typ)
	}
	assert.Check(t, err, "%s: default %q", path, text)
	if typ.Kind() != reflect.String && f.Type.Kind() != reflect.Pointer && reflect.Zero(typ).IsZero() && text == "0" {
		t.Errorf("%s: a default of zero says nothing", path)
	}
}

// everyField visits each key of t and of the structs in it once.
func everyField(t reflect.Type, path string, seen map[reflect.Type]bool, visit func(path string, f reflect.StructField)) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		everyField(t.Elem(), path, seen, visit)
		return
	case reflect.Struct:
	default:
		return
	}
	if seen[t] {
		return
	}
	seen[t] = true
	for _, f := range reflect.VisibleFields(t) {
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if key == "" || !f.IsExported() {
			continue
		}
		at := path + "." + key
		visit(at, f)
		everyField(f.Type, at, seen, visit)
	}
}

func TestEveryKindButWaitHasATimeout(t *testing.T) {
	for f := range reflect.TypeFor[hookspec.Kinds]().Fields() {
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if key == "wait" {
			assert.Equal(t, hookspec.DefaultTimeout(key), hookspec.Duration(0))
			continue
		}
		want, err := time.ParseDuration(f.Tag.Get("timeout"))
		assert.NilError(t, err, "%s", key)
		assert.Assert(t, want > 0, "%s", key)
		assert.Equal(t, hookspec.DefaultTimeout(key).Std(), want)
	}
	s := hookspec.Step{Timeout: hookspec.Duration(time.Second), Kinds: hookspec.Kinds{TCP: &hookspec.TCP{}}}
	assert.Equal(t, s.Limit().Std(), time.Second)
	s.Timeout = 0
	assert.Equal(t, s.Limit().Std(), 2*time.Minute)
}

func TestDefaultsAreFilledInACopy(t *testing.T) {
	s, err := hookspec.Parse("spec", []byte("steps: [{name: a, http: {url: \"http://x\"}}]"))
	assert.NilError(t, err)
	full, err := s.WithDefaults()
	assert.NilError(t, err)
	assert.Equal(t, full.Steps[0].HTTP.Method, "GET")
	assert.Equal(t, full.Steps[0].Interval.Std(), 5*time.Second)
	assert.Equal(t, full.Steps[0].Times(), 1)
	assert.Equal(t, s.Steps[0].HTTP.Method, "")
}

func TestKindsSayHowOftenInARow(t *testing.T) {
	for f := range reflect.TypeFor[hookspec.Kinds]().Fields() {
		if text, ok := f.Tag.Lookup("for"); ok {
			n, err := strconv.Atoi(text)
			assert.NilError(t, err, f.Name)
			assert.Assert(t, n > 1, f.Name)
		}
	}
	healthy := hookspec.Step{Kinds: hookspec.Kinds{CNPGHealthy: &hookspec.CNPGHealthy{}}}
	assert.Equal(t, healthy.Times(), 2)
	healthy.For = 1
	assert.Equal(t, healthy.Times(), 1)
	assert.Equal(t, (&hookspec.Step{Kinds: hookspec.Kinds{TCP: &hookspec.TCP{}}}).Times(), 1)
}
