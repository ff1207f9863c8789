package hookspec_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"
	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
)

// FuzzRoundTrip checks that the runner reads exactly what the plugin wrote:
// whatever parses, parses again to the same steps, with and without defaults.
func FuzzRoundTrip(f *testing.F) {
	for _, seed := range examples(f) {
		f.Add(seed)
	}
	f.Add("steps: [{name: a, wait: 1h0m1s}]")
	f.Add("steps: [{name: a, hints: {}, exec: {pod: x, container: y, command: [\"\"]}}]")
	f.Add("steps: [{name: ~, http: {url: \"http://[::1]:80\", expect: {status: [\"200-299 ,404\"]}}}]")
	f.Add("steps: [{name: a, kubernetes: {apiVersion: v1, kind: Pod, name: x, fields: {\"a\\\\.b[0]\": \"==  x\"}}}]")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := hookspec.Parse("spec", []byte(text))
		if err != nil {
			assert.Assert(t, strings.HasPrefix(err.Error(), "spec"), "a message names its place: %v", err)
			return
		}
		again, err := hookspec.Parse("spec", []byte(s.String()))
		assert.NilError(t, err, "%s", s.String())
		assert.DeepEqual(t, again, s, cmpopts.EquateEmpty())

		full, err := s.WithDefaults()
		assert.NilError(t, err)
		again, err = hookspec.Parse("spec", []byte(full.String()))
		assert.NilError(t, err, "%s", full.String())
		assert.DeepEqual(t, again, full, cmpopts.EquateEmpty())
	})
}

// FuzzComparison checks that a comparison survives its text, that a value
// equals itself, and that no JSON document brings a comparison down.
func FuzzComparison(f *testing.F) {
	f.Add(">=1", "http.routers.total", `{"http":{"routers":{"total":1}}}`)
	f.Add("~^v3", `a\.b[1].c`, `{"a.b":[0,{"c":"v3.1"}]}`)
	f.Add("==null", "x", `{"x":null}`)
	f.Add("!=1e400", "[0]", `[1e400]`)
	f.Add("", "", ``)
	f.Fuzz(func(t *testing.T, text, path, document string) {
		var c hookspec.Comparison
		if c.UnmarshalText([]byte(text)) != nil {
			return
		}
		var again hookspec.Comparison
		assert.NilError(t, again.UnmarshalText([]byte(c.String())))
		assert.Equal(t, again, c)

		var v any
		d := json.NewDecoder(strings.NewReader(document))
		d.UseNumber()
		if d.Decode(&v) != nil {
			return
		}
		wrong := c.Test(path, v)
		assert.Assert(t, !strings.Contains(wrong, "\n") || strings.Contains(path+text, "\n"), "a message of several lines: %q", wrong)
		if holds, ok := c.Holds(v); holds {
			assert.Assert(t, ok, "%q holds for what cannot be compared: %s", text, document)
		}
	})
}

// FuzzPath checks that a path survives its text and leads nowhere by accident.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"a.b[0].c", `app\.kubernetes\.io/name`, "[0][1]", "a..b", "a[", `\`, "a[01]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := hookspec.ParsePath(text)
		if err != nil {
			return
		}
		again, err := hookspec.ParsePath(p.String())
		assert.NilError(t, err, "%q", p.String())
		assert.DeepEqual(t, again, p)
		_, found := p.Find(map[string]any{})
		assert.Assert(t, !found)
	})
}
