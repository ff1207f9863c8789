package hookspec_test

import (
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
)

func TestRatioIsAShare(t *testing.T) {
	for text, want := range map[string]string{"0": "0%", "1": "100%", "0.1": "10%", "0.07": "7%", "1e-3": "0.1%"} {
		var r hookspec.Ratio
		assert.NilError(t, r.UnmarshalText([]byte(text)))
		assert.Equal(t, r.Percent(), want)
	}
	for _, text := range []string{"-0.1", "1.1", "10%", "NaN", "+Inf", ""} {
		var r hookspec.Ratio
		assert.Assert(t, r.UnmarshalText([]byte(text)) != nil, text)
	}
}
