package kustomize

import (
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"
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
