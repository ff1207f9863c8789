package manifest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"sigs.k8s.io/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// sameAsLibrary holds that what is emitted here is what the library emits, and
// reports whether it was.
func sameAsLibrary(t testing.TB, fields map[string]any) bool {
	t.Helper()
	text, ok := emitted(fields)
	if !ok {
		return false
	}
	want, err := yaml.Marshal(fields)
	assert.NilError(t, err)
	assert.Equal(t, string(text), string(want))
	raw, err := json.Marshal(fields)
	assert.NilError(t, err)
	assert.Assert(t, reads(text, raw), "%s", text)
	return true
}

// TestEmitsAddedObjectsAsTheLibrary: of the objects that policies add in testdata,
// nearly all are written here.
func TestEmitsAddedObjectsAsTheLibrary(t *testing.T) {
	files, err := filepath.Glob("../../plugin/inject/testdata/*/want.yaml")
	assert.NilError(t, err)
	all, here := 0, 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		assert.NilError(t, err)
		objects, err := Decode(data, file)
		assert.NilError(t, err)
		for _, o := range objects {
			if ref := o.Ref(); ref.Is("batch", "Job") || ref.Is("rbac.authorization.k8s.io", "Role") {
				all++
				if sameAsLibrary(t, o.Fields()) {
					here++
				}
			}
		}
	}
	assert.Assert(t, all > 20 && here*10 >= all*9, "%d of %d", here, all)
}

func TestEmitsTextsAsTheLibrary(t *testing.T) {
	for _, s := range []string{
		"", "a", "a b", "1", "0", "true", "yes", "on", "y", "~", "null", "1:30", "0x1f", "1e3", "1_000", "2001-01-01", "=", "<<", ".", "-", "- a", "-a", "?", "? a", ":", "a:", "a: b", "a:b",
		"#", "a #b", "a#b", "'", "it's", "\"", "a\"b", "\\", "---", "--- a", "...", "%", "@a", "`", "{a}", "[a", "a]", "a, b", "&a", "*", "!", "|", ">", "http://web.shop.svc/", "registry.example.org/a:1.0",
		"two\nlines", "two\nlines\n", "two\n\nlines\n", "end\n\n", "\nbegin", " begin\na", "trail \na", "trail\n ", "a\n  b\n", "tab\ta", "é", "a ", " a", "\n",
		"a text of more than eighty characters, which the library folds at one of its blanks when it writes it",
		"a-text-of-more-than-eighty-characters-without-a-blank-which-the-library-cannot-fold-at-any-place",
	} {
		sameAsLibrary(t, map[string]any{"v": s})
		sameAsLibrary(t, map[string]any{s: "v"})
		sameAsLibrary(t, map[string]any{"m": map[string]any{"l": []any{s, map[string]any{"k": s, "l": []any{s}}, int64(1), nil, true, []any{}, map[string]any{}}}})
	}
}

// TestFoldsTextsAsTheLibrary: a text of any length, with words of any length, in
// every place that the folded lines can be in.
func TestFoldsTextsAsTheLibrary(t *testing.T) {
	for longest := 1; longest < 100; longest++ {
		var s strings.Builder
		for i := range 60 {
			s.WriteString(strings.Repeat("w", 1+i%longest))
			s.WriteString(strings.Repeat(" ", 1+i%11/10)) // two at times
		}
		text := strings.TrimSpace(s.String())
		assert.Assert(t, sameAsLibrary(t, map[string]any{"v": text, "m": map[string]any{"v": text, "l": []any{map[string]any{"v": text}}}}), "%s", text)
	}
}

// FuzzEmitsAsTheLibrary holds that for every object.
func FuzzEmitsAsTheLibrary(f *testing.F) {
	f.Add(`{"apiVersion":"v1","kind":"A","spec":{"args":["--a","b: c\nd\n"],"n":[{"a":1,"b":null},{}],"10":"x","9":""}}`)
	for _, s := range []string{"a: b", "yes", "- ", "a\nb", "1"} {
		f.Add(fmt.Sprintf(`{%q:%q,"l":[%[2]q,{"k":%[1]q}]}`, s, s))
	}
	words := strings.Repeat("some words of a text - with  blanks: of # every kind ", 5)
	f.Add(fmt.Sprintf(`{"a":%q,"b":{"c":%[1]q,"d":[%[1]q,{"e":%[1]q}]}}`, strings.ReplaceAll(words, ":", "")))
	f.Fuzz(func(t *testing.T, raw string) {
		if fields, err := fieldsOf([]byte(raw), diag.Pos{}); err == nil {
			sameAsLibrary(t, fields)
		}
	})
}
