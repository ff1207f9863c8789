package preset

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// FuzzFieldPath holds that no path breaks the reader, that a path which is read
// can be followed in any value, and that a key is found again by its own path.
func FuzzFieldPath(f *testing.F) {
	for _, seed := range []string{"a", "a.b", `a\.b.c`, "a.[b=c].d", "a.[=c]", "a.*.b", "a.0", "[", "a.", "", `\`, `a\`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		escaped := strings.ReplaceAll(path, ".", `\.`)
		if path != "" && !strings.HasPrefix(path, "[") && !strings.Contains(path, `\`) {
			segments, err := parseFieldPath("top." + escaped)
			assert.NilError(t, err)
			got := lookUp(map[string]any{"top": map[string]any{path: "found"}}, segments)
			assert.DeepEqual(t, got, []any{"found"})
		}
		segments, err := parseFieldPath(path)
		if err != nil {
			return
		}
		lookUp(map[string]any{"a": []any{map[string]any{"b": "c"}, "c", nil, 1}}, segments)
	})
}

// FuzzSelector holds that no selector breaks the reader, and that one which is read can
// be asked about any labels.
func FuzzSelector(f *testing.F) {
	for _, seed := range []string{"", "a", "!a", "a=b", "a==b", "a!=b", "a in (b, c)", "a notin (b),c", "a=b c", ",", "a in ("} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		s, err := parseSelector(text)
		if err != nil {
			return
		}
		s.matches(map[string]any{"a": "b"})
		s.matches(nil)
	})
}

// TestSelector holds what each form means, also for labels that are not there.
func TestSelector(t *testing.T) {
	labels := map[string]any{"app": "web", "tier": "", "example.org/a": "x.y_z"}
	for text, want := range map[string]bool{
		"":                        true,
		"app":                     true,
		"gone":                    false,
		"!gone":                   true,
		"! app":                   false,
		"app=web":                 true,
		"app == web , tier=":      true,
		"app=api":                 false,
		"gone=web":                false,
		"app!=api":                true,
		"app!=web":                false,
		"gone!=web":               true,
		"app in (api,web)":        true,
		"app in (api)":            false,
		"gone in (web)":           false,
		"app notin (api)":         true,
		"app notin (api, web)":    false,
		"gone notin (web)":        true,
		"example.org/a=x.y_z,app": true,
		"app=web,gone":            false,
	} {
		s, err := parseSelector(text)
		assert.NilError(t, err, "%q", text)
		assert.Equal(t, s.matches(labels), want, "%q", text)
	}
}
