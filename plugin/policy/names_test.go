package policy

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

func TestALabelHasLettersAndDigitsAtBothEnds(t *testing.T) {
	for _, name := range []string{"a", "z9", "0", "a-b", "a--b", strings.Repeat("a", 63)} {
		assert.Assert(t, isLabel(name), "%q", name)
	}
	for _, name := range []string{"", "-", "-a", "a-", "A", "a.b", "a_b", "a b", "é", "a\n", "{", "`", "/", ":"} {
		assert.Assert(t, !isLabel(name), "%q", name)
	}
}
