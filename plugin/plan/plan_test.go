package plan_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/plan"
)

// TestPlans shows each testdata/*.yaml as text, Markdown and JSON.
func TestPlans(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	assert.NilError(t, err)
	assert.Assert(t, len(files) > 0)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			assert.NilError(t, err)
			objects, err := manifest.Decode(text, filepath.Base(file))
			assert.NilError(t, err)
			p := plan.Of(objects)
			p.Retry = plan.Retries(2, true, plan.Backoff{})
			golden.Assert(t, p.Text(plan.Style{}), name+".txt")
			golden.Assert(t, p.Markdown(), name+".md")
			out, err := json.MarshalIndent(p, "", "  ")
			assert.NilError(t, err)
			golden.Assert(t, string(out)+"\n", name+".json")
		})
	}
}

// TestAPlanNamesOnlyOtherNamespaces: one that an author wrote down is not told
// from one that Argo CD fills in.
func TestAPlanNamesOnlyOtherNamespaces(t *testing.T) {
	objects, err := manifest.Decode([]byte(`
{apiVersion: v1, kind: ConfigMap, metadata: {name: bare}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: same, namespace: shop}}
---
{apiVersion: v1, kind: Pod, metadata: {name: other, namespace: elsewhere}}
---
{apiVersion: v1, kind: Pod, metadata: {name: skipped, namespace: shop, annotations: {argocd.argoproj.io/hook: Skip}}}
`), "a.yaml")
	assert.NilError(t, err)
	text := plan.Of(objects).In("shop").Text(plan.Style{})
	for _, want := range []string{" ConfigMap bare\n", " ConfigMap same\n", " Pod elsewhere/other\n", "never Pod skipped\n"} {
		assert.Assert(t, strings.Contains(text, want), "want %q in\n%s", want, text)
	}
}

func TestColourIsOnlyForTerminals(t *testing.T) {
	p := plan.Plan{Phases: []plan.Phase{{Name: "Sync"}}}
	assert.Assert(t, strings.HasPrefix(p.Text(plan.Style{Colour: true}), "\x1b[1mSync\x1b[0m\n"))
	assert.Assert(t, !strings.Contains(p.Text(plan.Style{}), "\x1b"))
}

// TestRetries: the real waits are one ahead of the documented ones.
func TestRetries(t *testing.T) {
	for name, tc := range map[string]struct {
		limit            int64
		backoff          plan.Backoff
		documented, real string
	}{
		"nothing given":  {5, plan.Backoff{}, "5s 10s 20s 40s 1m20s", "10s 20s 40s 1m20s 2m40s"},
		"capped":         {3, plan.Backoff{Duration: time.Minute, Factor: 3, MaxDuration: 2 * time.Minute}, "1m 2m 2m", "2m 2m 2m"},
		"no retry":       {0, plan.Backoff{}, "", ""},
		"without a cap":  {3, plan.Backoff{Duration: time.Hour, Factor: 2, MaxDuration: -1}, "60m 120m 240m", "120m 240m 480m"},
		"constant":       {2, plan.Backoff{Duration: 7 * time.Second, Factor: 1}, "7s 7s", "7s 7s"},
		"without an end": {-1, plan.Backoff{Factor: 1}, strings.TrimSpace(strings.Repeat("5s ", 10)), strings.TrimSpace(strings.Repeat("5s ", 10))},
	} {
		t.Run(name, func(t *testing.T) {
			r := plan.Retries(tc.limit, false, tc.backoff)
			assert.Equal(t, words(r.Documented), tc.documented)
			assert.Equal(t, words(r.Real), tc.real)
		})
	}
}

// TestRetriesNeverOverflow: a factor is any number that fits into the field.
func TestRetriesNeverOverflow(t *testing.T) {
	r := plan.Retries(10, false, plan.Backoff{Duration: time.Hour, Factor: math.MaxInt64, MaxDuration: -1})
	for _, w := range r.Real {
		assert.Assert(t, w > 0, "got %s", w)
	}
}

func words(waits []plan.Wait) string {
	parts := make([]string, len(waits))
	for i, w := range waits {
		parts[i] = w.String()
	}
	return strings.Join(parts, " ")
}
