package kustomize

import (
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"
	"sigs.k8s.io/kustomize/api/types"

	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// TestShardsMarkTheObjectsOfCharts holds that they have the mark that keeps a
// namespace away from them.
func TestShardsMarkTheObjectsOfCharts(t *testing.T) {
	parts, whole, why := bothWays(t, savedTree(t, filepath.Join("testdata", "shards", "chart.txtar")), func(s *survey) {
		for _, l := range s.charts {
			l.components[0].resources[0].layer.k.Transformers = nil
		}
		for _, from := range s.sources {
			from.inflated = ""
		}
	})
	assert.Assert(t, why != nil || parts != whole)
}

// TestChartsWithVersionsOfTheirOwnAreInflatedTogether holds that charts whose
// apiVersions kustomize mixes with those of others are left to it.
func TestChartsWithVersionsOfTheirOwnAreInflatedTogether(t *testing.T) {
	s := survey{
		jail:   &jail{opts: Options{Charts: &renderer.Charts{APIVersions: []string{"v1"}}}},
		top:    &layer{},
		charts: []*layer{{path: "kustomization.yaml", k: types.Kustomization{HelmCharts: []types.HelmChart{{Name: "web", ApiVersions: []string{"v2"}}}}}},
	}
	assert.Error(t, s.inflateAll(), "kustomization.yaml has charts with apiVersions")
}
