package preset

import (
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"gotest.tools/v3/assert"
	"sigs.k8s.io/kustomize/kyaml/utils"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// TestFieldPathAsKustomize holds that a path leads where kustomize's own reader
// of replacements finds it.
func TestFieldPathAsKustomize(t *testing.T) {
	text, err := os.ReadFile("testdata/fieldpath.yaml")
	assert.NilError(t, err)
	var ours any
	assert.NilError(t, yaml.Unmarshal(text, &ours))
	for _, path := range []string{
		"name", "none", "spec.replicas", "spec.none.deeper", "spec",
		`labels.app\.io/name`, "labels.[app.io/name]", `labels.a\.b\.c`,
		"list.[name=a].port", "list.[name=b.c].port", "list.[name=none].port", "list.[port=2].name",
		"list.*.port", "list.0.port", "list.1", "list.[name=twice].port", "list.*.deep.[x=1].y",
		"words.[=two]", "words.1", "words.*", "words.[=none]",
	} {
		segments, err := parseFieldPath(path)
		assert.NilError(t, err, path)
		theirs, err := kyaml.MustParse(string(text)).Pipe(&kyaml.PathMatcher{Path: utils.SmarterPathSplitter(path, ".")})
		assert.NilError(t, err, path)
		var want []any
		assert.NilError(t, yaml.Unmarshal([]byte(theirs.MustString()), &want))
		assert.DeepEqual(t, lookUp(ours, segments), want)
	}
}

// TestABracketOnAMappingIsACondition holds what kustomize has no words for.
func TestABracketOnAMappingIsACondition(t *testing.T) {
	ref := map[string]any{"secret": map[string]any{"name": "root", "key": "user"}}
	for path, want := range map[string][]any{"secret.[name=root].key": {"user"}, "secret.[name=other].key": nil, "secret.[gone=root].key": nil} {
		segments, err := parseFieldPath(path)
		assert.NilError(t, err)
		assert.DeepEqual(t, lookUp(ref, segments), want)
	}
}

// TestABracketWithAnExclamationMarkIsWhatIsNotSo holds the other thing that
// kustomize has no words for: what is on unless somebody has switched it off.
func TestABracketWithAnExclamationMarkIsWhatIsNotSo(t *testing.T) {
	plugins := map[string]any{"plugins": []any{
		map[string]any{"name": "silent"},
		map[string]any{"name": "on", "enabled": true},
		map[string]any{"name": "off", "enabled": false},
	}}
	for path, want := range map[string][]any{
		"plugins.[enabled!=false].name":               {"silent", "on"},
		"plugins.[name=silent].[enabled!=false].name": {"silent"},
		"plugins.[name=on].[enabled!=false].name":     {"on"},
		"plugins.[name=off].[enabled!=false].name":    nil,
	} {
		segments, err := parseFieldPath(path)
		assert.NilError(t, err)
		assert.DeepEqual(t, lookUp(plugins, segments), want)
	}
}

// FuzzFieldPath holds that no path breaks the reader, that a path which is read
// can be followed in any value, and that a key is found again by its own path.
func FuzzFieldPath(f *testing.F) {
	for _, seed := range []string{"a", "a.b", `a\.b.c`, "a.[b=c].d", "a.[=c]", "a.[b!=c].d", "a.*.b", "a.0", "[", "a.", "", `\`, `a\`} {
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

// TestAFieldThatMatchesGivesItsGroupOrTheValue holds match and value of a find.
func TestAFieldThatMatchesGivesItsGroupOrTheValue(t *testing.T) {
	o := manifest.New(map[string]any{"kind": "A", "args": []any{"--log=info", "--web.route-prefix=/prom"}, "empty": map[string]any{}}, diag.Pos{})
	for _, c := range []struct {
		find policy.Find
		want []any
	}{
		{policy.Find{FieldPath: "args.*", Match: "--web.route-prefix=(.*)"}, []any{"/prom"}},
		{policy.Find{FieldPath: "args.*", Match: "^--log=info$"}, []any{"--log=info"}},
		{policy.Find{FieldPath: "args.*", Match: "--none=(.*)"}, nil},
		{policy.Find{FieldPath: "args.*", Match: "--log=", Value: "logs"}, []any{"logs"}},
		{policy.Find{FieldPath: "empty", Value: true}, []any{true}},
		{policy.Find{FieldPath: "gone", Value: true}, nil},
	} {
		s, err := newSearch(c.find, nil)
		assert.NilError(t, err)
		found, _ := s.find([]manifest.Object{o})
		var got []any
		for _, f := range found {
			got = append(got, f.value)
		}
		assert.DeepEqual(t, got, c.want)
	}
	_, err := newSearch(policy.Find{FieldPath: "args.*", Match: "("}, nil)
	assert.Error(t, err, `want a regular expression, got "("`)
}
