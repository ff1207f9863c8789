package manifest

import (
	"regexp"
	"testing"

	"gotest.tools/v3/assert"
)

// The patterns that mayAlias and mayKeepBreaks look for.
var (
	alias       = regexp.MustCompile(`(?m)(^|[\s,\[{:?-])\*[^\s*]`)
	keepsBreaks = regexp.MustCompile(`[|>][0-9]?\+`)
)

// FuzzPatterns holds that they find what the patterns match.
func FuzzPatterns(f *testing.F) {
	for _, text := range []string{
		"*a", "a *a", "a*a", "[*a", "- *", "**a", "* *b", "a: *\n", "\n*é", "x-*\xff", "|+", ">2+", "|22+", "| +", "+|", "a+b |1+\n", "9+", "|", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		assert.Equal(t, mayAlias([]byte(text)), alias.MatchString(text))
		assert.Equal(t, mayKeepBreaks([]byte(text)), keepsBreaks.MatchString(text))
	})
}
